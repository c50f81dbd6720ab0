package run

import (
	"context"
	"errors"
	"math"

	"golang.org/x/sys/unix"

	"gorun/internal/bus"
	"gorun/internal/logind"
	"gorun/internal/supervise"
	"gorun/scope"
	"gorun/scope/property"
)

// Without a service manager this process is the scope's: it stays outside, starts COMMAND inside,
// and ends what it has begun. The rest of this package does not know.

// prepareEmbedded describes a scope that COMMAND alone enters.
func (r *run) prepareEmbedded(spec *scope.Spec) error {
	spec.Empty = !r.Exec
	if list := r.unheld(); len(list) > 0 && !r.BestEffort {
		return list[0]
	}
	return nil
}

// unheld says what of the spec nobody holds once gorun has become COMMAND, with Exec.
func (r *run) unheld() (list []*property.Error) {
	if !r.Exec {
		return nil
	}
	for _, name := range []string{"RuntimeMaxSec", "OOMPolicy"} {
		p, ok := r.Spec.Property(name)
		if ok && p.Value() != uint64(math.MaxUint64) && (name != "OOMPolicy" || p.Text() == "stop") {
			list = append(list, &property.Error{Name: name, Value: p.Text(), Reason: "without a service manager gorun would stop the run, and with --exec it has become COMMAND"})
		}
	}
	return list
}

// exec becomes COMMAND.
func (r *run) exec(command supervise.Command) error {
	if r.scope != nil && r.scope.IsEmbedded() {
		for _, e := range r.unheld() {
			r.Tell(Warning{e})
		}
		r.scope.BeCommand()
	}
	return r.supervisor.Exec(command)
}

// start starts COMMAND, of an embedded scope in the scope.
func (r *run) start(command supervise.Command, o supervise.Options) (*supervise.Child, error) {
	if r.scope != nil && r.scope.IsEmbedded() {
		o.Orphans = r.orphans()
		command.Within = r.within
	}
	return r.supervisor.Start(command, o)
}

// within forks COMMAND in the embedded scope: it is cloned into the scope's cgroup or, where the
// kernel cannot do that, forked there by this process, which goes back. Cgroups of version 1 have
// single threads, so the thread that forks calls it.
func (r *run) within(fork func(cgroup int) (int, error)) (pid int, err error) {
	entrance, err := r.scope.Entrance()
	if err != nil {
		return 0, err
	}
	defer entrance.Close() // on an error this process stays, and ends with the scope
	pid, err = fork(entrance.FD())
	if entrance.FD() >= 0 && mayLackClone(err) {
		if err := entrance.Enter(); err != nil {
			return 0, err
		}
		pid, err = fork(-1)
	}
	if err != nil {
		return 0, err
	}
	if err := entrance.Check(pid); err != nil {
		unix.Kill(pid, unix.SIGKILL) // it is our child, which nobody else waits for
		unix.Wait4(pid, nil, 0, nil)
		return 0, err
	}
	return pid, nil
}

// mayLackClone reports whether an error may be that of clone3(2), which is missing, lacks a flag, or
// is forbidden by seccomp(2). If it is that of execve(2), another attempt fails in the same way.
func mayLackClone(err error) bool {
	for _, errno := range []unix.Errno{unix.ENOSYS, unix.EINVAL, unix.EPERM, unix.EACCES} {
		if errors.Is(err, errno) {
			return true
		}
	}
	return false
}

// orphans is what is done about processes that have lost their parent. Where they are followed as
// descendants of this process, it has to wait for them.
func (r *run) orphans() func() {
	if r.scope == nil || r.scope.Plain() == nil {
		return nil
	}
	return func() { scope.Reap(r.watch.pid) }
}

// begunEmbedded notes COMMAND, and removes what earlier runs have left.
func (r *run) begunEmbedded(pid int) {
	if r.scope == nil || !r.scope.IsEmbedded() || r.joined {
		return
	}
	r.swept = make(chan struct{})
	s := r.scope
	go func() {
		defer close(r.swept)
		s.NoteCommand(pid)
		s.SweepOthers()
	}()
}

// keeper is the program that holds the time limit of leftover processes: this one.
const keeper = "/proc/self/exe"

// release ends the supervision of an embedded scope.
func (r *run) release() {
	if r.scope == nil || !r.scope.IsEmbedded() || r.joined {
		return
	}
	if r.swept != nil {
		<-r.swept
	}
	r.scope.Release(keeper)
}

// holdRest waits for leftover processes that nobody could follow any more, if they have a time
// limit: they are this process's descendants. It returns the signal that ended the wait, or 0.
func (r *run) holdRest(child *supervise.Child) (by unix.Signal) {
	if r.scope == nil || r.scope.Plain() == nil || r.joined || r.AtEnd != Leave {
		return 0
	}
	if p, ok := r.Spec.Property("RuntimeMaxSec"); ok && p.Value() != uint64(math.MaxUint64) {
		r.scope.Resume()
		rest, _ := child.WaitForRest(r.scope) // on an error they are left alone
		return rest.By
	}
	return 0
}

// NoManagerError is the warning that a run has no service manager.
type NoManagerError struct {
	Plain  error // why it has no cgroup; nil if it has one
	Unkept error // why no other process can find it; nil if it can
}

func (e *NoManagerError) Error() string {
	text := "no service manager: the run will not outlive the container or session by itself"
	if e.Plain != nil {
		text += "; it has no cgroup of its own (" + e.Plain.Error() + ")"
	}
	if e.Unkept != nil {
		text += "; it cannot be found by its name (" + e.Unkept.Error() + ")"
	}
	return text
}

// UnkeptError means that a run with a chosen name cannot be noted: no other run would find it.
type UnkeptError struct {
	Unit string
	Err  error
}

func (e *UnkeptError) Error() string {
	return "start " + e.Unit + ": the run cannot be noted, and so its name excludes no other run: " + e.Err.Error()
}

func (e *UnkeptError) Unwrap() error { return e.Err }

// checkNoted fails if a run with a chosen name is not noted. With BestEffort, [NoManagerError] says so.
func (r *run) checkNoted(s *scope.Scope) error {
	if err := s.Unkept(); err != nil && r.Named && !r.BestEffort {
		s.Release("")
		return &UnkeptError{s.Unit, err}
	}
	return nil
}

// surviveEmbedded fails, with MustSurvive, unless the run survives logout.
func (r *run) surviveEmbedded() error {
	if !r.MustSurvive {
		return nil
	}
	switch verdict := embeddedVerdict(); {
	case verdict.Unknown:
		return &UnknownSurvivalError{r.scope.Unit, verdict}
	case !verdict.Survives:
		return &LogoutError{r.scope.Unit, errors.New(verdict.Why), 0}
	}
	return nil
}

// embeddedSurvival is the verdict on a run without a service manager, for the report.
func embeddedSurvival() survival {
	verdict := embeddedVerdict()
	return survival{verdict.SurvivesOrNil(), string(verdict.Reason)}
}

func embeddedVerdict() logind.Verdict {
	ctx, cancel := bus.WithSilenceLimit(context.Background(), survivalTimeout)
	defer cancel()
	return logind.WithoutManager(ctx)
}
