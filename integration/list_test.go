package integration

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// listedRun is the part of the output of --list --json that the tests need.
type listedRun struct {
	Unit     string   `json:"unit"`
	Manager  string   `json:"manager"`
	User     *string  `json:"user"`
	State    string   `json:"state"`
	Frozen   *bool    `json:"frozen"`
	Age      *float64 `json:"age_seconds"`
	TimeLeft *float64 `json:"time_left_seconds"`
	CPU      *float64 `json:"cpu_seconds"`
	Survives *bool    `json:"survives_logout"`
	Command  []string `json:"command"`
	Report   *struct {
		Outcome string `json:"outcome"`
	} `json:"report"`
}

// listed returns the runs that gorun --list lists with further options.
func (s *session) listed(options string) (list []listedRun) {
	s.t.Helper()
	text := s.valid("runs", "gorun --list --json "+options)
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		s.t.Fatalf("%v: %s", err, text)
	}
	return list
}

const listHeading = "UNIT  AGE  LEFT  TASKS  MEMORY  CPU  LOGOUT  COMMAND"

func TestListShowsTheRunsThatAreRunning(t *testing.T) {
	essential(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		if got := s.ok("gorun --list"); got != listHeading {
			t.Errorf("without a run: %q", got)
		}
		if list := s.listed(""); len(list) != 0 {
			t.Errorf("without a run: %+v", list)
		}
		// Neither a scope of somebody else's, nor a run that has ended.
		s.ok("systemd-run -q --user --scope --unit=other sleep 600 >/dev/null 2>&1 </dev/null & until systemctl --user -q is-active other.scope; do sleep 0.1; done")
		s.ok("gorun --unit=ended true")
		s.ok(`gorun -b -q --unit=job --runtime-max=1h sh -c 'printf "" "$(printf "\033[31mred\n\302\233m")"; sleep 600; :' "$(printf '\033[2J\a')"`)
		list := s.listed("")
		if len(list) != 1 {
			t.Fatalf("%+v", list)
		}
		u := list[0]
		if u.Unit != "job.scope" || u.Manager != "user" || u.State != "active" || *u.Frozen || *u.Age <= 0 || *u.TimeLeft < 3500 || *u.TimeLeft >= 3600 ||
			*u.CPU <= 0 || !*u.Survives || len(u.Command) != 4 || u.Command[3] != "\x1b[2J\a" || u.Report != nil {
			t.Errorf("%+v", u)
		}
		text := s.ok("gorun --list")
		lines := strings.Split(text, "\n")
		if len(lines) != 2 || !strings.HasPrefix(lines[1], "job.scope  ") || !strings.Contains(lines[1], `  survives  sh -c printf `) ||
			!strings.HasSuffix(lines[1], `sleep 600; : \x1b[2J\a`) || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\n' }) {
			t.Errorf("%q", text)
		}
		s.ok("gorun --stop job; systemctl --user stop other.scope")
		s.nothingLeft("systemctl --user")
	})
}

// Each line fits the terminal, and what is cut says so. A pipe gets whole lines. Only a terminal
// gets a bold heading, and only without NO_COLOR.
func TestListFitsTheTerminal(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		unit := s.ok("gorun -b -q --runtime-max=1h sh -c 'sleep 600; : 日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語'")
		s.ok("gorun -b -q --unit=x sleep 601")
		for width, want := range map[int]string{
			40:  "UNIT            AGE  COMMAND",
			80:  "UNIT  AGE  LEFT  MEMORY  LOGOUT  COMMAND",
			200: listHeading,
		} {
			text := s.onTerminal(fmt.Sprintf("stty cols %d; NO_COLOR=1 gorun --list", width))
			lines := strings.Split(text, "\n")
			if len(lines) != 3 || strings.Contains(text, "\x1b") {
				t.Fatalf("%d columns: %q", width, text)
			}
			if got := strings.Join(strings.Fields(lines[0]), " "); width != 40 && !isSubsequence(got, listHeading) {
				t.Errorf("%d columns: heading %q", width, got)
			}
			if width == 40 && strings.Join(strings.Fields(lines[0]), " ") != strings.Join(strings.Fields(want), " ") {
				t.Errorf("%d columns: heading %q", width, lines[0])
			}
			id := strings.TrimSuffix(strings.TrimPrefix(unit, "gorun-"), ".scope")
			if width > 40 && !strings.HasPrefix(lines[1], id) || !strings.HasPrefix(lines[1], "sh-") {
				t.Errorf("%d columns: %q", width, lines[1])
			}
			for _, line := range lines {
				if n := cellsOf(line); n > width {
					t.Errorf("%d columns: %d in %q", width, n, line)
				}
			}
			if isCut := strings.HasSuffix(lines[1], "…"); isCut != (width < 200) {
				t.Errorf("%d columns: %q", width, lines[1])
			}
		}
		if text := s.onTerminal("stty cols 100; TERM=xterm gorun --list"); !strings.HasPrefix(text, "\x1b[1mUNIT") || strings.Count(text, "\x1b") != 2 {
			t.Errorf("terminal: %q", text)
		}
		if text := s.ok("gorun --list | cat"); strings.Contains(text, "\x1b") || !strings.Contains(text, unit+"  ") || strings.Count(text, "日本語") != 11 {
			t.Errorf("pipe: %q", text)
		}
		s.ok("gorun --stop x " + unit)
		s.nothingLeft("systemctl --user")
	})
}

// isSubsequence reports whether a heading has some of the words of another, in order.
func isSubsequence(some, all string) bool {
	rest := strings.Fields(all)
	for _, word := range strings.Fields(some) {
		for len(rest) > 0 && rest[0] != word {
			rest = rest[1:]
		}
		if len(rest) == 0 {
			return false
		}
		rest = rest[1:]
	}
	return true
}

// cellsOf is how many cells of a terminal a line takes that has no wide characters but Japanese.
func cellsOf(line string) int {
	n := utf8.RuneCountInString(line)
	for _, r := range line {
		if r >= 0x3000 {
			n++
		}
	}
	return n
}

func TestListOfAThousandRuns(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		n := g.often(1000)
		s.ok(fmt.Sprintf(`gorun -b -q --unit=stays sleep 3000 # the lease stays
			for batch in $(seq 0 %d); do
				for i in $(seq 50); do gorun --exec -q --unit=many-$((batch * 50 + i)) sleep 3000 </dev/null >/dev/null 2>&1 & done
				until [ $(systemctl --user list-units --no-legend --plain 'many-*' | wc -l) -ge $((batch * 50 + 50)) ]; do sleep 0.2; done
			done
			[ $(systemctl --user list-units --no-legend --plain 'many-*' | wc -l) = %d ]`, n/50-1, n))
		var used struct{ user, system float64 }
		text := s.run("TIMEFORMAT='%U %S'; time gorun --list >/tmp/many; grep -c '^many-' /tmp/many")
		if n, err := fmt.Sscan(text.Stderr, &used.user, &used.system); n != 2 || err != nil || text.Status != 0 {
			t.Fatalf("status %d, printed %q and %q, not two times: %v", text.Status, text.Stdout, text.Stderr, err)
		}
		t.Logf("%.2f s of processor time", used.user+used.system)
		// On a busy machine the time that passes says nothing.
		if got := strings.TrimSpace(text.Stdout); got != fmt.Sprint(n) || used.user+used.system <= 0 || used.user+used.system > 1 {
			t.Errorf("%s runs in %+v s", got, used)
		}
		if list := s.listed(""); len(list) != n+1 {
			t.Errorf("%d runs", len(list))
		}
		begun := time.Now()
		if got := s.ok(fmt.Sprintf("gorun --stop stays $(seq -f many-%%g %d) | grep -c ': stopped$'", n)); got != fmt.Sprint(n+1) {
			t.Errorf("stopped %s", got)
		}
		t.Logf("stopped in %s", time.Since(begun))
		s.nothingLeft("systemctl --user")
	})
}

func TestListOfEndedRunsIsNewestFirst(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		for _, user := range []string{"alice", "root"} {
			s := g.login(t, user)
			s.run(`gorun --unit=one sh -c 'exit 3' || true
				gorun --unit=two --runtime-max=1s sleep 60 2>/dev/null || true
				gorun --unit=one sh -c 'kill -KILL $$' 2>/dev/null || true
				gorun --no-record --unit=none true`)
			s.awaitEnd("one", "ended - signaled - SIGKILL")
			list := s.listed("--ended")
			got := ""
			for _, u := range list {
				got += " " + u.Unit + " " + u.State + " " + u.Report.Outcome
			}
			if got != " one.scope ended signaled two.scope ended timeout one.scope ended exited" {
				t.Errorf("%s: %s", user, got)
			}
			text := s.ok("gorun --list --ended")
			lines := strings.Split(text, "\n")
			if len(lines) != 4 || strings.Join(strings.Fields(lines[0]), " ") != "UNIT ENDED TOOK HOW MEMORY CPU COMMAND" ||
				!strings.Contains(lines[1], "  SIGKILL ") || !strings.Contains(lines[2], "  timeout ") || !strings.Contains(lines[3], "  exited 3 ") {
				t.Errorf("%s: %s", user, text)
			}
			s.ok("journalctl -q --rotate --vacuum-time=1s >/dev/null 2>&1 || true")
		}
	})
}

func TestRootListsTheRunsOfAllUsers(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		alice, bob, root := g.login(t, "alice"), g.login(t, "bob"), g.login(t, "root")
		alice.ok("gorun -b -q --unit=hers sleep 600; gorun --unit=past-hers true")
		bob.ok("gorun -b -q --unit=his sleep 600")
		root.ok("gorun -b -q --unit=roots sleep 600; gorun -b -q --user --unit=roots-own sleep 600")
		users := map[string]string{}
		for _, u := range root.listed("--all-users") {
			users[u.Unit] = u.Manager + " " + *u.User
		}
		want := map[string]string{"hers.scope": "user alice", "his.scope": "user bob", "roots.scope": "system root", "roots-own.scope": "user root"}
		if fmt.Sprint(users) != fmt.Sprint(want) {
			t.Errorf("%v, want %v", users, want)
		}
		if text := root.ok("gorun --list --all-users"); !strings.HasPrefix(text, "USER   UNIT") || strings.Count(text, "\n") != 4 {
			t.Errorf("printed %s", text)
		}
		if list := root.listed(""); len(list) != 1 || list[0].Unit != "roots.scope" {
			t.Errorf("without --all-users: %+v", list)
		}
		root.waitFor("past-hers.scope alice", "gorun --list --ended --all-users | awk '/past-hers/ { print $2, $1 }'")
		if out := alice.run("gorun --list --all-users"); out.Status != 125 || !strings.HasPrefix(out.Stderr, "gorun: error: --all-users: only root ") {
			t.Errorf("alice: status %d, %s", out.Status, out.Stderr)
		}
		alice.ok("gorun --stop hers")
		bob.ok("gorun --stop his")
		root.ok("gorun --stop roots; gorun --user --stop roots-own")
		alice.nothingLeft("systemctl --user")
		root.nothingLeft("systemctl")
	})
}
