package run

import (
	"context"
	"errors"
	"path"

	"gorun/cgroup"
	"gorun/internal/bus"
	"gorun/internal/report"
	"gorun/scope"
)

// reportFailure says in the report, and if the scope had been started in the record, that
// COMMAND could not be started. Without it, who reads them would take an earlier run's for
// this one's: the manager has logged that the unit was started. It returns the report.
func (r *run) reportFailure(err error) *report.Report {
	r.hooks.settleFailed(r.failed(err))
	if r.supervisor != nil && !r.hooks.areHere() {
		r.supervisor.Release() // ^C ends what follows, which may take a while
	}
	if r.scope == nil {
		r.scope = r.enteredAnyway()
	}
	r.Waiting.Drop()
	rep := r.failed(err)
	var cannotWrite *ReportError
	if !errors.As(err, &cannotWrite) {
		if err := r.ReportFile.WriteFailure(rep); err != nil {
			r.Tell(ReportFailed{err})
		}
	}
	if r.scope != nil && !r.NoRecord {
		r.record(rep, report.Log{}, "") // there may be no journal; the error has been returned
	}
	return rep
}

// failed describes a run whose COMMAND could not be started.
func (r *run) failed(err error) *report.Report {
	rep := r.begun()
	rep.Fail(err, StatusOfFailure(err))
	return rep
}

// enteredAnyway finds the scope that this process is in although [scope.Start] failed, as
// after a [*scope.LimitError]. Nil if there is none, or if the process was there from the
// beginning: that scope is another run's.
func (r *run) enteredAnyway() *scope.Scope {
	own, err := cgroup.PathOf(0)
	if err != nil || path.Base(own) != r.Spec.Unit || r.watch != nil && r.watch.origin.group == own {
		return nil
	}
	ctx, cancel := bus.WithSilenceLimit(context.Background(), questionTimeout)
	defer cancel()
	s, err := scope.Open(ctx, r.Spec.Manager, r.Spec.Unit)
	if err != nil || s.Cgroup != own {
		return nil
	}
	return s
}
