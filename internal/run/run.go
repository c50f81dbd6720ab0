// Package run takes one run from entering its scope to COMMAND's end: it starts COMMAND,
// observes it, decides how it ended, and deals with the processes that it leaves behind.
//
// It prints nothing. It passes what happens to [Config].Tell, as an [Event].
package run

import (
	"errors"
	"os"
	"time"

	"gorun/internal/entry"
	"gorun/internal/state"
	"gorun/internal/supervise"
	"gorun/scope"
)

// run is one run.
type run struct {
	Config
	supervisor *supervise.Supervisor
	scope      *scope.Scope // nil if COMMAND runs without one
	joined     bool         // another run has started the scope, and owns what is noted about it
	watch      *watch
	started    time.Time       // when COMMAND was started, or before that when this process began
	survival   <-chan survival // what a logout does to the run; nil if no report needs it
	announced  bool            // [Started] has been told
	held       bool            // COMMAND is known to have begun in the scope, or to have left on its own
	warned     bool            // of a move that cannot be undone
	hooks      *endHooks       // nil before they have begun, and if there are none
	swept      chan struct{}   // closed when what earlier runs have left is removed; nil if it is not
}

// Run runs COMMAND, and returns how gorun has to end. It must be called in the
// goroutine of main.
//
// The error is one of package scope's, which may be in a [*cause.Error], one of package
// supervise's, one from the system, or a [*LogoutError], [*UnknownSurvivalError],
// [*NoRoomError], [*ReportError], [*OwnRunError], [*NotOursError], [*LeftoverError] or
// [*OtherUserError].
// COMMAND has then not run.
func Run(c Config) (supervise.Status, error) {
	r := &run{Config: c, started: time.Now()}
	status, err := r.run()
	if errors.Is(err, errSkipped) {
		return supervise.Status{}, nil
	}
	if err != nil {
		r.failHooks(r.reportFailure(err))
	}
	return status, err
}

// run runs COMMAND in a scope. The error may be errSkipped.
func (r *run) run() (supervise.Status, error) {
	if r.Nohup || r.Caller != nil {
		supervise.IgnoreHangup()
	}
	if err := r.checkRoom(); err != nil {
		return supervise.Status{}, err
	}
	awaitMove(r.patience())
	r.watch = newWatch(r.Config)
	supervise.ReserveThreads(r.blocked())
	entry.UseSmallPages()
	var err error
	if r.supervisor, err = supervise.New(); err != nil {
		return supervise.Status{}, err
	}
	r.supervisor.LastWords = r.lastWords
	defer r.release()
	if err := r.enterInTurn(); err != nil {
		return supervise.Status{}, err
	}
	if err := r.stay(); err != nil {
		return supervise.Status{}, err
	}
	r.note(os.Getpid())
	if r.Named && r.scope != nil && !r.joined {
		state.Renew(state.Dirs(), r.scope.Manager.String(), r.scope.Unit, r.scope.InvocationID)
	}
	var status supervise.Status
	if err = r.beginHooks(); err == nil {
		r.inhibit()
		status, err = r.runCommand()
	}
	if err != nil {
		r.forget()
	}
	return status, err
}

// blocked is how many goroutines may wait in system calls at a time.
func (c *Config) blocked() int {
	if c.Exec {
		return supervise.BlockedBefore
	}
	return supervise.BlockedBeside
}

// runCommand runs COMMAND in the scope.
func (r *run) runCommand() (supervise.Status, error) {
	r.started = time.Now()
	if err := r.leaveTerminal(); err != nil {
		return supervise.Status{}, err
	}
	if err := r.takeWaiting(); err != nil {
		return supervise.Status{}, err
	}
	command := r.command()
	if r.Exec {
		return supervise.Status{}, r.exec(command)
	}
	if err := r.ReportFile.Begin(r.begun()); err != nil {
		return supervise.Status{}, &ReportError{err}
	}
	if r.Missing != nil {
		return supervise.Status{}, r.Missing
	}
	r.Tell(Starting{r.unit()})
	child, err := r.start(command, supervise.Options{
		Heard: r.watch.heard, Route: r.watch.route, Recheck: r.recheck, Ended: r.watch.commandEnded,
	})
	if err != nil {
		return supervise.Status{}, withNoRoom(err)
	}
	supervise.BeLastChoice()
	r.watch.commandStarted(child)
	r.recheck()
	r.begunEmbedded(child.PID())
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
	r.Tell(CallerReleased{})
	return r.Caller.LetGo(r.unit())
}

// unit is the name of the scope, empty without one.
func (r *run) unit() string {
	if r.scope == nil {
		return ""
	}
	return r.scope.Unit
}

// end waits until the run is over, says how it ended, and returns how gorun has to
// end: as COMMAND did, or by the signal that ended the wait for leftover processes.
func (r *run) end(child *supervise.Child) supervise.Status {
	status := child.Wait()
	r.held = true // COMMAND is over: its PID is not its own any more
	by := r.settle(child)
	if child.Parted() {
		r.partHooks() // nobody knows yet how COMMAND ends
	} else {
		status = r.conclude(child, status, by)
		if by == 0 {
			by = r.holdRest(child)
		}
	}
	if by != 0 {
		return supervise.Status{Signal: by}
	}
	return status
}
