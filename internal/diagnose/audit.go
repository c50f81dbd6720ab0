package diagnose

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"gorun/internal/account"
	"gorun/internal/logind"
	"gorun/internal/multiplexer"
	"gorun/internal/process"
	"gorun/internal/text"
	"gorun/scope/property"
)

// Process is a process and what logout does to it, as --json prints it.
type Process struct {
	PID          int      `json:"pid"`
	UID          int      `json:"uid"`
	User         *string  `json:"user"` // null if the UID has no name
	Unit         *string  `json:"unit"` // null if the process is in none
	Session      *string  `json:"session"`
	Terminal     *string  `json:"terminal"`
	Name         string   `json:"name"`
	Command      []string `json:"command"`
	Survives     *bool    `json:"survives_logout"` // null if it is not known
	Reason       string   `json:"survival_reason"`
	Why          string   `json:"explanation"`
	DelaySeconds *float64 `json:"delay_seconds"` // from the last logout to the process's end
	Multiplexer  *string  `json:"multiplexer"`   // tmux, screen, ..., if the process is a server of one
	// DiesWith is the service whose restart kills the process, if that is a multiplexer's server
	// or leads a terminal. It is null for all others, and if the service cannot be asked for.
	DiesWith  *string `json:"dies_with_service"`
	OOMPolicy *string `json:"oom_policy"` // of the scope of a pane of tmux, else null
	emulator  string  // the program whose terminal dies with the service
	delay     time.Duration
	severity  int
}

// Audit judges the processes of the caller, and as root those of all users. What a
// logout ends comes first. Of a process that cannot be read, only the PID and the user
// are known.
func Audit(ctx context.Context) ([]Process, error) {
	processes, unreadable, err := process.List()
	if err != nil {
		return nil, err
	}
	judge, names := logind.NewJudge(ctx), map[int]string{}
	servers := multiplexer.Servers(processes)
	restarts, policies := &restarts{services: map[string]service{}, servers: servers}, map[string]string{}
	list := []Process{}
	for _, p := range processes {
		if p.Kernel || p.Zombie || p.PID == os.Getpid() || !isAudited(p.UID) {
			continue
		}
		a := newAudited(p, judge.Process(ctx, p), userName(names, p.UID))
		a.Multiplexer = text.OrNull(servers[p.PID])
		unit, emulator := restarts.kills(ctx, p)
		a.DiesWith, a.emulator = text.OrNull(unit), emulator
		a.OOMPolicy = text.OrNull(panePolicy(ctx, policies, p))
		list = append(list, a)
	}
	for _, u := range unreadable {
		if isAudited(u.UID) {
			list = append(list, newAudited(process.Process{PID: u.PID, UID: u.UID}, logind.Unreadable(u.Err), userName(names, u.UID)))
		}
	}
	slices.SortStableFunc(list, func(a, b Process) int {
		return cmp.Or(cmp.Compare(a.severity, b.severity), cmp.Compare(a.Why, b.Why))
	})
	return list, nil
}

// isAudited reports whether the processes of a user are the caller's business.
func isAudited(uid int) bool { return os.Geteuid() == 0 || uid == os.Getuid() }

// MissesProcesses reports whether [Audit] may miss processes of the caller, because /proc
// hides some.
func MissesProcesses() bool { return process.AreHidden() }

// severities lists the reasons, worst first. An empty one stands for those that say why
// the verdict is not known.
var severities = []logind.Reason{
	logind.SessionKilled, logind.NoLingering, logind.Hangup, logind.Login, "",
	logind.Spared, logind.Leased, logind.Lingering, logind.StopDelay, logind.System,
}

// severity is the place of a verdict in the list.
func severity(v logind.Verdict) int {
	if v.Unknown {
		v.Reason = ""
	}
	return slices.Index(severities, v.Reason)
}

func newAudited(p process.Process, v logind.Verdict, user string) Process {
	place := logind.PlaceOf(p.Cgroup)
	a := Process{
		PID: p.PID, UID: p.UID, User: text.OrNull(user), Unit: text.OrNull(place.Unit), Session: text.OrNull(place.Session),
		Terminal: text.OrNull(p.Terminal.String()), Name: p.Name, Command: append([]string{}, p.Args...),
		Survives: v.SurvivesOrNil(), Reason: string(v.Reason), Why: v.Why, delay: v.Delay,
		severity: severity(v),
	}
	if a.Ends() {
		seconds := v.Delay.Seconds()
		a.DelaySeconds = &seconds
	}
	return a
}

// userName looks a name up once.
func userName(known map[int]string, uid int) string {
	name, ok := known[uid]
	if !ok {
		if u, err := account.ByUID(uid); err == nil { // else the UID has none
			name = u.Name
		}
		known[uid] = name
	}
	return name
}

// Ends reports whether a logout is known to end the process.
func (a Process) Ends() bool { return a.Survives != nil && !*a.Survives }

// verdict is the heading over processes with the same verdict.
func (a Process) verdict() string {
	switch {
	case a.Survives == nil:
		return "Unknown: " + a.Why
	case *a.Survives:
		return "Survives: " + a.Why
	case a.delay > 0:
		return fmt.Sprintf("Ends %s after the last logout: %s", property.FormatSpan(a.delay), a.Why)
	}
	return "Ends at logout: " + a.Why
}

// PrintAudit prints processes for people, with a heading over each verdict.
func PrintAudit(out io.Writer, list []Process) error {
	table := text.NewTable(out)
	heading := ""
	for _, a := range list {
		if v := a.verdict(); v != heading {
			if heading != "" {
				text.Fprintf(table, "\n")
			}
			heading = v
			text.Fprintf(table, "%s\n", v)
		}
		name := strconv.Itoa(a.UID)
		if a.User != nil {
			name = *a.User
		}
		text.Fprintf(table, "  %d\t%s\t%s\t%s\t%s\n", a.PID, name, orDash(a.Terminal), orDash(a.Unit), a.line())
	}
	return table.Flush() // returns the error of any write before
}

// maxLine bounds a command line in a table.
const maxLine = 100

// line is the command line as ps(1) shows it.
func (a Process) line() string {
	switch {
	case a.Name == "":
		return "-" // cannot be read
	case len(a.Command) == 0:
		return "[" + a.Name + "]"
	}
	line := []rune(text.Printable(strings.Join(a.Command, " "))) // the escapes count, too
	if len(line) > maxLine {
		line = append(line[:maxLine], '…')
	}
	return string(line)
}

func orDash(s *string) string {
	if s == nil {
		return "-"
	}
	return *s
}
