// Package diagnose finds out what a logout does to processes, and what is missing on this
// machine for runs to survive and limits to hold.
package diagnose

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"gorun/internal/account"
	"gorun/internal/bus"
	"gorun/internal/cause"
	"gorun/internal/text"
	"gorun/scope"
)

// Health is the result of a check.
type Health string

const (
	OK      Health = "ok"      // nothing is wrong
	Warning Health = "warning" // something is lost, or not as it should be
	Problem Health = "problem" // gorun cannot keep a promise
)

// Finding is what one check found.
type Finding struct {
	Check   string  `json:"check"`
	Status  Health  `json:"status"`
	Message string  `json:"message"`
	Fix     *string `json:"fix"` // null if there is none
}

// check looks at one thing that survival, limits or reports depend on. Its findings get
// its name.
type check struct {
	name string
	look func(ctx context.Context, p *patient) []Finding
	acts bool // it gives back what a crash has left
	here bool // it is also made where runs have no service manager
}

// patient is what several checks look at.
type patient struct {
	manager scope.Manager // the one that gorun uses by default
	info    scope.Info    // what the manager says about itself
	silent  error         // why it says nothing; nil if it does
	cause   *cause.Cause  // why it cannot be reached or used; nil if nothing is wrong
}

// hasNoUser reports whether the caller is no user that could have a manager, so that
// lingering is of no use.
func (p *patient) hasNoUser() bool {
	return p.cause != nil && (p.cause.Kind == cause.NoEntry || p.cause.Kind == cause.DynamicUser)
}

// checks are in an order in which the first problem explains the others.
var checks = []check{
	{name: "embedded", look: checkEmbedded, here: true},
	{name: "systemd", look: checkSystemd},
	{name: "cgroups", look: checkCgroups},
	{name: "environment", look: checkEnvironment, here: true},
	{name: "logind", look: checkLogind},
	{name: "manager", look: checkManager, here: true},
	{name: "controllers", look: checkControllers},
	{name: "lingering", look: checkLingering, acts: true},
	{name: "polkit", look: checkPolkit},
	{name: "lease", look: checkLease},
	{name: "sessions", look: checkFailedSessions},
	{name: "records", look: checkRecords, here: true},
	{name: "runs", look: checkRuns},
	{name: "multiplexers", look: checkMultiplexers},
}

// checkTimeout is how long those that a check asks may be silent. A check that does
// something may take as long as a launch: giving a lease back on an emulated machine that
// had just booted took more than five seconds.
const (
	checkTimeout  = 5 * time.Second
	actionTimeout = scope.StartTimeout
)

// timeout is how long those that the check asks may be silent.
func (c check) timeout() time.Duration {
	if c.acts {
		return actionTimeout
	}
	return checkTimeout
}

// Examine makes all checks. Where runs have no service manager, that is no problem: something is lost.
func Examine(ctx context.Context) []Finding {
	list := []Finding{}
	p := newPatient(ctx)
	managed := scope.Here() != scope.Embedded
	for _, c := range checks {
		if !managed && !c.here {
			continue
		}
		bounded, cancel := bus.WithSilenceLimit(ctx, c.timeout())
		for _, f := range c.look(bounded, p) {
			f.Check = c.name
			if !managed && f.Status == Problem {
				f.Status = Warning
			}
			list = append(list, f)
		}
		cancel()
	}
	return list
}

// newPatient asks the manager about itself.
func newPatient(ctx context.Context) *patient {
	p := &patient{manager: scope.UserManager}
	if account.OwnUID() == 0 {
		p.manager = scope.SystemManager
	}
	ctx, cancel := bus.WithSilenceLimit(ctx, checkTimeout)
	defer cancel()
	p.info, p.silent = p.manager.Info(ctx)
	p.cause = cause.Of(ctx, p.manager, p.silent)
	return p
}

// foundCause is a Finding of what makes launches fail.
func foundCause(c *cause.Cause) []Finding {
	if c.Past {
		return found(Warning, Fix(c), "when it was last started, %v", c)
	}
	return found(Problem, Fix(c), "%v", c)
}

// PrintFindings prints findings for people, each fix on a line of its own.
func PrintFindings(out io.Writer, list []Finding) error {
	table := text.NewTable(out)
	for _, f := range list {
		text.Fprintf(table, "%s\t%s\t%s\n", f.Status, f.Check, f.Message)
		if f.Fix != nil {
			text.Fprintf(table, "\t\tfix: %s\n", *f.Fix)
		}
	}
	return table.Flush() // returns the error of any write before
}

// ok is the Finding of a check that finds nothing wrong.
func ok(format string, args ...any) []Finding {
	return []Finding{{Status: OK, Message: fmt.Sprintf(format, args...)}}
}

// found is a Finding of something wrong, with its fix. The fix may be empty.
func found(h Health, fix, format string, args ...any) []Finding {
	return []Finding{{Status: h, Message: fmt.Sprintf(format, args...), Fix: text.OrNull(fix)}}
}

// words joins a list for people.
func words(list []string) string { return strings.Join(list, " ") }

// systemctl is the command that speaks to a manager.
func systemctl(m scope.Manager) string { return text.Systemctl(m == scope.UserManager) }
