package integration

import (
	"strings"
	"testing"
)

// frozen is a script that prints whether the kernel has frozen a unit.
const frozen = `frozen() { sed -n 's/^frozen //p' /sys/fs/cgroup$($1 show -P ControlGroup $2)/cgroup.events; }; `

func TestFrozenRunStandsStill(t *testing.T) {
	essential(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		for _, user := range []string{"alice", "root"} {
			s := g.login(t, user)
			systemctl := map[string]string{"alice": "systemctl --user", "root": "systemctl"}[user]
			isFrozen := frozen + "frozen '" + systemctl + "' "
			s.ok("gorun -b -q --unit=counts --runtime-max=1h sh -c 'while :; do echo >>/tmp/count-" + user + "; sleep 0.05; done'; gorun -b -q --unit=runs sleep 600")
			text := s.ok("gorun --freeze counts runs")
			if lines := strings.Split(text, "\n"); len(lines) != 2 || !strings.HasPrefix(lines[0], "counts.scope: frozen; its time limit runs on, ") || lines[1] != "runs.scope: frozen" {
				t.Errorf("%s: %q", user, text)
			}
			if got := s.ok(isFrozen + "counts.scope; n=$(wc -l </tmp/count-" + user + "); sleep 0.3; echo $(($(wc -l </tmp/count-" + user + ") - n))"); got != "1\n0" {
				t.Errorf("%s: frozen, counted: %q", user, got)
			}
			if list := s.listed(""); len(list) != 2 || !*list[0].Frozen || !*list[1].Frozen {
				t.Errorf("%s: %+v", user, list)
			}
			if got := s.ok("gorun --list | grep -c '  (frozen) '; gorun --status counts | sed -n 's/^  state  *//p'"); !strings.HasPrefix(got, "2\nactive (frozen) for ") {
				t.Errorf("%s: %q", user, got)
			}
			s.valid("runs", "gorun --status --json counts")
			s.valid("actions", "gorun --freeze --json counts")
			if got := s.ok("gorun --thaw counts runs; " + isFrozen + "counts.scope"); got != "counts.scope: thawed\nruns.scope: thawed\n0" {
				t.Errorf("%s: %q", user, got)
			}
			s.ok("n=$(wc -l </tmp/count-" + user + "); until [ $(wc -l </tmp/count-" + user + ") -gt $((n + 2)) ]; do sleep 0.1; done; gorun --thaw counts >/dev/null; gorun --stop counts runs >/dev/null")
			if out := s.run("gorun --freeze runs"); out.Status != 1 || out.Stderr != "gorun: error: runs.scope: has ended\n" {
				t.Errorf("%s: status %d, %q", user, out.Status, out.Stderr)
			}
			if out := s.run("gorun --unit=own gorun --freeze own"); out.Status != 1 || !strings.HasPrefix(out.Stderr, "gorun: error: own.scope: this process is in that run, and would be frozen with it\n") {
				t.Errorf("%s: status %d, %q", user, out.Status, out.Stderr)
			}
			s.ok("rm /tmp/count-" + user)
			s.nothingLeft(systemctl)
		}
	})
}

// A frozen run gets the stop signal, whoever has frozen it, and its time limit ends it.
func TestFrozenRunEnds(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		for _, freeze := range []string{"gorun --freeze cold >/dev/null", "systemctl --user freeze cold.scope",
			"echo 1 >/sys/fs/cgroup$(systemctl --user show -P ControlGroup cold.scope)/cgroup.freeze"} {
			for _, stop := range []string{"gorun --stop cold >/dev/null", "gorun --unit=cold --if-running=replace true"} {
				s.ok("rm -f /tmp/stopped; gorun -b -q --unit=cold sh -c 'trap \"echo >/tmp/stopped; exit\" TERM; touch /tmp/trapped; while :; do sleep 0.1; done'; until [ -e /tmp/trapped ]; do sleep 0.1; done; rm /tmp/trapped")
				s.ok(freeze)
				if got := s.ok(stop + " && ls /tmp/stopped && { gorun --wait-for cold >/dev/null 2>&1; true; }"); got != "/tmp/stopped" {
					t.Errorf("%s, %s: it got no signal: %q", freeze, stop, got)
				}
			}
		}
		out := s.run("gorun -b -q --unit=cold --runtime-max=10s --stop-timeout=1s sleep 600; gorun --freeze cold; gorun --wait-for cold")
		if out.Status != 137 || !strings.Contains(out.Stdout, "cold.scope: frozen; ") || !strings.HasPrefix(out.Stderr, "gorun: warning: cold.scope: ended with result timeout; ") {
			t.Errorf("time limit: status %d, printed %q and %q", out.Status, out.Stdout, out.Stderr)
		}
		s.nothingLeft("systemctl --user")
	})
}

// With a slice of its own, all of the run is frozen: also scopes beside its own, such as those of
// tmux's panes. What is in one of them would be frozen with the run, and may not do it.
func TestAllScopesOfARunAreFrozen(t *testing.T) {
	const counts = `n=$(wc -l </tmp/pane); sleep 0.3; echo $(($(wc -l </tmp/pane) - n)); `
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		s.ok(`rm -f /tmp/pane /tmp/go /tmp/tried; gorun -b -q --unit=work --own-slice sh -c 'systemd-run -q --user --scope --slice-inherit --unit=pane sh -c "
			until [ -e /tmp/go ]; do echo >>/tmp/pane; sleep 0.05; done
			gorun --freeze work >/tmp/tried 2>&1; echo \$? >>/tmp/tried; mv /tmp/tried /tmp/tried-it; sleep 600"; sleep 600'
			until systemctl --user -q is-active pane.scope && [ -s /tmp/pane ]; do sleep 0.1; done`)
		if slices := s.ok("systemctl --user show -P Slice work.scope; systemctl --user show -P Slice pane.scope"); len(strings.Fields(slices)) != 2 || strings.Fields(slices)[0] != strings.Fields(slices)[1] {
			t.Fatalf("the other scope is not in the run's slice: %s", slices)
		}
		if got := s.ok("gorun --freeze work; " + counts + counts + "gorun --thaw work"); got != "work.scope: frozen\n0\n0\nwork.scope: thawed" {
			t.Errorf("printed %q", got)
		}
		s.ok("n=$(wc -l </tmp/pane); until [ $(wc -l </tmp/pane) -gt $((n + 2)) ]; do sleep 0.1; done; touch /tmp/go")
		const want = "gorun: error: work.scope: this process is in that run, and would be frozen with it\ngorun: hint: do it from outside of that run\n1"
		if got := s.ok("until [ -e /tmp/tried-it ]; do sleep 0.1; done; cat /tmp/tried-it"); got != want {
			t.Errorf("from within: %q", got)
		}
		s.ok("gorun --stop work >/dev/null; rm -f /tmp/pane /tmp/go /tmp/tried-it")
		s.nothingLeft("systemctl --user")
	})
}
