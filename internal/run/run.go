// Package run takes one run from entering its scope to COMMAND's end: it starts COMMAND,
// observes it, decides how it ended, and deals with the processes that it leaves behind.
//
// It prints nothing. It passes what happens to [Config].Tell, as an [Event].
package run

import (
	"errors"
	"os"
	"time"

	"gorun/internal/report"
	"gorun/internal/supervise"
	"gorun/internal/text"
	"gorun/scope"
)

// run is one run.
type run struct {
	Config
	supervisor *supervise.Supervisor
	scope      *scope.Scope // nil if COMMAND runs without one
	watch      *watch
	started    time.Time       // when COMMAND was started
	survival   <-chan survival // what a logout does to the run; nil if no report needs it
}

// Run runs COMMAND, and returns how gorun has to end. It must be called in the
// goroutine of main.
//
// The error is one of package scope's, which may be in a [*cause.Error], one of package
// supervise's, one from the system, or a [*LogoutError], [*UnknownSurvivalError],
// [*NoRoomError], [*ReportError], [*OwnRunError], [*NotOursError] or [*LeftoverError].
// COMMAND has then not run.
func Run(c Config) (supervise.Status, error) {
	if c.Nohup || c.Caller != nil {
		supervise.IgnoreHangup()
	}
	r := &run{Config: c, watch: newWatch(c)}
	supervise.ReserveThreads()
	var err error
	if r.supervisor, err = supervise.New(); err != nil {
		return supervise.Status{}, err
	}
	err = r.enterInTurn()
	if errors.Is(err, errSkipped) {
		return supervise.Status{}, nil
	}
	if err != nil {
		return supervise.Status{}, err
	}
	r.note(os.Getpid())
	status, err := r.runCommand()
	if err != nil {
		r.forget()
	}
	return status, err
}

// runCommand runs COMMAND in the scope.
func (r *run) runCommand() (supervise.Status, error) {
	if err := r.leaveTerminal(); err != nil {
		return supervise.Status{}, err
	}
	command := r.command()
	if r.Exec {
		return supervise.Status{}, r.supervisor.Exec(command)
	}
	r.started = time.Now()
	if err := r.ReportFile.Begin(r.begun()); err != nil {
		return supervise.Status{}, &ReportError{err}
	}
	child, err := r.supervisor.Start(command, supervise.Options{Heard: r.watch.heard, Route: r.watch.route})
	if err != nil {
		return supervise.Status{}, withNoRoom(err)
	}
	r.watch.commandStarted(child.PID())
	r.note(os.Getpid(), child.PID())
	if err := r.releaseCaller(); err != nil {
		return supervise.Status{}, err
	}
	supervise.LeaveInherited(r.ReportFile.Descriptors()...)
	r.judgeSurvival()
	return r.end(child), nil
}

// releaseCaller lets the caller return, and sends it the name of the unit.
func (r *run) releaseCaller() error {
	if r.Caller == nil {
		return nil
	}
	unit := ""
	if r.scope != nil {
		unit = r.scope.Unit
	}
	r.Tell(CallerReleased{})
	return r.Caller.LetGo(unit)
}

// end waits until the run is over, says how it ended, and returns how gorun has to
// end: as COMMAND did, or by the signal that ended the wait for leftover processes.
func (r *run) end(child *supervise.Child) supervise.Status {
	status := child.Wait()
	by := r.settle(child)
	if !child.Parted() { // else nobody knows yet how COMMAND ends
		status = r.conclude(status)
	}
	if by != 0 {
		return supervise.Status{Signal: by}
	}
	return status
}

// conclude says how the run ended, on the terminal, in the report and in the journal. It
// returns how gorun has to end.
func (r *run) conclude(status supervise.Status) supervise.Status {
	e := r.watch.look(status)
	r.watch.tell(e)
	rep := r.report(e)
	r.Tell(Ended{rep})
	if err := r.ReportFile.Write(rep); err != nil {
		r.Tell(ReportFailed{err})
	}
	if !r.NoRecord {
		if r.HideArguments {
			rep = rep.WithoutArguments()
		}
		// There may be no journal, or it may hang. The run does not fail for that.
		rep.Record(report.Log{Place: r.Output.Place(), Problem: r.Output.Check()}, r.keptLease())
	}
	r.forget()
	return e.exit()
}

// report describes the run at its end.
func (r *run) report(e ending) *report.Report {
	rep := r.begun()
	rep.EndedAt, rep.Duration, rep.Outcome = new(e.at.UTC()), report.Seconds(e.at.Sub(r.started)), e.outcome()
	rep.SetStatus(e.status.Code, e.status.Signal)
	rep.AddFigures(e.stats)
	r.addSurvival(rep)
	return rep
}

// begun describes the run at its start.
func (r *run) begun() *report.Report {
	rep := &report.Report{Version: report.Version, Command: r.Command, StartedAt: r.started.UTC()}
	if s := r.scope; s != nil {
		rep.Unit, rep.InvocationID, rep.Cgroup = &s.Unit, text.OrNull(s.InvocationID), text.OrNull(s.Cgroup)
		rep.Manager = text.OrNull(s.Manager.String())
	}
	return rep
}
