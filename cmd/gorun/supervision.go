package main

import (
	"time"

	"gorun/internal/supervise"
	"gorun/scope"
)

// supervision is a run from COMMAND's start on.
type supervision struct {
	options  *options
	scope    *scope.Scope // nil if there is none
	watch    *watch
	started  time.Time       // COMMAND's start
	survival <-chan survival // what a logout does to it; nil if nobody wants to know
	file     *reportFile     // nil if nobody wants it
	out      *output         // of COMMAND; nil if it is gorun's
}

// end waits until the run is over, says how it ended, and returns how gorun has to
// end: as COMMAND, or of the signal that ended the wait for what COMMAND left behind.
func (r *supervision) end(child *supervise.Child, tui *terminal) supervise.Status {
	status := child.Wait()
	by := r.watch.settle(child, r.options.atEnd, tui)
	status = r.conclude(status, tui)
	if by != 0 {
		return supervise.Status{Signal: by}
	}
	return status
}

// conclude says how the run ended, to all to whom that was promised, and returns how
// gorun has to end.
func (r *supervision) conclude(status supervise.Status, tui *terminal) supervise.Status {
	if r.watch.parted {
		return status // COMMAND goes on, and nobody knows how it will end
	}
	e := r.watch.look(status)
	r.watch.tell(e)
	report := r.report(e)
	if r.options.report {
		tui.report(report)
	}
	if err := r.file.write(report); err != nil {
		tui.fail(err) // COMMAND's status stays what it is
	}
	if !r.options.noRecord {
		// There may be no journal, or one that hangs: a run does not fail by that.
		report.record(r.out)
	}
	r.options.forgetRun(r.scope)
	return e.exit()
}

// checkSurvival has it found out what a logout does to the run. COMMAND does not wait
// for this; if it ends first, there is nothing left to warn of.
func (r *supervision) checkSurvival(tui *terminal) {
	wanted := r.options.report || r.file != nil
	if r.scope == nil || r.options.knowsFirst() && !wanted {
		return
	}
	verdict := make(chan survival, 1)
	if wanted {
		r.survival = verdict
	}
	go func() {
		if !r.options.knowsFirst() {
			tui.warnIfMortal(r.scope.Unit, checkSurvival(r.scope))
		}
		if wanted {
			verdict <- judgeSurvival(r.scope, r.watch.pid)
		}
	}()
}
