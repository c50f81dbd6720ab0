package integration

import (
	"strings"
	"testing"
)

func TestStopSaysWhatHadToBeKilled(t *testing.T) {
	essential(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		for _, user := range []string{"alice", "root"} {
			s := g.login(t, user)
			systemctl := map[string]string{"alice": "systemctl --user", "root": "systemctl"}[user]
			s.ok(`gorun -q --unit=over true
				gorun -b -q --unit=stops sleep 600
				gorun -b -q --unit=stubborn --stop-timeout=1s sh -c 'trap "" TERM; touch /tmp/trapped; while :; do sleep 0.1; done'
				until [ -e /tmp/trapped ]; do sleep 0.1; done; rm /tmp/trapped`)
			out := s.run("gorun --stop stops stubborn over stops nosuch")
			const want = "stubborn.scope: did not stop when it was asked to, and was killed\nover.scope: had ended\nstops.scope: stopped\n"
			if out.Status != 4 || out.Stdout != want || !strings.HasPrefix(out.Stderr, "gorun: error: nosuch.scope: no such run") {
				t.Errorf("%s: status %d, printed %q and %q", user, out.Status, out.Stdout, out.Stderr)
			}
			s.awaitEnd("stops", "ended - stopped - SIGTERM")
			if out := s.run("gorun --stop stubborn stops"); out.Status != 0 || out.Stdout != "stubborn.scope: had ended\nstops.scope: had ended\n" {
				t.Errorf("%s: status %d, printed %q and %q", user, out.Status, out.Stdout, out.Stderr)
			}
			s.ok("gorun -b -q --unit=stops sleep 600")
			if text := s.valid("actions", "gorun --stop --json stops over"); strings.Count(text, `"result": "stopped"`) != 1 || strings.Count(text, `"result": "ended"`) != 1 {
				t.Errorf("%s: %s", user, text)
			}
			s.nothingLeft(systemctl)
		}
	})
}

// What is said of who was killed is true, whatever the run's properties are.
func TestStopSaysNoMoreThanIsKnown(t *testing.T) {
	const stubborn = ` sh -c 'trap "" TERM; touch /tmp/trapped; while :; do sleep 0.1; done'; until [ -e /tmp/trapped ]; do sleep 0.1; done; rm /tmp/trapped; `
	const left = "gorun: error: stop job.scope: the manager has ended the scope, and has left processes of it running\ngorun: hint: 'cat /sys/fs/cgroup/"
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		for options, want := range map[string]struct {
			status       int
			stdout, says string
		}{
			"-p KillMode=mixed":                      {0, "job.scope: was killed\n", ""},
			"-p KillMode=none":                       {1, "", left},
			"-p KillMode=process":                    {1, "", left},
			"--stop-timeout=1s -p SendSIGKILL=no":    {1, "", left},
			"--stop-timeout=1s":                      {0, "job.scope: did not stop when it was asked to, and was killed\n", ""},
			"--stop-timeout=1s --stop-signal=SIGINT": {0, "job.scope: stopped\n", ""},
		} {
			s.ok("gorun -b -q --unit=job " + options + stubborn)
			group := s.ok("systemctl --user show -P ControlGroup job.scope")
			out := s.run("gorun --stop job")
			if out.Status != want.status || out.Stdout != want.stdout || !strings.HasPrefix(out.Stderr, want.says) || want.says == "" && out.Stderr != "" {
				t.Errorf("%s: status %d, printed %q and %q", options, out.Status, out.Stdout, out.Stderr)
			}
			if got := s.ok("cat /sys/fs/cgroup" + group + "/cgroup.procs 2>/dev/null | wc -l"); (got != "0") != (want.status == 1) {
				t.Errorf("%s: %s processes are left", options, got)
			}
			if want.status == 1 {
				s.ok("kill -KILL $(cat /sys/fs/cgroup" + group + "/cgroup.procs) 2>/dev/null || true") // a sleep may end now
				s.waitFor("0", "cat /sys/fs/cgroup"+group+"/cgroup.procs 2>/dev/null | wc -l")
			}
			s.run("systemctl --user reset-failed job.scope 2>/dev/null")
		}
		s.nothingLeft("systemctl --user")
	})
}

// Over the message bus, too, the manager says whether it had to kill.
func TestStopOverTheMessageBusKnowsWhoWasKilled(t *testing.T) {
	const rule = `polkit.addRule(function(action, subject) { if (action.id == "org.freedesktop.systemd1.manage-units" && subject.user == "alice") return polkit.Result.YES; });`
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s, root := g.login(t, "alice"), g.login(t, "root")
		defer root.polkitRule(rule)()
		s.ok(`gorun --system -b -q --unit=stops sleep 600
			gorun --system -b -q --unit=stubborn --stop-timeout=1s sh -c 'trap "" TERM; touch /tmp/trapped; while :; do sleep 0.1; done'
			until [ -e /tmp/trapped ]; do sleep 0.1; done; rm /tmp/trapped`)
		if got := s.ok("gorun --system --stop stops stubborn"); got != "stops.scope: stopped\nstubborn.scope: did not stop when it was asked to, and was killed" {
			t.Errorf("printed %q", got)
		}
		root.nothingLeft("systemctl")
	})
}

// What stops a run takes whole words of its name. What reads takes any part.
func TestStopTakesWholeWordsOnly(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		unit := s.ok("gorun -b -q sleep 600")
		id := strings.TrimSuffix(strings.TrimPrefix(unit, "gorun-sleep-"), ".scope")
		for _, part := range []string{"slee", "leep", id[:12], "p-" + id, "gorun", "gorun-"} {
			for _, act := range []string{"--stop " + part, "--freeze " + part, "--thaw " + part, "--set-property " + part + " Description=x"} {
				out := s.run("gorun " + act)
				if out.Status != 4 || out.Stdout != "" || !strings.Contains(out.Stderr, ": no such run, ") || !strings.HasSuffix(out.Stderr, "\ngorun: hint: what changes runs takes whole words of their names: did you mean "+unit+"?\n") {
					t.Errorf("%s: status %d, printed %q and %q", act, out.Status, out.Stdout, out.Stderr)
				}
			}
			if u := s.status(part); u.Unit != unit {
				t.Errorf("--status %s is %s", part, u.Unit)
			}
		}
		if list := s.listed(""); len(list) != 1 || *list[0].Frozen {
			t.Errorf("a part of a name changed something: %+v", list)
		}
		if got := s.ok("gorun --stop sleep & gorun --wait-for slee >/tmp/waited 2>&1; wait; cat /tmp/waited"); got != unit+": stopped" {
			t.Errorf("printed %q", got)
		}
		s.nothingLeft("systemctl --user")
	})
}
