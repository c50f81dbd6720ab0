package integration

import (
	"fmt"
	"strings"
	"testing"
)

// These tests run ./guest/scopes, a program that uses package scope as an importer does.

// libraryUsers are the users who run it, with their managers.
var libraryUsers = []struct{ name, systemctl, slice, transient string }{
	{"alice", "systemctl --user", aliceSlice, "/run/user/1000/systemd/transient"},
	{"root", "systemctl", "/system.slice", "/run/systemd/transient"},
}

// library is a user's login on a machine with the program.
type library struct {
	*session
	g                                 *guest
	name, systemctl, slice, transient string
}

// eachLibrary runs a test for each user on a machine of each suite, and makes sure that
// the test leaves no unit.
func eachLibrary(t *testing.T, k *kind, test func(t *testing.T, l library)) {
	eachSuite(t, k, func(t *testing.T, g *guest) {
		buildFor(t, g, "./guest/scopes")
		for _, u := range libraryUsers {
			t.Run(u.name, func(t *testing.T) {
				l := library{g.login(t, u.name), g, u.name, u.systemctl, u.slice, u.transient}
				test(t, l)
				l.waitFor("", l.systemctl+" list-units --all --no-legend --plain 'lib-*'")
				l.waitFor("", l.systemctl+" list-units --failed --no-legend --plain")
				l.waitFor("", "ls -d "+l.transient+"/lib-* 2>/dev/null || :")
			})
		}
	})
}

// fails runs a script that must fail, and checks the error that the program prints.
func (l library) fails(want, script string) {
	l.t.Helper()
	if out := l.run(script); out.Status != 1 || !strings.Contains(out.Stdout, want) {
		l.t.Errorf("%s: status %d, printed %q and %q, want %s", script, out.Status, out.Stdout, out.Stderr, want)
	}
}

func TestChildIsInItsScopeFromTheFirstInstruction(t *testing.T) {
	eachLibrary(t, native(), func(t *testing.T, l library) {
		for range 20 {
			if got := l.ok("scopes child lib-child.scope -- cat /proc/self/cgroup"); !strings.HasSuffix(got, "\n0::"+l.slice+"/lib-child.scope") {
				t.Fatalf("the command ran in %q", got)
			}
		}
		// 3 is the descriptor of ls itself: the gate is closed.
		if got := l.ok("scopes child lib-child.scope -- ls /proc/self/fd"); got != "0\n1\n2\n3" {
			t.Errorf("the command had the descriptors %q", got)
		}
	})
}

func TestManyScopesLeakNoDescriptorsOrGoroutines(t *testing.T) {
	long(t)
	eachLibrary(t, native(), func(t *testing.T, l library) {
		if got := l.ok("scopes many lib-many.scope 100"); got != "0 0" {
			t.Errorf("100 scopes leaked descriptors and goroutines: %s", got)
		}
	})
}

func TestExistingProcessesAreMovedIntoAScope(t *testing.T) {
	long(t)
	eachLibrary(t, native(), func(t *testing.T, l library) {
		// Processes in a session's scope: PID 1 has to move them for a user's manager.
		got := l.ok(`sleep 60 & a=$!; sleep 60 & b=$!
			scopes adopt lib-adopt.scope $a $b >/dev/null && cat /proc/$a/cgroup /proc/$b/cgroup | grep -c '^0::` + l.slice + `/lib-adopt.scope$'
			{ kill $a $b; wait $a $b; } 2>/dev/null; true`)
		if got != "2" {
			t.Errorf("%s of two processes were moved", got)
		}
		for range 10 {
			l.ok("sleep 60 & scopes adopt lib-adopt.scope $! && scopes stop lib-adopt.scope")
		}
	})
}

func TestPidfdsCanBePassedOnEitherSocket(t *testing.T) {
	long(t)
	eachLibrary(t, native(), func(t *testing.T, l library) {
		l.ok("true") // by now there is a session and a manager
		root := l.g.login(t, "root")
		for _, hidden := range []string{privateSocket, messageBus} {
			got := root.ok(l.without(hidden) + `sh -c 'sleep 60 >/dev/null & scopes adopt lib-fd.scope $! && scopes stop lib-fd.scope'`)
			if got != l.slice+"/lib-fd.scope" {
				t.Errorf("without the %s: printed %q", hidden, got)
			}
		}
	})
}

func TestEndedProcessLeavesNoScope(t *testing.T) {
	long(t)
	eachLibrary(t, native(), func(t *testing.T, l library) {
		l.fails("process 999999: no such process", "scopes adopt lib-gone.scope 999999")
		l.fails("process already finished", "scopes zombie lib-zombie.scope")
		// A process that ends during the start leaves no scope, moved or not.
		l.ok(`for i in $(seq 100); do
			sleep 0.00$((i % 10)) & scopes adopt lib-race.scope $! >/tmp/lib-race || grep -q -e 'process [0-9]*: ' /tmp/lib-race || { cat /tmp/lib-race; exit 1; }
			wait $!
		done`)
	})
}

func TestWaitReturnsHowAScopeEnded(t *testing.T) {
	long(t)
	eachLibrary(t, native(), func(t *testing.T, l library) {
		for name, c := range map[string]struct{ properties, end, want string }{
			"end":        {"", l.systemctl + " kill lib-wait.scope", `"success"`},
			"stop":       {"", l.systemctl + " stop lib-wait.scope", `"success"`},
			"time limit": {"RuntimeMaxSec=10", "", `"timeout"`},
			"kill":       {"TimeoutStopSec=1 KillSignal=CONT", l.systemctl + " stop lib-wait.scope", `"timeout"`},
		} {
			out := l.run("scopes child lib-wait.scope " + c.properties + ` -- sleep 60 >/dev/null &
				until ` + l.systemctl + ` -q is-active lib-wait.scope; do sleep 0.05; done
				scopes wait lib-wait.scope 50 & w=$!
				# Each wait holds a connection, and then still has to ask.
				until ! kill -0 $w || [ "$(ls -l /proc/$w/fd | grep -c socket:)" -ge 50 ]; do sleep 0.05; done 2>/dev/null
				sleep 1; ` + c.end + `
				wait $w`)
			if got := strings.TrimSpace(out.Stdout); out.Status != 0 || got != "50 "+c.want+" <nil>" {
				t.Errorf("%s: status %d, printed %q and %q", name, out.Status, got, out.Stderr)
			}
			l.waitFor("", l.systemctl+" list-units --all --no-legend --plain lib-wait.scope")
		}
	})
}

// Any client of the system's message bus can send what looks like the manager's signal, to
// all or to one client, which gets that without a match rule.
func TestSignalsOfOtherUsersDoNotEndAWait(t *testing.T) {
	const path = "/org/freedesktop/systemd1/unit/lib_2dforged_2escope"
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		buildFor(t, g, "./guest/scopes")
		root, alice := g.login(t, "root"), g.login(t, "alice")
		root.ok("scopes child lib-forged.scope -- sleep 600 >/dev/null 2>&1 </dev/null & until systemctl -q is-active lib-forged.scope; do sleep 0.05; done")
		// The last answer before it waits is the result so far.
		root.ok("strace -f -s 4096 -e trace=read,recvfrom,recvmsg -o /tmp/waiting scopes wait lib-forged.scope 1 >/tmp/waited 2>&1 </dev/null & until grep -qs success /tmp/waiting; do sleep 0.05; done")
		defer root.ok("rm /tmp/waiting /tmp/waited")
		waiter := root.ok(`busctl --system list --unique --no-legend | awk '$3 == "scopes" { print $1 }'`)
		for _, emit := range []string{"busctl --system emit ", "busctl --system --destination=" + waiter + " emit "} {
			alice.ok(emit + path + " org.freedesktop.DBus.Properties PropertiesChanged 'sa{sv}as' org.freedesktop.systemd1.Scope 1 Result s oom-kill 0")
			alice.ok(emit + path + " org.freedesktop.DBus.Properties PropertiesChanged 'sa{sv}as' org.freedesktop.systemd1.Unit 1 ActiveState s failed 0")
			alice.ok(emit + "/org/freedesktop/systemd1 org.freedesktop.systemd1.Manager UnitRemoved so lib-forged.scope " + path)
		}
		if got := root.ok("cat /tmp/waited; systemctl is-active lib-forged.scope"); got != "active" {
			t.Errorf("after forged signals: %q", got)
		}
		// A forged end would be another result, whenever it arrives.
		root.ok("systemctl stop lib-forged.scope")
		root.waitFor(`1 "success" <nil>`, "cat /tmp/waited")
	})
}

// Sockets of the managers, for [library.without].
const (
	privateSocket = "private socket"
	messageBus    = "message bus"
)

// without hides a socket from a command of the user. Root has to run it.
func (l library) without(socket string) string {
	path := map[string]string{
		"alice" + privateSocket: "/run/user/1000/systemd/private",
		"alice" + messageBus:    "/run/user/1000/bus",
		"root" + privateSocket:  "/run/systemd/private",
		"root" + messageBus:     "/run/dbus/system_bus_socket",
	}[l.name+socket]
	become := ""
	if l.name == "alice" {
		become = "setpriv --reuid 1000 --regid 1000 --clear-groups env XDG_RUNTIME_DIR=/run/user/1000"
	}
	return "unshare -m sh -c 'mount --bind /dev/null " + path + "; exec " + become + ` "$@"' sh `
}

// connects waits until the programs of the test have at least n connections to managers.
// Each wait holds one.
func (s *session) connects(n int) {
	s.t.Helper()
	s.waitFor("yes", fmt.Sprintf(`[ "$(for p in $(pgrep -x scopes); do ls -l /proc/$p/fd 2>/dev/null; done | grep -c socket:)" -ge %d ] && echo yes || true`, n))
	s.ok("sleep 1") // by now most likely all wait
}

func TestWaitSurvivesAManagersReexec(t *testing.T) {
	long(t)
	eachLibrary(t, native(), func(t *testing.T, l library) {
		root := l.g.login(t, "root")
		l.ok("sleep 600 >/dev/null 2>&1 & scopes adopt lib-reexec.scope $!")
		l.ok("scopes wait lib-reexec.scope 5 >/tmp/lib-reexec-bus 2>&1 &")
		root.ok(l.without(messageBus) + "scopes wait lib-reexec.scope 5 >/tmp/lib-reexec-private 2>&1 &")
		defer root.ok("rm /tmp/lib-reexec-private")
		root.connects(10)
		for range 3 {
			l.ok(l.systemctl + " daemon-reexec")
			l.ok("sleep 0.5; " + l.systemctl + " is-active lib-reexec.scope")
		}
		l.ok("scopes stop lib-reexec.scope")
		for _, way := range []string{"bus", "private"} {
			l.waitFor(`5 "success" <nil>`, "cat /tmp/lib-reexec-"+way)
		}
	})
}

// watched is a script that watches a scope, and ends it when the watch has begun. Its
// output and status are those of the watch.
func watched(unit, end string) string {
	return "out=$(mktemp); scopes watch " + unit + " >$out & w=$!; until [ -s $out ]; do sleep 0.05; done; " + end + "; wait $w; status=$?; cat $out; rm $out; exit $status"
}

func TestRunningScopeCanBeChangedWatchedAndStopped(t *testing.T) {
	long(t)
	eachLibrary(t, native(), func(t *testing.T, l library) {
		l.ok("sleep 600 >/dev/null 2>&1 & scopes adopt lib-control.scope $!")
		if got := l.ok("scopes stats lib-control.scope"); !strings.HasPrefix(got, "true ") {
			t.Errorf("stats are %q", got)
		}
		l.ok(`scopes set lib-control.scope "Description=a  b"`)
		if got := l.ok(l.systemctl + " show --value -p Description lib-control.scope"); got != "a  b" {
			t.Errorf("the description is %q", got)
		}
		l.fails("property OOMPolicy=kill: cannot be changed", "scopes set lib-control.scope OOMPolicy=kill")
		out := l.run(watched("lib-control.scope", "scopes kill lib-control.scope 9"))
		// The manager may have removed the group before the program looked again.
		printed := strings.Replace(out.Stdout, "populated false false\n", "", 1)
		if out.Status != 1 || !strings.HasPrefix(printed, "populated true true\n*") || !strings.Contains(printed, "cgroup is gone") {
			t.Errorf("the watch printed %q and %q", out.Stdout, out.Stderr)
		}
		for _, verb := range []string{"kill lib-control.scope 9", "stop lib-control.scope", "wait lib-control.scope 1"} {
			l.fails("the scope has ended", "scopes "+verb)
		}
		l.ok("sleep 60 & scopes adopt lib-control.scope $! && scopes stop lib-control.scope")
	})
}

// The virtual machine has the controllers for it.
func TestLimitOfARunningScopeIsInForce(t *testing.T) {
	long(t)
	eachLibrary(t, vm, func(t *testing.T, l library) {
		group := l.ok("sleep 600 >/dev/null 2>&1 & scopes adopt lib-limit.scope $!")
		l.ok("scopes set lib-limit.scope MemoryMax=64M TasksMax=10")
		if got := l.ok("cd /sys/fs/cgroup" + group + " && cat memory.max pids.max"); got != "67108864\n10" {
			t.Errorf("the kernel shows %q", got)
		}
		if got := l.ok(l.systemctl + " show --value -p MemoryMax lib-limit.scope"); got != "67108864" {
			t.Errorf("the manager shows %q", got)
		}
		// Each kernel has to wake the watchers, also on the removal of the group.
		out := l.run(watched("lib-limit.scope", "scopes stop lib-limit.scope"))
		if out.Status != 1 || !strings.HasPrefix(out.Stdout, "populated true true\n") || !strings.Contains(out.Stdout, "cgroup is gone") {
			t.Errorf("the watch printed %q and %q", out.Stdout, out.Stderr)
		}
		// The next scope of that name has no limit.
		group = l.ok("sleep 600 >/dev/null 2>&1 & scopes adopt lib-limit.scope $!")
		if got := l.ok("cat /sys/fs/cgroup" + group + "/memory.max; scopes stop lib-limit.scope"); got != "max" {
			t.Errorf("the next scope has %q", got)
		}
	})
}

// The slice that a scope has for itself holds its limits.
func TestLimitOfAScopeWithItsOwnSliceIsSetOnTheSlice(t *testing.T) {
	long(t)
	eachLibrary(t, vm, func(t *testing.T, l library) {
		l.ok("gorun --unit=lib-own --own-slice -p MemoryMax=256M sleep 600 >/dev/null 2>&1 & until " + l.systemctl + " -q is-active lib-own.scope; do sleep 0.1; done")
		limits := "cd /sys/fs/cgroup$(" + l.systemctl + " show --value -p ControlGroup lib-own.scope) && cat ../memory.max memory.max"
		l.ok("scopes set lib-own.scope MemoryMax=128M Description=x")
		if got := l.ok(limits); got != "134217728\nmax" {
			t.Errorf("the kernel shows %q", got)
		}
		l.fails("property OOMPolicy=kill: cannot be changed", "scopes set lib-own.scope MemoryMax=64M OOMPolicy=kill")
		if got := l.ok(limits); got != "134217728\nmax" {
			t.Errorf("after a refusal the kernel shows %q", got)
		}
		l.ok("scopes stop lib-own.scope")
	})
}

func TestOOMKillIsReportedByWatchAndWait(t *testing.T) {
	long(t)
	eachLibrary(t, vm, func(t *testing.T, l library) {
		out := l.run(`(sleep 6; tail /dev/zero; exec sleep 600) >/dev/null 2>&1 & scopes adopt lib-oom.scope $! >/dev/null
			scopes set lib-oom.scope MemoryMax=32M MemorySwapMax=0 && { scopes oom lib-oom.scope & scopes wait lib-oom.scope 5; wait; }`)
		// Either may be first.
		if !strings.Contains(out.Stdout, "killed 1\n") || !strings.Contains(out.Stdout, `5 "oom-kill" <nil>`) {
			t.Errorf("status %d, printed %q and %q", out.Status, out.Stdout, out.Stderr)
		}
	})
}
