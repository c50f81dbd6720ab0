package diagnose

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"gorun/internal/account"
	"gorun/internal/logind"
	"gorun/internal/process"
	"gorun/internal/quoting"
	"gorun/scope"
)

// A process stays in the service that it was started from, and the stop of a service ends all
// processes in it, unless KillMode= says otherwise. Who starts tmux from an agent, a bot or an
// editor that runs as a service loses all that runs in it when that is restarted.

// restarts finds out what the restart of a service kills that the service is not for.
type restarts struct {
	services  map[string]service
	servers   map[int]string           // of multiplexers
	emulators map[process.Terminal]int // nil until needed
}

// service is what is known of a service.
type service struct {
	own    []int // the processes that it has by themselves
	spares bool  // a stop spares the others
	silent bool  // its manager does not say
}

// kills returns the service whose restart kills a multiplexer's server or a terminal. It is
// empty for other processes, and if the manager of the service cannot be asked, as root cannot
// ask a user's.
func (r *restarts) kills(ctx context.Context, p process.Process) (unit, emulator string) {
	place := logind.PlaceOf(p.Cgroup)
	if !strings.HasSuffix(place.Unit, ".service") {
		return "", ""
	}
	if r.servers[p.PID] == "" {
		if emulator = r.terminalOf(p, place); emulator == "" {
			return "", ""
		}
	}
	s := r.service(ctx, place)
	if s.silent || s.spares || slices.Contains(s.own, p.PID) {
		return "", ""
	}
	return place.Unit, emulator
}

// terminalOf names the program whose terminal a process leads, if that runs in the same
// service. A multiplexer's are its server's matter. A desktop starts applications as services,
// too, with names of their own (systemd.io/DESKTOP_ENVIRONMENTS): those are closed, not restarted.
func (r *restarts) terminalOf(p process.Process, place logind.Place) string {
	if p.Terminal == 0 || strings.HasPrefix(place.Unit, "app-") || !process.LeadsSession(p.PID) {
		return ""
	}
	if r.emulators == nil {
		r.emulators, _ = process.Emulators() // without /proc more is wrong than this
	}
	pid, ok := r.emulators[p.Terminal]
	if !ok {
		return ""
	}
	emulator, err := process.Read(pid)
	if err != nil || r.servers[pid] != "" || logind.PlaceOf(emulator.Cgroup) != place {
		return ""
	}
	return emulator.Name
}

// service asks about a service, once.
func (r *restarts) service(ctx context.Context, place logind.Place) service {
	m := scope.SystemManager
	if place.Managed {
		m = scope.UserManager
	}
	key := fmt.Sprint(m, place.User, place.Unit)
	s, ok := r.services[key]
	if ok {
		return s
	}
	s.silent = place.Managed && place.User != account.OwnUID()
	if !s.silent {
		mode, err := m.KillMode(ctx, place.Unit)
		if err == nil {
			s.own, err = m.ServiceProcesses(ctx, place.Unit)
		}
		s.spares, s.silent = mode == "process" || mode == "none", err != nil
	}
	r.services[key] = s
	return s
}

// paneScope begins the names of the scopes that tmux has made for its panes.
const paneScope = "tmux-spawn-"

// panePolicy is the OOMPolicy of the scope of a pane of tmux; empty for another unit, and if
// nobody says it. Each scope is asked for once.
func panePolicy(ctx context.Context, known map[string]string, p process.Process) string {
	place := logind.PlaceOf(p.Cgroup)
	if !strings.HasPrefix(place.Unit, paneScope) || !place.Managed || place.User != account.OwnUID() {
		return ""
	}
	policy, ok := known[place.Unit]
	if !ok {
		policy, _ = scope.UserManager.OOMPolicy(ctx, place.Unit)
		known[place.Unit] = policy
	}
	return policy
}

// Risk is something that can end processes other than a logout, and what to do about it.
type Risk struct{ What, Fix string }

// Risks are those of audited processes.
func Risks(list []Process) (risks []Risk) {
	var panes []Process
	for _, p := range list {
		switch {
		case p.DiesWith != nil && p.Multiplexer != nil:
			risks = append(risks, Risk{
				fmt.Sprintf("the %s server, process %d, is inside %s: a restart or stop of that kills it, with all that runs in it", *p.Multiplexer, p.PID, *p.DiesWith),
				fmt.Sprintf("'%s' moves it out, with all that runs in it", Adopt(p)),
			})
		case p.DiesWith != nil:
			risks = append(risks, Risk{
				fmt.Sprintf("a terminal of %s, %s with process %d, is inside %s: a restart or stop of that kills what runs there", p.emulator, *p.Terminal, p.PID, *p.DiesWith),
				fmt.Sprintf("'%s' moves it out; the terminal still ends with %s, so start in 'gorun tmux' what must go on", Adopt(p), p.emulator),
			})
		case p.OOMPolicy != nil && *p.OOMPolicy != "continue" && isFirst(panes, p):
			panes = append(panes, p)
		}
	}
	return append(risks, ofPanes(panes)...)
}

// isFirst reports whether no process in a list is in the same unit.
func isFirst(list []Process, p Process) bool {
	return !slices.ContainsFunc(list, func(other Process) bool { return *other.Unit == *p.Unit })
}

// maxNamed is how many processes are named in a line.
const maxNamed = 8

// ofPanes is the risk of panes of tmux.
func ofPanes(panes []Process) []Risk {
	if len(panes) == 0 {
		return nil
	}
	what := "a pane of tmux is in a scope"
	if len(panes) > 1 {
		what = fmt.Sprintf("%d panes of tmux are in scopes", len(panes))
	}
	pids, more := Adopt(panes[0]), ""
	for _, p := range panes[1:min(len(panes), maxNamed)] {
		pids += fmt.Sprintf(" %d", p.PID)
	}
	if len(panes) > maxNamed {
		more = " ..."
	}
	return []Risk{{
		fmt.Sprintf("%s with OOMPolicy=%s (%s*): if memory runs out, and one process there is killed, all in that pane end", what, *panes[0].OOMPolicy, paneScope),
		fmt.Sprintf("'%s%s' moves them into a scope with OOMPolicy=continue; DefaultOOMPolicy=continue in systemd-user.conf is for panes to come", pids, more),
	}}
}

// Adopt is the command line that moves a process into a scope of its user's.
func Adopt(p Process) string {
	line := fmt.Sprintf("gorun --adopt %d", p.PID)
	if p.UID == os.Getuid() || p.User == nil {
		return line
	}
	return "sudo -u " + quoting.Word(*p.User) + " " + line
}

// Rescue says how a multiplexer's server comes to survive logout.
func Rescue(server Process) string { return rescue(Adopt(server)) }

func rescue(command string) string {
	return "'" + command + "' moves it into a scope that survives, with all that runs in it"
}
