package logind

import (
	"context"
	"fmt"
	"os"

	"gorun/internal/account"
)

// NoManager is the verdict on a run that has no service manager and is in no session: it ends with
// what it was started in, such as a container, and of that nothing is known.
func NoManager() Verdict { return unknown("no service manager") }

// WithoutManager is the verdict on a run of the caller's that has no service manager. elogind, which
// is logind without systemd, may kill it with the session that it was started in.
func WithoutManager(ctx context.Context) Verdict {
	session := os.Getenv("XDG_SESSION_ID")
	if session == "" {
		return NoManager()
	}
	if _, err := readSession(session); err != nil {
		return NoManager() // the variable is another machine's, or an old one
	}
	rules, err := ReadRules(ctx)
	if err != nil {
		return unknown("no service manager, and " + err.Error())
	}
	user, err := account.ByUID(account.OwnUID())
	if err != nil {
		return NoManager()
	}
	return rules.policyFor(user.Name, record{}).inSession(session)
}

// inSession is the verdict on the processes of a session that no manager holds.
func (p policy) inSession(session string) Verdict {
	if p.kill {
		return Verdict{Reason: SessionKilled, Why: fmt.Sprintf("elogind kills it with session %s: %s", session, p.why)}
	}
	return Verdict{Survives: true, Reason: Spared, Why: fmt.Sprintf("elogind spares session %s: %s", session, p.why)}
}
