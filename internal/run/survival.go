package run

import (
	"context"
	"os"
	"time"

	"gorun/internal/bus"
	"gorun/internal/logind"
	"gorun/internal/process"
	"gorun/internal/report"
	"gorun/internal/text"
	"gorun/scope"
)

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
