package integration

import (
	"strings"
	"testing"
)

// A name may be typed without "gorun-" and ".scope", and in part. What reads takes the newest run,
// what acts refuses a name that means several.
func TestRunsAreNamedInPart(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		first := s.ok("gorun -b -q sh -c 'echo first; sleep 600; :'")
		second := s.ok("gorun -b -q sh -c 'echo second; sleep 600; :'")
		s.ok("gorun -b -q --unit=sh-other sleep 600") // the newest
		short := strings.TrimSuffix(strings.TrimPrefix(first, "gorun-"), ".scope")
		id := short[len("sh-"):]
		for typed, want := range map[string]string{
			first: first, strings.TrimSuffix(first, ".scope"): first, short: first, short + ".scope": first, id: first, id[:12]: first,
			"sh-": "sh-other.scope", "sh-other": "sh-other.scope", "gorun-sh": second,
		} {
			if u := s.status(typed); u.Unit != want {
				t.Errorf("%s is %s, want %s", typed, u.Unit, want)
			}
		}
		s.waitFor("first", "gorun --log "+id+" 2>/dev/null | grep -o first | head -n1; true")
		for _, act := range []string{"--stop", "--freeze", "--wait-for", "--set-property"} {
			out := s.run("gorun " + act + " sh- Description=x")
			want := "gorun: error: " + act + " sh-: 3 runs have that in their name: " + first + ", " + second + ", sh-other.scope\n"
			if act == "--set-property" && (out.Status != 125 || !strings.HasPrefix(out.Stderr, want)) {
				t.Errorf("%s: status %d, printed %s", act, out.Status, out.Stderr)
			}
			if out = s.run("gorun " + act + " sh-other sh-"); act != "--set-property" && (out.Status != 125 || !strings.HasPrefix(out.Stderr, want) || out.Stdout != "") {
				t.Errorf("%s: status %d, printed %s", act, out.Status, out.Stderr)
			}
		}
		if list := s.listed(""); len(list) != 3 || *list[0].Frozen {
			t.Errorf("a refused name changed something: %+v", list)
		}
		if got := s.ok("gorun --stop " + id); got != first+": stopped" {
			t.Errorf("printed %q", got)
		}
		// The only one that is running, although another one has ended.
		if got := s.ok("gorun --stop gorun-sh"); got != second+": stopped" {
			t.Errorf("printed %q", got)
		}
		for _, read := range []string{"--status", "--log", "--stop", "--wait-for", "--freeze", "--thaw"} {
			if out := s.run("gorun " + read + " nosuch"); out.Status != 4 || out.Stdout != "" || !strings.HasPrefix(out.Stderr, "gorun: error: nosuch.scope: no ") {
				t.Errorf("%s: status %d, printed %s%s", read, out.Status, out.Stdout, out.Stderr)
			}
		}
		s.ok("gorun --stop sh-other")
		s.nothingLeft("systemctl --user")
	})
}

// gorun leaves alone what it has not started.
func TestOnlyRunsAreStopped(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		s.ok("systemd-run -q --user --scope --unit=other sleep 600 >/dev/null 2>&1 </dev/null & until systemctl --user -q is-active other.scope; do sleep 0.1; done")
		for _, act := range []string{"--stop other", "--freeze other", "--thaw other", "--wait-for other", "--set-property other Description=x"} {
			out := s.run("gorun " + act)
			want := 1
			if strings.HasPrefix(act, "--wait-for") {
				want = 125
			}
			if out.Status != want || !strings.HasPrefix(out.Stderr, "gorun: error: other.scope: was not started by gorun\n") {
				t.Errorf("%s: status %d, printed %s", act, out.Status, out.Stderr)
			}
		}
		s.ok("systemctl --user -q is-active other.scope && systemctl --user stop other.scope")
	})
}
