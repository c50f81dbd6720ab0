package run

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"gorun/internal/bus"
	"gorun/internal/hooks"
	"gorun/internal/report"
	"gorun/internal/state"
	"gorun/internal/text"
	"gorun/scope"
)

// HookError means that a hook failed, or that hooks cannot be run. Hook is what is wrong with
// one of them; nil if it is about all.
type HookError struct {
	Unit string
	Hook *hooks.Failure
	Err  error // nil if Hook is set
}

func (e *HookError) Error() string {
	if e.Hook != nil {
		return e.Hook.String()
	}
	return "hooks of " + e.Unit + ": " + e.Err.Error()
}

func (e *HookError) Unwrap() error { return e.Err }

// WithoutArguments is the error without the arguments of the hook.
func (e *HookError) WithoutArguments() *HookError {
	bare := *e
	if e.Hook != nil {
		bare.Hook = new(e.Hook.WithoutArguments())
	}
	return &bare
}

// HookUnitError means that a unit that is to be started at the end cannot be started.
type HookUnitError struct {
	Unit      string
	OnFailure bool // otherwise it is one for a run that ends well
	Err       error
}

func (e *HookUnitError) Error() string { return e.Err.Error() }

func (e *HookUnitError) Unwrap() error { return e.Err }

// endHooks are the hooks of a run that has begun.
type endHooks struct {
	hooks.Job
	service scope.After
	kept    *hooks.Kept // nil if this process runs them
	taken   atomic.Bool // this process has taken them from the service, and runs them
	unheard error       // why the service, which runs them, has not heard how the run ended
}

// areHere reports whether this process runs the hooks. Nobody else runs what is left when it ends.
func (h *endHooks) areHere() bool { return h != nil && (h.kept == nil || h.taken.Load()) }

// hooksTimeout is how long the manager may be silent when the hooks' service is started.
const hooksTimeout = 30 * time.Second

// beginHooks prepares the hooks, before COMMAND starts: from now on they run once, however the
// run ends. See package hooks.
func (r *run) beginHooks() error {
	if !r.Hooks.Any() {
		return nil
	}
	h := &endHooks{}
	err := r.supervisor.During(func() error {
		switch {
		case r.scope == nil:
			return nil
		case r.scope.IsEmbedded(): // this process is outside of the run, and runs them
			return r.refuseHookUnits()
		}
		if err := r.checkHookUnits(); err != nil {
			return err
		}
		// The agent that asked for the scope has ended: until now nobody knew that it would be needed.
		return r.withAgent(func(isReady bool) error { return h.start(r, isReady) })
	})
	var unusable *HookUnitError
	switch {
	case err != nil && (!r.BestEffort || errors.As(err, &unusable)):
		return err
	case err != nil:
		r.Tell(Warning{err})
	}
	if h.kept == nil {
		h.Job = r.job()
	}
	r.hooks = h
	return nil
}

// job is what there is to be done at the end.
func (r *run) job() hooks.Job {
	j := hooks.Job{Hooks: r.Hooks, Dir: r.Dir, Identity: r.Identity, Timeout: systemdStopTimeout, HideArguments: r.HideArguments}
	j.Env = merge(environment(os.Environ(), r.scope), r.Env)
	if here, err := os.Getwd(); j.Dir == "" && err == nil {
		j.Dir = here
	}
	j.Report = jsonOf(r.begun())
	if s := r.scope; s != nil {
		j.Manager, j.Unit, j.InvocationID = s.Manager.String(), s.Unit, s.InvocationID
		if j.Timeout = r.watch.timeoutStopSec(); j.Timeout < 0 {
			j.Timeout = 0
		}
	}
	return j
}

// refuseHookUnits refuses units where no manager could start them. With BestEffort a warning
// at the end says so.
func (r *run) refuseHookUnits() error {
	if units := r.Hooks.Units(); len(units) > 0 && !r.BestEffort {
		return &HookUnitError{units[0], len(r.Hooks.OnSuccess) == 0, errors.New("no service manager runs here that could start it")}
	}
	return nil
}

// checkHookUnits makes sure that the units can be started.
func (r *run) checkHookUnits() error {
	ctx, cancel := bus.WithSilenceLimit(context.Background(), hooksTimeout)
	defer cancel()
	for i, unit := range r.Hooks.Units() {
		if err := r.scope.CheckUnit(ctx, unit); err != nil {
			return &HookUnitError{unit, i >= len(r.Hooks.OnSuccess), err}
		}
	}
	return nil
}

// start starts the service that runs the hooks. interactive says that polkit may ask for a
// password, for as long as that takes.
func (h *endHooks) start(r *run, interactive bool) error {
	h.Job = r.job()
	unit, err := scope.NewServiceName(scope.AfterPrefix)
	if err != nil {
		return err
	}
	file, err := os.Executable()
	if err == nil && strings.HasSuffix(file, " (deleted)") {
		err = fmt.Errorf("%s: gorun's own file has been removed", strings.TrimSuffix(file, " (deleted)"))
	}
	if err == nil {
		h.kept, err = hooks.Keep(r.hooksDir(), unit, h.Job)
	}
	if err != nil {
		h.kept = nil
		return &HookError{Unit: r.scope.Unit, Err: err}
	}
	h.service = scope.After{
		Unit:        unit,
		Description: "Hooks of " + r.scope.Unit,
		Check:       []string{file, hooks.Option, hooks.Check, h.kept.Path()},
		Command:     []string{file, hooks.Option, hooks.Run, h.kept.Path()},
		Timeout:     h.serviceTimeout(),
		UID:         os.Getuid(),
		Interactive: interactive,
	}
	ctx := context.Background()
	if !interactive {
		bounded, cancel := bus.WithSilenceLimit(ctx, hooksTimeout)
		defer cancel()
		ctx = bounded
	}
	if err := r.scope.StartAfter(ctx, h.service); err != nil {
		h.kept.Remove()
		h.kept = nil
		return &HookError{Unit: r.scope.Unit, Err: err}
	}
	return nil
}

// hooksDir is where the files for the hooks are. A user's directory in memory goes at the last logout,
// which a run of the system manager survives.
func (r *run) hooksDir() string {
	dirs := state.Dirs()
	if r.isOfUser() || os.Getuid() == 0 || len(dirs) == 0 {
		return state.RuntimeDir()
	}
	return dirs[0]
}

// serviceTimeout is the time limit of all hooks; 0 if there is none. Each has its own. Before them
// the service starts gorun, and waits for the end of the scope: for the stop signal and for
// SIGKILL to take effect.
func (h *endHooks) serviceTimeout() time.Duration {
	if h.Timeout == 0 {
		return 0
	}
	const atFirst = 2
	return h.Timeout*time.Duration(atFirst+len(h.Commands)+len(h.Units())) + 2*hooksTimeout
}

// endHooks runs the hooks at COMMAND's end, and warns of those that fail. A signal ends the
// wait for the service, which keeps running them. It does not end those that run here: a
// terminal that closes sends several.
func (r *run) endHooks(child waiter, rep *report.Report, dumped bool) {
	if r.hooks == nil {
		return
	}
	e := endingOf(rep, dumped)
	r.hooks.settle(e)
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.runHooks(e)
	}()
	for child.WaitFor(done) && r.hooks.areHere() {
	}
}

// waiter is a supervise.Child whose command has ended.
type waiter interface {
	WaitFor(done <-chan struct{}) (interrupted bool)
}

// settle says to the service how the run ended. If the service cannot hear it, as on a full disk,
// this process takes the hooks. That comes before all that a signal may end: a stop of the scope
// sends one to COMMAND and one to this process. Without a word the service takes the run for one
// whose gorun was killed.
func (h *endHooks) settle(e hooks.Ending) {
	if h.kept == nil {
		return
	}
	err := h.kept.End(e)
	if err == nil {
		return
	}
	if isOurs, _ := h.take(); !isOurs { // the first error says more
		h.unheard = err
	}
}

// take takes the hooks, unless the service runs them or has run them.
func (h *endHooks) take() (isOurs bool, err error) {
	if isOurs, err = h.kept.Take(); isOurs {
		h.taken.Store(true)
		h.kept.Remove()
	}
	return isOurs, err
}

// isNoRun reports whether a launch failed for another reason than that COMMAND could not be executed.
// Such a launch was no run, and has no hooks, like one that failed before they could begin.
func isNoRun(rep *report.Report) bool {
	return rep.ExitStatus != nil && *rep.ExitStatus == FailedStatus
}

// settleFailed is [endHooks.settle] for a launch that failed.
func (h *endHooks) settleFailed(rep *report.Report) {
	switch {
	case h == nil || h.kept == nil:
	case isNoRun(rep):
		h.kept.Take() // cannot fail where the file could be made
	default:
		h.settle(endingOf(rep, false))
	}
}

// failHooks runs the hooks of a run whose COMMAND could not be executed.
func (r *run) failHooks(rep *report.Report) {
	switch {
	case r.hooks == nil:
	case isNoRun(rep):
		r.hooks.callOff(r.scope)
	default:
		r.runHooks(endingOf(rep, false))
	}
}

// callOff ends the service, whose hooks nobody runs.
func (h *endHooks) callOff(s *scope.Scope) {
	if h.kept == nil {
		return
	}
	h.endService(s)
	h.kept.Remove()
}

// endService ends a service that has nothing to do. On an error it ends with the scope.
func (h *endHooks) endService(s *scope.Scope) { s.RunAfter(context.Background(), h.service) }

// runHooks runs the hooks of a run that has been settled.
func (r *run) runHooks(e hooks.Ending) {
	h := r.hooks
	if r.scope != nil && !r.joined {
		r.scope.NoteOver(context.Background()) // bounded by TimeoutStopSec
	}
	failed, err := h.run(r.scope, e)
	for _, f := range failed {
		r.Tell(Warning{&HookError{Unit: h.Unit, Hook: &f}})
	}
	if err != nil {
		r.Tell(Warning{&HookError{Unit: h.Unit, Err: err}})
	}
}

// run runs the hooks. If the scope is being stopped, they run when this process has ended, and
// nothing is known of them. They run here if the service has ended without them, because another
// program had moved this process out of the scope, and if the service cannot hear how the run ended,
// as on a full disk.
func (h *endHooks) run(s *scope.Scope, e hooks.Ending) ([]hooks.Failure, error) {
	if h.areHere() {
		failed := h.Do(e, os.Stderr)
		if h.kept != nil {
			h.endService(s)
		}
		return failed, nil
	}
	if h.unheard != nil {
		return nil, h.unheard
	}
	ran, err := s.RunAfter(context.Background(), h.service)
	if err != nil || !ran {
		return nil, err
	}
	switch isOurs, err := h.take(); {
	case err != nil:
		return nil, err
	case isOurs:
		return h.Do(e, os.Stderr), nil
	}
	return h.kept.Failures()
}

// follow moves the hooks to the scope that has been started again. Its service has another scope to
// wait for.
func (h *endHooks) follow(r *run) {
	if h == nil || h.kept == nil {
		return
	}
	h.kept.Remove()
	if err := h.start(r, false); err != nil { // COMMAND has the terminal
		h.Job = r.job()
		r.Tell(Warning{err})
	}
}

// partHooks leaves the hooks to the service: this process does not see how COMMAND ends.
func (r *run) partHooks() {
	if r.hooks == nil || r.hooks.kept == nil {
		return // without a scope nobody runs them
	}
	if err := r.hooks.kept.End(hooks.Ending{Parted: true}); err != nil {
		r.Tell(Warning{&HookError{Unit: r.hooks.Unit, Err: err}})
	}
}

// endingOf is how a run ended in systemd's words.
func endingOf(rep *report.Report, dumped bool) hooks.Ending {
	e := hooks.Ending{Result: "exit-code", Code: "exited", Report: jsonOf(rep)}
	status, _ := rep.Status()
	switch {
	case rep.Signal != nil:
		e.Result, e.Code, e.Status = "signal", "killed", strings.TrimPrefix(*rep.Signal, "SIG")
		if dumped {
			e.Code = "dumped"
		}
	case rep.ExitCode != nil:
		e.Status = strconv.Itoa(*rep.ExitCode)
	default:
		e.Status = strconv.Itoa(status) // COMMAND was not started
	}
	switch {
	case rep.EndedWell():
		e.Result = hooks.Success
	case rep.Outcome == report.TimedOut, rep.Outcome == report.OOMKilled:
		e.Result = string(rep.Outcome)
	case rep.ExitCode != nil && *rep.ExitCode == 0:
		e.Result = "signal" // which ended gorun's wait for leftover processes
	}
	return e
}

// jsonOf is a report as --report-json writes it.
func jsonOf(rep *report.Report) []byte {
	var contents bytes.Buffer
	if err := text.JSON(&contents, rep); err != nil {
		return []byte("null") // cannot happen: a report can always be written
	}
	return contents.Bytes()
}
