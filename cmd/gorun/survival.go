package main

import (
	"context"
	"os"

	"gorun/internal/logind"
	"gorun/internal/process"
	"gorun/scope"
)

// survival is what a logout does to a run.
type survival struct {
	survives *bool // nil if it cannot be found out
	reason   string
}

// judgeSurvival judges COMMAND, as it is when it has just started; what it makes of
// SIGHUP later is not known. If it has ended by now, the scope is judged.
func judgeSurvival(s *scope.Scope, pid int) survival {
	ctx, cancel := context.WithTimeout(context.Background(), surviveTimeout)
	defer cancel()
	judge, err := logind.NewJudge(ctx)
	if err != nil {
		return survival{}
	}
	p, err := process.Read(pid)
	if err != nil || p.Zombie || p.Cgroup != s.Cgroup {
		p = process.Process{PID: os.Getpid(), Cgroup: s.Cgroup}
	}
	verdict, err := judge.Process(ctx, p)
	if err != nil {
		return survival{}
	}
	return survival{&verdict.Survives, string(verdict.Reason)}
}
