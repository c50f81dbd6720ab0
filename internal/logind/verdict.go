package logind

import (
	"context"
	"fmt"
	"math"
	"time"
)

// Reason says in a word why a process survives the logout or does not. The words
// are part of what gorun prints for scripts.
type Reason string

// What a process survives by.
const (
	// System: the system's manager has it.
	System Reason = "system"
	// Lingering: the user's manager has it, and the user lingers by their own
	// or the administrator's wish.
	Lingering Reason = "lingering"
	// Leased: likewise, while gorun holds the lease.
	Leased Reason = "lease"
	// StopDelay: the user's manager has it, and UserStopDelaySec=infinity.
	StopDelay Reason = "stop-delay"
	// Spared: a session has it whose processes logind does not kill.
	Spared Reason = "spared"
)

// What a process ends by.
const (
	// NoLingering: the user's manager has it, which stops after the last logout.
	NoLingering Reason = "no-lingering"
	// SessionKilled: logind kills it with its session.
	SessionKilled Reason = "session-killed"
	// Login: it is what the login consists of.
	Login Reason = "login"
	// Hangup: its terminal hangs up, and it does not handle SIGHUP.
	Hangup Reason = "hangup"
)

// Verdict says whether a process outlives its user's last logout, and why.
type Verdict struct {
	Survives bool
	Reason   Reason
	// Delay is the time from the last logout to the end, 0 for at once.
	Delay time.Duration
	// Why says it in words.
	Why string
}

// ManagerVerdict is the verdict on all that the manager of a user has. logind is
// not asked if the user lingers.
func ManagerVerdict(ctx context.Context, uid int) (Verdict, error) {
	if lingers, err := Lingers(uid); lingers {
		return Verdict{Survives: true, Reason: Lingering, Why: "the user lingers"}, nil
	} else if err != nil {
		return Verdict{}, err
	}
	j, err := NewJudge(ctx)
	if err != nil {
		return Verdict{}, err
	}
	return j.manager(ctx, uid)
}

// stopping is the verdict on what a manager has that nothing keeps.
func (p policy) stopping(user string) Verdict {
	if p.stopDelay == math.MaxInt64 {
		return Verdict{Survives: true, Reason: StopDelay, Why: "UserStopDelaySec=infinity keeps the user's manager"}
	}
	return Verdict{Reason: NoLingering, Delay: p.stopDelay,
		Why: fmt.Sprintf("the user's manager stops: %s does not linger", user)}
}
