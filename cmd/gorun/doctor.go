package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"gorun/scope"
)

// health is how a check came out.
type health string

const (
	healthy health = "ok"
	warning health = "warning" // something is lost, or not as it should be
	problem health = "problem" // gorun cannot keep a promise
)

// finding is what one check found.
type finding struct {
	Check   string  `json:"check"`
	Status  health  `json:"status"`
	Message string  `json:"message"`
	Mend    *string `json:"mend"` // what to do; null if there is nothing
}

// check looks at one thing that surviving, limits or reports depend on. The name of
// the check is filled in.
type check struct {
	name string
	look func(ctx context.Context, p *patient) []finding
}

// patient is what several checks look at.
type patient struct {
	manager scope.Manager // that gorun asks unless it is told otherwise
	info    scope.Info    // what that one says of itself, asked for once
	silent  error         // why it says nothing
}

// checks lists them, in an order in which the first problem explains the others.
var checks = []check{
	{"systemd", checkSystemd},
	{"cgroups", checkCgroups},
	{"environment", checkEnvironment},
	{"logind", checkLogind},
	{"manager", checkManager},
	{"controllers", checkControllers},
	{"lingering", checkLingering},
	{"polkit", checkPolkit},
	{"lease", checkLease},
	{"sessions", checkFailedSessions},
	{"runs", checkFailedRuns},
	{"multiplexers", checkMultiplexers},
}

// checkTimeout bounds one check.
const checkTimeout = 5 * time.Second

// doctor makes all checks. The exit status is 1 if there is a problem.
func doctor(ctx context.Context, o *options, out io.Writer, _ *terminal) (int, error) {
	list, status := []finding{}, 0
	p := newPatient(ctx)
	for _, c := range checks {
		bounded, cancel := context.WithTimeout(ctx, checkTimeout)
		for _, f := range c.look(bounded, p) {
			f.Check = c.name
			list = append(list, f)
			if f.Status == problem {
				status = 1
			}
		}
		cancel()
	}
	if o.json {
		return status, printJSON(out, list)
	}
	return status, printFindings(out, list)
}

// newPatient asks the manager.
func newPatient(ctx context.Context) *patient {
	p := &patient{manager: scope.UserManager}
	if os.Geteuid() == 0 {
		p.manager = scope.SystemManager
	}
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	p.info, p.silent = p.manager.Info(ctx)
	return p
}

// printFindings prints them for people, each mend on a line of its own.
func printFindings(out io.Writer, list []finding) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, f := range list {
		fmt.Fprintf(table, "%s\t%s\t%s\n", f.Status, f.Check, printable(f.Message))
		if f.Mend != nil {
			fmt.Fprintf(table, "\t\tmend: %s\n", printable(*f.Mend))
		}
	}
	return table.Flush() // has the errors of all before
}

// ok finds nothing wrong.
func ok(format string, args ...any) []finding {
	return []finding{{Status: healthy, Message: fmt.Sprintf(format, args...)}}
}

// found finds something wrong, and what to do about it.
func found(h health, mend, format string, args ...any) []finding {
	return []finding{{Status: h, Message: fmt.Sprintf(format, args...), Mend: orNull(mend)}}
}

// words joins a list for people.
func words(list []string) string { return strings.Join(list, " ") }
