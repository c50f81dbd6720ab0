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
	s := r.scope // a later look may replace it
	if s.IsEmbedded() {
		if r.JudgeSurvival {
			go func() { verdict <- embeddedSurvival() }()
		}
		return
	}
	go func() {
		if !r.knowsSurvivalFirst() {
			r.warnOfLogout(checkSurvival(s))
		}
		if r.JudgeSurvival {
			verdict <- survivalOf(s, r.watch.pid)
		}
	}()
}

// survivalOf judges COMMAND as it has just started. What COMMAND does about SIGHUP later
// is not known. If COMMAND has ended by now, the scope is judged.
func survivalOf(s *scope.Scope, pid int) survival {
	ctx, cancel := bus.WithSilenceLimit(context.Background(), survivalTimeout)
	defer cancel()
	p, err := process.Read(pid)
	if err != nil || p.Zombie || p.Parent != os.Getpid() { // the PID may be another process's by now
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
