package run

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
	"gorun/internal/report"
	"gorun/internal/supervise"
	"gorun/internal/text"
)

// conclude says how the run ended, on the terminal, in the report and in the journal. It
// returns how gorun has to end, unless a signal ended the wait for leftover processes: then by is
// that signal, of which gorun dies.
func (r *run) conclude(child *supervise.Child, status supervise.Status, by unix.Signal) supervise.Status {
	e := r.watch.look(status)
	r.watch.tell(e)
	elsewhere := r.watch.findElsewhere(e)
	if len(elsewhere) > 0 {
		r.Tell(Noticed{r.scope.Unit, report.Elsewhere(elsewhere)})
	}
	rep := r.report(e)
	if by != 0 {
		rep.ExitStatus = new(supervise.Status{Signal: by}.Shell())
	}
	rep.AddElsewhere(elsewhere)
	r.Tell(Ended{rep})
	if err := r.ReportFile.Write(rep); err != nil {
		r.Tell(ReportFailed{err})
	}
	log := r.log(rep)
	if !r.NoRecord {
		// There may be no journal, or it may hang. The run does not fail for that.
		err := r.record(rep, log, r.keptLease())
		if lost := (*report.KeepError)(nil); errors.As(err, &lost) {
			r.Tell(Warning{lost})
		}
	}
	r.forget()
	r.endHooks(child, rep, status.Dumped)
	return e.exit()
}

// record leaves a record of how the run ended. What a joined run leaves is no record of the
// unit's: that is about the run that has started the scope.
func (r *run) record(rep *report.Report, log report.Log, keptLease string) error {
	if r.HideArguments {
		rep = rep.WithoutArguments()
	}
	if r.joined {
		return rep.RecordJoined()
	}
	return rep.Record(log, r.Named, keptLease)
}

// report describes the run at its end. The figures of a scope that it has joined are the
// other run's.
func (r *run) report(e ending) *report.Report {
	rep := r.begun()
	rep.EndedAt, rep.Duration, rep.Outcome = new(e.at.UTC()), report.Seconds(e.at.Sub(r.started)), e.outcome()
	if s := r.scope; s != nil && s.Cgroup != "" && r.watch.endedIn != "" && !cgroup.Contains(s.Cgroup, r.watch.endedIn) {
		rep.Cgroup = &r.watch.endedIn
	}
	rep.SetStatus(e.status.Code, e.status.Signal)
	rep.ExitStatus = new(e.exit().Shell())
	if !r.joined {
		rep.AddFigures(e.stats, e.bound)
		if e.stats.PIDsEvents != nil {
			rep.ForksFailed = &e.forks.n
		}
	}
	r.addSurvival(rep)
	return rep
}

// begun describes the run at its start.
func (r *run) begun() *report.Report {
	rep := &report.Report{Version: report.Version, Command: r.Command, StartedAt: r.started.UTC(), Joined: r.joined}
	if s := r.scope; s != nil {
		rep.Unit, rep.InvocationID, rep.Cgroup = &s.Unit, text.OrNull(s.InvocationID), text.OrNull(s.Cgroup)
		rep.Manager = text.OrNull(s.Manager.String())
	}
	return rep
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
