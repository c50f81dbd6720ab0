package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"gorun/internal/account"
	"gorun/internal/logind"
	"gorun/internal/process"
	"gorun/scope/property"
)

// audited is a process and what logout does to it, as --json prints it.
type audited struct {
	PID          int      `json:"pid"`
	UID          int      `json:"uid"`
	User         *string  `json:"user"` // null if the UID has no name
	Unit         *string  `json:"unit"` // null if it is in none
	Session      *string  `json:"session"`
	Terminal     *string  `json:"terminal"`
	Name         string   `json:"name"`
	Command      []string `json:"command"`
	Survives     bool     `json:"survives_logout"`
	Reason       string   `json:"survival_reason"`
	Why          string   `json:"explanation"`
	DelaySeconds *float64 `json:"delay_seconds"` // from the last logout to its end
	Multiplexer  *string  `json:"multiplexer"`   // tmux or screen, if it is a server of these
	delay        time.Duration
	severity     int
}

// audit lists processes by what logout does to them.
func audit(ctx context.Context, o *options, out io.Writer, tui *terminal) (int, error) {
	list, err := auditAll(ctx)
	if err != nil {
		return 0, err
	}
	if o.json {
		return 0, printJSON(out, list)
	}
	if err := printAudit(out, list); err != nil {
		return 0, err
	}
	for _, a := range list {
		if a.Multiplexer != nil && !a.Survives {
			tui.warnOfServer(*a.Multiplexer, a.PID, a.Why)
		}
	}
	return 0, nil
}

// auditAll judges the processes that the caller has; root has all.
func auditAll(ctx context.Context) ([]audited, error) {
	judge, err := logind.NewJudge(ctx)
	if err != nil {
		return nil, err
	}
	processes, err := process.List()
	if err != nil {
		return nil, err
	}
	names := map[int]string{}
	list := []audited{}
	for _, p := range processes {
		if p.Kernel || p.Zombie || p.PID == os.Getpid() || os.Geteuid() != 0 && p.UID != os.Getuid() {
			continue
		}
		verdict, err := judge.Process(ctx, p)
		if err != nil {
			return nil, fmt.Errorf("process %d: %w", p.PID, err)
		}
		list = append(list, newAudited(p, verdict, userName(names, p.UID)))
	}
	slices.SortStableFunc(list, func(a, b audited) int {
		return cmp.Or(cmp.Compare(a.severity, b.severity), cmp.Compare(a.Why, b.Why))
	})
	return list, nil
}

// severities orders the reasons, worst first.
var severities = []logind.Reason{
	logind.SessionKilled, logind.NoLingering, logind.Hangup, logind.Login,
	logind.Spared, logind.Leased, logind.Lingering, logind.StopDelay, logind.System,
}

func newAudited(p process.Process, v logind.Verdict, user string) audited {
	place := logind.PlaceOf(p.Cgroup)
	a := audited{
		PID: p.PID, UID: p.UID, User: orNull(user), Unit: orNull(place.Unit), Session: orNull(place.Session),
		Terminal: orNull(p.Terminal.String()), Name: p.Name, Command: append([]string{}, p.Args...),
		Survives: v.Survives, Reason: string(v.Reason), Why: v.Why, delay: v.Delay,
		Multiplexer: orNull(multiplexer(p)), severity: slices.Index(severities, v.Reason),
	}
	if !v.Survives {
		seconds := v.Delay.Seconds()
		a.DelaySeconds = &seconds
	}
	return a
}

// orNull is null for what is not there.
func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// userName looks a name up, once.
func userName(known map[int]string, uid int) string {
	name, ok := known[uid]
	if !ok {
		if u, err := account.ByUID(uid); err == nil { // else it has none
			name = u.Name
		}
		known[uid] = name
	}
	return name
}

// fate is the heading over processes with the same verdict.
func (a audited) fate() string {
	switch {
	case a.Survives:
		return "Survives: " + a.Why
	case a.delay > 0:
		return fmt.Sprintf("Ends %s after the last logout: %s", property.FormatSpan(a.delay), a.Why)
	}
	return "Ends at logout: " + a.Why
}

// printAudit prints the list for people, a heading over each verdict.
func printAudit(out io.Writer, list []audited) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	heading := ""
	for _, a := range list {
		if f := a.fate(); f != heading {
			if heading != "" {
				fmt.Fprintln(table)
			}
			heading = f
			fmt.Fprintln(table, printable(f))
		}
		name := strconv.Itoa(a.UID)
		if a.User != nil {
			name = *a.User
		}
		fmt.Fprintf(table, "  %d\t%s\t%s\t%s\t%s\n", a.PID, name, orDash(a.Terminal), orDash(a.Unit), a.line())
	}
	return table.Flush() // has the errors of all before
}

// maxLine bounds a command line in a table.
const maxLine = 100

// line is the command line as ps(1) shows it.
func (a audited) line() string {
	if len(a.Command) == 0 {
		return "[" + printable(a.Name) + "]"
	}
	line := []rune(printable(strings.Join(a.Command, " ")))
	if len(line) > maxLine {
		line = append(line[:maxLine], '…')
	}
	return string(line)
}

func orDash(s *string) string {
	if s == nil {
		return "-"
	}
	return printable(*s)
}
