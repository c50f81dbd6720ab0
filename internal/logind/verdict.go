package logind

import (
	"context"
	"fmt"
	"math"
	"time"
)

// Reason says in a word why a process survives the logout or does not. Scripts read
// these words in gorun's output. If that is not known, the reason is "unknown: " and why.
type Reason string

// Reasons why a process survives.
const (
	// System: it belongs to the system manager.
	System Reason = "system"
	// Lingering: it belongs to the user's manager. The user or the administrator
	// turned lingering on.
	Lingering Reason = "lingering"
	// Leased: it belongs to the user's manager. The user lingers while gorun holds the
	// lease.
	Leased Reason = "lease"
	// StopDelay: it belongs to the user's manager, and UserStopDelaySec=infinity.
	StopDelay Reason = "stop-delay"
	// Spared: it is in a session whose processes logind does not kill.
	Spared Reason = "spared"
)

// Reasons why a process ends.
const (
	// NoLingering: it belongs to the user's manager, which stops after the last
	// logout.
	NoLingering Reason = "no-lingering"
	// SessionKilled: logind kills it with its session.
	SessionKilled Reason = "session-killed"
	// Login: it is part of the login itself.
	Login Reason = "login"
	// Hangup: its terminal hangs up, and it does not handle SIGHUP.
	Hangup Reason = "hangup"
)

// Verdict says whether a process outlives its user's last logout, and why.
type Verdict struct {
	Survives bool // false if it is not known
	Unknown  bool
	Reason   Reason
	// Delay is the time from the last logout to the end; 0 means at once.
	Delay time.Duration
	// Why explains the reason to people.
	Why string
}

// unknown is the verdict if what decides is not known.
func unknown(why string) Verdict {
	return Verdict{Unknown: true, Reason: Reason("unknown: " + why), Why: why}
}

// Unreadable is the verdict on a process that cannot be read.
func Unreadable(err error) Verdict { return unknown("the process cannot be read: " + err.Error()) }

// SurvivesOrNil is Survives as JSON has it: nil if it is not known.
func (v Verdict) SurvivesOrNil() *bool {
	if v.Unknown {
		return nil
	}
	return &v.Survives
}

// ManagerVerdict is the verdict on all processes of a user's manager. It does not query
// logind if the user lingers, and then does not know of a [Risk].
func ManagerVerdict(ctx context.Context, uid int) (Verdict, error) {
	if lingers, err := Lingers(uid); lingers {
		return Verdict{Survives: true, Reason: Lingering, Why: "the user lingers"}, nil
	} else if err != nil {
		return Verdict{}, err
	}
	return NewJudge(ctx).manager(ctx, uid)
}

// stopping is the verdict on the processes of a manager whose user does not linger.
func (p policy) stopping(user string) Verdict {
	if p.stopDelay == math.MaxInt64 {
		return Verdict{Survives: true, Reason: StopDelay, Why: "UserStopDelaySec=infinity keeps the user manager running"}
	}
	return Verdict{Reason: NoLingering, Delay: p.stopDelay,
		Why: fmt.Sprintf("the user manager stops: %s does not linger", user)}
}
