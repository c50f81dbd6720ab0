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
		out := s.run("gorun -b -q --unit=cold --runtime-max=2s --stop-timeout=1s sleep 600; gorun --freeze cold; gorun --wait-for cold")
		if out.Status != 137 || !strings.HasPrefix(out.Stderr, "gorun: warning: cold.scope: ended with result timeout; ") {
			t.Errorf("time limit: status %d, printed %q and %q", out.Status, out.Stdout, out.Stderr)
		}
		s.nothingLeft("systemctl --user")
	})
}

// With a slice of its own, all of the run is frozen.
func TestFrozenRunHasNoOtherScopes(t *testing.T) {
	long(t)
	eachSuite(t, vm, func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		s.ok("gorun -b -q --unit=work --own-slice --tasks-max=100 tmux new -s work -d; gorun --freeze work >/dev/null")
		got := s.ok(`for group in $(cd /sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service && find . -name '*.scope'); do
			if pgrep -F /dev/stdin . </dev/null >/dev/null 2>&1; then :; fi
			case $group in *work*) sed -n 's/^frozen //p' /sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/$group/cgroup.events;; esac
		done | sort | uniq -c | tr -s ' '; gorun --thaw work; gorun --stop work`)
		if !strings.Contains(got, "1\nwork.scope: thawed\nwork.scope: stopped") || strings.Contains(got, " 0\n") {
			t.Errorf("%q", got)
		}
		s.nothingLeft("systemctl --user")
	})
}
