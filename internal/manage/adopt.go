package manage

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gorun/internal/cause"
	"gorun/internal/logind"
	"gorun/internal/process"
	"gorun/internal/unitname"
	"gorun/scope"
)

// Adopted is a scope with the processes that were moved into it, as --json prints it.
type Adopted struct {
	Unit         string `json:"unit"`
	InvocationID string `json:"invocation_id"`
	Manager      string `json:"manager"`
	Cgroup       string `json:"cgroup"`
	PIDs         []int  `json:"pids"`
	// Left are the processes that have stayed where they were.
	Left           []StayedProcess `json:"left"`
	SurvivesLogout *bool           `json:"survives_logout"` // null if it is not known
	SurvivalReason string          `json:"survival_reason"`

	Scope    *scope.Scope `json:"-"`
	Warnings []error      `json:"-"` // what people should know
}

// StayedProcess is a process that was not adopted. Its unit is empty if it has ended.
type StayedProcess struct {
	PID    int    `json:"pid"`
	Unit   string `json:"unit"`
	Reason string `json:"reason"`
}

// Adopt moves processes into a new scope, with all that descends from them. With force it also
// takes what is in another run of gorun's, and descendants in other units. If both a scope and an error
// are returned, the scope has the processes of PIDs.
func Adopt(ctx context.Context, spec scope.Spec, force bool) (*Adopted, error) {
	a := scope.Adoption{Spec: spec, Spare: unitname.Documentation, Everywhere: force}
	if force {
		a.Spare = ""
	}
	begun := time.Now()
	s, err := scope.Adopt(ctx, a)
	if s == nil {
		return nil, cause.Explain(err, begun)
	}
	result := &Adopted{
		Unit: s.Unit, InvocationID: s.InvocationID, Manager: s.Manager.String(), Cgroup: s.Cgroup,
		PIDs: append([]int{}, s.PIDs...), Left: []StayedProcess{}, Scope: s.Scope,
	}
	for _, l := range s.Left {
		result.Left = append(result.Left, StayedProcess{l.PID, l.Unit, l.Why.Error()})
	}
	result.warnOfLeft(s.Left)
	result.judge(ctx)
	return result, err
}

// Outside is how many of the processes live and have not been moved.
func (a *Adopted) Outside() (n int) {
	for _, l := range a.Left {
		if l.Unit != "" {
			n++
		}
	}
	return n
}

// maxNamed is how many processes are named in a line.
const maxNamed = 5

// StayedError means that processes were not adopted, and stay in a unit.
type StayedError struct {
	PIDs []int
	Unit string
	Why  *scope.AdoptError // of the first
}

func (e *StayedError) Error() string {
	where := " in " + e.Unit
	if e.Unit == e.Why.Unit {
		where = " there"
	}
	text := fmt.Sprintf("%v, and stays%s", e.Why, where)
	if others := e.PIDs[1:]; len(others) > 0 {
		text += ", as do " + strings.Trim(fmt.Sprint(others[:min(len(others), maxNamed)]), "[]")
		if len(others) > maxNamed {
			text += " and more"
		}
	}
	return text
}

func (e *StayedError) Unwrap() error { return e.Why }

// warnOfLeft warns once of the processes that stay in a unit for one reason.
func (a *Adopted) warnOfLeft(list []scope.Left) {
	byUnit := map[string]*StayedError{}
	for _, l := range list {
		why, ok := l.Why.(*scope.AdoptError)
		if !ok || why.Reason == scope.Ended {
			a.Warnings = append(a.Warnings, l.Why)
			continue
		}
		key := l.Unit + "\n" + string(why.Reason)
		if byUnit[key] == nil {
			byUnit[key] = &StayedError{Unit: l.Unit, Why: why}
			a.Warnings = append(a.Warnings, byUnit[key])
		}
		byUnit[key].PIDs = append(byUnit[key].PIDs, l.PID)
	}
}

// MortalError means that a logout ends the scope, or may end it.
type MortalError struct {
	Unit string
	Why  string
	Err  error // what has refused the lease; nil if nothing has
}

func (e *MortalError) Error() string {
	return fmt.Sprintf("%s may end with your last logout: %s", e.Unit, e.Why)
}

func (e *MortalError) Unwrap() error { return e.Err }

// judge finds out whether the processes survive a logout, once the lease is held.
func (a *Adopted) judge(ctx context.Context) {
	ctx, cancel := asking(ctx)
	defer cancel()
	refused := a.Scope.AwaitLease(ctx)
	judge := logind.NewJudge(ctx)
	verdict := judge.Process(ctx, process.Process{Cgroup: a.Cgroup})
	a.SurvivesLogout, a.SurvivalReason = verdict.SurvivesOrNil(), string(verdict.Reason)
	switch {
	case refused != nil:
		a.Warnings = append(a.Warnings, &MortalError{Unit: a.Unit, Why: refused.Error(), Err: refused})
	case !verdict.Survives && !verdict.Unknown:
		a.Warnings = append(a.Warnings, &MortalError{Unit: a.Unit, Why: verdict.Why})
	}
	a.warnOfHangup(ctx, judge)
}

// warnOfHangup warns of the first of the processes that its terminal takes along. A scope does
// not change what a hangup means.
func (a *Adopted) warnOfHangup(ctx context.Context, judge *logind.Judge) {
	for _, pid := range a.PIDs {
		p, err := process.Read(pid)
		if err != nil || p.Zombie {
			continue // it has ended
		}
		if v := judge.Process(ctx, p); v.Reason == logind.Hangup {
			a.Warnings = append(a.Warnings, &HangupError{PID: pid, Why: v.Why})
			return
		}
	}
}

// HangupError means that a process ends with its terminal, wherever it is.
type HangupError struct {
	PID int
	Why string
}

func (e *HangupError) Error() string {
	return fmt.Sprintf("process %d may end at logout all the same: %s", e.PID, e.Why)
}
