package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"gorun/internal/account"
	"gorun/internal/bus"
	"gorun/internal/logind"
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
	if r.scope.IsEmbedded() {
		return r.surviveEmbedded()
	}
	if r.MustSurvive && logind.InNamespace() {
		return &UnknownSurvivalError{r.scope.Unit, logind.NamespaceVerdict()}
	}
	err := checkSurvival(r.scope)
	if r.outside() != "" {
		return nil // the scope may have ended with its lease; stay enters again, and asks again
	}
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
	if err = join(risk, err); err != nil {
		return &LogoutError{s.Unit, err, -1}
	}
	return nil
}

// join is like [errors.Join], but on one line.
func join(first, second error) error {
	if first == nil || second == nil {
		return cmp.Or(first, second)
	}
	return fmt.Errorf("%w; %w", first, second)
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
		return &LogoutError{s.Unit, join(refused, err), -1}
	case refused == nil && verdict.Survives, verdict.Reason == logind.StopDelay:
		return nil
	case refused == nil:
		return &LogoutError{s.Unit, errors.New(verdict.Why), verdict.Delay}
	case verdict.Survives:
		return &LogoutError{s.Unit, refused, -1} // what keeps the manager running may end
	}
	return &LogoutError{s.Unit, refused, verdict.Delay}
}
