package run

import (
	"context"
	"errors"
	"os"
	"time"

	"gorun/internal/account"
	"gorun/internal/bus"
	"gorun/internal/logind"
	"gorun/internal/process"
	"gorun/internal/report"
	"gorun/internal/text"
	"gorun/scope"
)

// survivalTimeout is how long logind, polkit and the manager may be silent. The lease's
// unit takes some tens of milliseconds, and on an emulated machine seconds.
const survivalTimeout = 20 * time.Second

// surviveFirst finds out before COMMAND starts whether the run survives logout, if that
// cannot wait.
func (r *run) surviveFirst() error {
	if !r.knowsSurvivalFirst() {
		return nil
	}
	if r.MustSurvive && logind.InNamespace() {
		return &UnknownSurvivalError{r.scope.Unit, logind.NamespaceVerdict()}
	}
	err := checkSurvival(r.scope)
	if !r.MustSurvive {
		r.warnOfLogout(err)
		return nil
	}
	if err == nil {
		err = checkRisk(r.scope)
	}
	return err
}

// checkRisk finds out whether this version of systemd may end a scope that should survive.
// The error is nil or a [*LogoutError]. Without --must-survive nobody is warned of the
// risk: each run on such a machine has it.
func checkRisk(s *scope.Scope) error {
	if s.Manager == scope.SystemManager {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), survivalTimeout)
	defer cancel()
	risk, err := logind.Risk(ctx)
	if err = errors.Join(risk, err); err != nil {
		return &LogoutError{s.Unit, err, -1}
	}
	return nil
}

func (r *run) warnOfLogout(err error) {
	if err != nil {
		r.Tell(Warning{err})
	}
}

// checkSurvival finds out whether the scope survives the user's last logout. The error is
// nil or a [*LogoutError].
func checkSurvival(s *scope.Scope) error {
	if s.Manager == scope.SystemManager {
		return nil // PID 1 does not end
	}
	ctx, cancel := bus.WithSilenceLimit(context.Background(), survivalTimeout)
	defer cancel()
	refused := s.AwaitLease(ctx)
	verdict, err := logind.ManagerVerdict(ctx, account.OwnUID())
	switch {
	case err != nil:
		return &LogoutError{s.Unit, errors.Join(refused, err), -1}
	case refused == nil && verdict.Survives, verdict.Reason == logind.StopDelay:
		return nil
	case refused == nil:
		return &LogoutError{s.Unit, errors.New(verdict.Why), verdict.Delay}
	case verdict.Survives:
		return &LogoutError{s.Unit, refused, -1} // what keeps the manager running may end
	}
	return &LogoutError{s.Unit, refused, verdict.Delay}
}

// survival is a verdict for the report.
type survival struct {
	survives *bool // nil if it is not known
	reason   string
}

// judgeSurvival finds out what a logout does to the run, while COMMAND runs. If COMMAND
// ends first, there is nothing left to warn of.
func (r *run) judgeSurvival() {
	if r.scope == nil || r.knowsSurvivalFirst() && !r.JudgeSurvival {
		return
	}
	verdict := make(chan survival, 1)
	if r.JudgeSurvival {
		r.survival = verdict
	}
	go func() {
		if !r.knowsSurvivalFirst() {
			r.warnOfLogout(checkSurvival(r.scope))
		}
		if r.JudgeSurvival {
			verdict <- survivalOf(r.scope, r.watch.pid)
		}
	}()
}

// survivalOf judges COMMAND as it has just started. What COMMAND does about SIGHUP later
// is not known. If COMMAND has ended by now, the scope is judged.
func survivalOf(s *scope.Scope, pid int) survival {
	ctx, cancel := bus.WithSilenceLimit(context.Background(), survivalTimeout)
	defer cancel()
	p, err := process.Read(pid)
	if err != nil || p.Zombie || p.Cgroup != s.Cgroup {
		p = process.Process{PID: os.Getpid(), Cgroup: s.Cgroup}
	}
	verdict := logind.NewJudge(ctx).Process(ctx, p)
	return survival{verdict.SurvivesOrNil(), string(verdict.Reason)}
}

// addSurvival adds the verdict to a report. A short run may end before there is one.
func (r *run) addSurvival(rep *report.Report) {
	if r.survival == nil {
		return
	}
	select {
	case s := <-r.survival:
		rep.SurvivesLogout, rep.SurvivalReason = s.survives, text.OrNull(s.reason)
	case <-time.After(questionTimeout):
	}
}

// keptLeaseTimeout bounds the look at the user's IPC objects. If there are some, logind is
// asked about them.
const keptLeaseTimeout = 5 * time.Second

// keptLease names the IPC objects for which the user keeps lingering after the last run.
// Without an answer the record says nothing about it. The lease's unit says it again.
func (r *run) keptLease() string {
	if r.scope == nil {
		return ""
	}
	ctx, cancel := context.WithTimeout(context.Background(), keptLeaseTimeout)
	defer cancel()
	objects, _ := r.scope.KeptLease(ctx)
	return objects
}
