package integration

import (
	"fmt"
	"strings"
	"testing"
)

// listener is a command that prints each signal that it gets to /tmp/heard. It ends on
// USR2. Signals that are blocked can be counted: none gets lost in another.
const listener = `#!/usr/bin/python3 -ES
import os, signal
heard = signal.valid_signals() - {signal.SIGCHLD, signal.SIGCONT}
signal.pthread_sigmask(signal.SIG_BLOCK, heard)
out = os.open("/tmp/heard", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o666)
os.write(out, b"ready\n")
while (s := signal.sigwait(heard)) != signal.SIGUSR2: os.write(out, b"%d\n" % s)
while i := signal.sigtimedwait(heard, 0): os.write(out, b"%d\n" % i.si_signo) # signals are not taken in their order
os.write(out, b"end\n")`

// start is a way to start gorun with the listener.
type start struct {
	name, script string // GORUN stands for gorun with its options
	service      bool   // gorun is the main process of signals.service
	system       bool   // only with the system manager
}

// starts are ways after which the manager is gorun's parent, and others. They are run by a
// user's session, with systemctl and systemd-run for the user's manager.
var starts = []start{
	{name: "in a session", script: "GORUN >/dev/null 2>&1 </dev/null &"},
	{name: "in a session, detached", script: "GORUN -b >/dev/null 2>&1 </dev/null"},
	{name: "in a session, by a parent that has ended", script: "(GORUN >/dev/null 2>&1 </dev/null &)"},
	{name: "below another subreaper", script: "tini -s -- sh -c '(GORUN &); until grep -qs end /tmp/heard; do sleep 0.05; done' >/dev/null 2>&1 </dev/null &"},
	{name: "detached by a service's script", script: "SYSTEMD-RUN --unit=signals sh -c 'GORUN -b; exec sleep 600'"},
	{name: "by a service's script that has ended", script: "SYSTEMD-RUN --unit=signals -p RemainAfterExit=yes sh -c 'GORUN & exit'"},
	{name: "detached by a service", script: "SYSTEMD-RUN --unit=signals -p RemainAfterExit=yes GORUN -b"},
	{name: "as a service", script: "SYSTEMD-RUN --unit=signals GORUN", service: true},
	{name: "as a service of type exec, nice", script: "SYSTEMD-RUN --unit=signals -p Type=exec GORUN --nice=5", service: true},
	{name: "as a service, by its PID file", script: "SYSTEMD-RUN --unit=signals -p Type=forking -p PIDFile=/run/signals.pid sh -c 'GORUN & echo $! >/run/signals.pid'", service: true, system: true},
}

// run starts it, and returns when the listener is ready.
func (c start) run(s *session, systemctl string) {
	s.t.Helper()
	systemdRun := strings.Replace(systemctl, "systemctl", "systemd-run", 1) + " -q --collect"
	script := strings.NewReplacer("SYSTEMD-RUN", systemdRun, "GORUN -b", "gorun -b --log-to=null --unit=signals /tmp/listener", "GORUN --nice=5", "gorun --nice=5 --unit=signals /tmp/listener",
		"GORUN", "gorun --unit=signals /tmp/listener").Replace(c.script)
	s.ok("rm -f /tmp/heard; " + script + "\nuntil grep -qs ready /tmp/heard; do sleep 0.05; done")
}

// hears sends signals, and makes sure that the listener gets each once. A last signal to
// gorun, which is passed on, shows that gorun has seen all others. A child of gorun's, which
// makes a process group, may just then be there, too.
func (c start) hears(s *session, systemctl, send, want string) {
	s.t.Helper()
	c.run(s, systemctl)
	got := s.ok(send + `
		kill -s USR2 $(pgrep -ox gorun)
		until grep -q end /tmp/heard; do sleep 0.05; done; grep -v -e ready -e end /tmp/heard | sort -n | tr '\n' ' '`)
	if got != want {
		s.t.Errorf("%s: %s: %s: got %q, want %q", systemctl, c.name, send, got, want)
	}
	s.ok(systemctl + " stop signals.service 2>/dev/null; " + systemctl + " reset-failed signals.service 2>/dev/null; true")
	s.waitFor("inactive\ninactive", systemctl+" show --value -p ActiveState signals.scope signals.service | grep .")
}

// The manager sends its signals to every process in the scope. Who gorun's parent is at
// that moment says nothing about that.
func TestManagersSignalReachesTheCommandOnceWhoeverIsTheParent(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		both(t, g, func(s *session, systemctl, _ string) {
			s.ok("cat >/tmp/listener <<'EOF'\n" + listener + "\nEOF\nchmod 755 /tmp/listener")
			for _, c := range starts {
				if c.system && systemctl != "systemctl" {
					continue
				}
				kill := systemctl + " kill --kill-whom=all -s %s %s"
				reexec := "; " + systemctl + " daemon-reexec; until " + systemctl + " show -p Version >/dev/null 2>&1; do sleep 0.05; done; "
				if !c.service { // else nobody can tell whether the manager means the scope
					c.hears(s, systemctl, fmt.Sprintf(kill, "USR1", "signals.scope"), "10")
					c.hears(s, systemctl, fmt.Sprintf(kill, "RTMIN+5", "signals.scope"), "39")
					c.hears(s, systemctl, fmt.Sprintf(kill, "TERM", "signals.scope")+reexec+fmt.Sprintf(kill, "HUP", "signals.scope"), "1 15")
				} else {
					c.hears(s, systemctl, fmt.Sprintf(kill, "USR1", "signals.service"), "10")
					c.hears(s, systemctl, fmt.Sprintf(kill, "TERM", "signals.service")+reexec+fmt.Sprintf(kill, "RTMIN+5", "signals.service"), "15 39")
					c.hears(s, systemctl, systemctl+" stop --no-block signals.service; until grep -q 15 /tmp/heard; do sleep 0.05; done", "15")
				}
				c.hears(s, systemctl, systemctl+" stop --no-block signals.scope; until grep -q 15 /tmp/heard; do sleep 0.05; done", "15")
				c.hears(s, systemctl, "kill -s HUP $(pgrep -ox gorun)", "1")
			}
			s.ok("rm /tmp/listener /tmp/heard")
			s.nothingLeft(systemctl)
		})
	})
}

// The system manager signals the processes of a user's manager, too: all of them.
func TestSignalToAllProcessesOfAUserReachesTheCommandOnce(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		alice := g.login(t, "alice")
		alice.ok("cat >/tmp/listener <<'EOF'\n" + listener + "\nEOF\nchmod 755 /tmp/listener")
		for _, c := range starts {
			if c.system {
				continue
			}
			// The manager itself ignores WINCH.
			c.hears(alice, "systemctl --user", "sudo systemctl kill --kill-whom=all -s WINCH user@1000.service", "28")
		}
		inService := start{name: "in a service of the system's", script: "sudo systemd-run -q --collect --unit=foreign --uid=alice sh -c 'GORUN; :'"}
		inService.hears(alice, "systemctl --user", "sudo systemctl kill --kill-whom=all -s WINCH user@1000.service", "28")
		// As a service of the system manager, gorun is signaled alone.
		service := start{name: "as a service with User=", script: "sudo systemd-run -q --collect --unit=foreign --uid=alice GORUN"}
		service.hears(alice, "systemctl --user", "sudo systemctl kill --kill-whom=all -s USR1 foreign.service", "10")
		service.hears(alice, "systemctl --user", "sudo systemctl stop --no-block foreign.service; until grep -q 15 /tmp/heard; do sleep 0.05; done", "15")
		alice.ok("rm /tmp/listener /tmp/heard")
		alice.nothingLeft("systemctl --user")
	})
}
