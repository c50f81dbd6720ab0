package integration

import (
	"cmp"
	"fmt"
	"strings"
	"testing"
	"time"
)

// awaitedEnding is a way in which a run ends that another process waits for.
type awaitedEnding struct {
	name, options, command string // COMMAND waits until /tmp/gate is written to
	event                  string // what ends it
	launch, status         int    // of the launch, and of the wait
	says                   string // on standard error of the wait
	forgotten              int    // the status after the end, if what the wait has seen is not known any more
}

const openGate = "echo >/tmp/gate"

// awaits is a script that returns when a waiter, a process, waits for the end of a unit's gorun, or
// has ended. A waiter also has descriptors of programs that it starts.
const awaits = `user=; [ $(id -u) = 0 ] || user=--user
	gorun_of() { for pid in $(cat /sys/fs/cgroup$(systemctl $user show -P ControlGroup $1)/cgroup.procs 2>/dev/null); do [ "$(cat /proc/$pid/comm)" != gorun ] || { echo $pid; break; }; done; }
	awaits() { local pid=$(gorun_of $2); while kill -0 $1 2>/dev/null && ! { [ "$pid" ] && grep -qsxE "Pid:	$pid" /proc/$1/fdinfo/*; }; do sleep 0.02; done; }
	`

// awaited checks the status of --wait-for, before the end and after it.
func (s *session) awaited(c awaitedEnding) {
	s.t.Helper()
	out := s.run(fmt.Sprintf(awaits+`rm -f /tmp/gate; mkfifo /tmp/gate
		gorun -q -b --unit=%[1]s %[2]s %[3]s >/dev/null 2>&1; echo $?
		gorun --wait-for %[1]s >/tmp/said 2>&1 & waiter=$!
		awaits $waiter %[1]s.scope
		%[4]s
		wait $waiter; echo $?
		gorun --wait-for %[1]s >/dev/null 2>&1; echo $?
		gorun --wait-for --json %[1]s >/tmp/said.json 2>/dev/null; echo $?
		cat /tmp/said`, c.name, c.options, c.command, c.event))
	forgotten := cmp.Or(c.forgotten, c.status)
	if s.ok("journalctl --user -q -o cat USER_UNIT="+c.name+".scope | grep -c 'with signal SIGKILL' || true") != "0" {
		forgotten = c.status // the manager came before the last process's end, and has logged that it kills
	}
	want := fmt.Sprintf("%d\n%d\n%[3]d\n%[3]d\n%s", c.launch, c.status, forgotten, c.says)
	if !strings.HasPrefix(out.Stdout, want) || c.says == "" && out.Stdout != want || out.Stderr != "" {
		s.t.Errorf("%s: printed %q and %q, want %q", c.name, out.Stdout, out.Stderr, want)
	}
	s.valid("runs", "cat /tmp/said.json")
}

func TestWaitForHasTheStatusOfTheRun(t *testing.T) {
	essential(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		for _, user := range []string{"alice", "root"} {
			s := g.login(t, user)
			systemctl := map[string]string{"alice": "systemctl --user", "root": "systemctl"}[user]
			s.ok(`printf '#!/nosuch/interpreter\n' >/tmp/interpreter; printf '#!/etc/passwd\n' >/tmp/denied; chmod +x /tmp/interpreter /tmp/denied`)
			for _, c := range []awaitedEnding{
				{"success", "", "sh -c 'read x </tmp/gate'", openGate, 0, 0, "", 0},
				{"failure", "", "sh -c 'read x </tmp/gate; exit 3'", openGate, 0, 3, "", 0},
				{"signal", "", "sh -c 'read x </tmp/gate; kill -SEGV $$'", openGate, 0, 139, "", 0},
				{"cannot", "", "/tmp/denied", "", 126, 126, "", 0},
				{"missing", "", "/tmp/interpreter", "", 127, 127, "", 0},
				{"limit", "--runtime-max=2s", "sleep 60", "", 0, 124, "", 0},
				{"stopped", "", "sleep 60", "gorun --stop stopped >/dev/null", 0, 143, "", 0},
				{"killed", "--stop-timeout=1s", `sh -c 'trap "" TERM; while :; do sleep 0.1; done'`, "gorun --stop killed >/dev/null", 0, 137,
					"gorun: warning: killed.scope: ended with result timeout; processes of it were killed (no journal record)\n", 0},
				{"supervisor", "", "sh -c 'read x </tmp/gate; exit 6'", "kill -KILL $(pgrep -x -u " + user + " gorun | head -n1); " + openGate, 0, 125,
					"gorun: error: supervisor.scope: ended; exit status unknown (no journal record)\n", 0},
				{"norecord", "--no-record", "sh -c 'read x </tmp/gate; exit 6'", openGate, 0, 125,
					"gorun: error: norecord.scope: ended; exit status unknown (no journal record)\n", 0},
				{"kept", "--collect=false --runtime-max=2s", "sleep 60", "", 0, 124, "", 0},
			} {
				s.awaited(c)
			}
			// The wait has not reset what is kept.
			if got := s.run(systemctl + " is-failed kept.scope").Stdout; got != "failed\n" {
				t.Errorf("%s: kept.scope is %s", user, got)
			}
			s.ok(systemctl + " reset-failed kept.scope")
			s.nothingLeft(systemctl)
		}
	})
}

// Without a record nobody knows how COMMAND ended, unless the manager has said that it killed.
func TestWaitForClaimsNoKillThatNobodyHasSeen(t *testing.T) {
	long(t)
	const stubborn = `sh -c 'trap "" TERM; touch /tmp/trapped; while :; do sleep 0.1; done'`
	const began, limit, short = "; systemctl%[1]s -q is-active job.scope; do sleep 0.05; done; rm -f /tmp/trapped", " --runtime-max=3s ", "--stop-timeout=1s"
	const killed, unknown = "gorun: warning: job.scope: ended with result timeout; processes of it were killed (no journal record)\n", "gorun: error: job.scope: ended with result timeout; exit status unknown (no journal record)\n"
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		both(t, g, func(s *session, systemctl, _ string) {
			for begin, want := range map[string]string{
				"gorun --exec --unit=job" + limit + "sleep 60 >/dev/null 2>&1 & until true":                                                                                   unknown,
				"gorun --exec --unit=job" + limit + short + " " + stubborn + " >/dev/null 2>&1 & until [ -e /tmp/trapped ]":                                                   killed,
				"sleep 60 >/dev/null 2>&1 & gorun --adopt --unit=job" + limit + "$! >/dev/null; until true":                                                                   unknown,
				stubborn + " >/dev/null 2>&1 & p=$!; until [ -e /tmp/trapped ]; do sleep 0.05; done; gorun --adopt --unit=job" + limit + short + " $p >/dev/null; until true": killed,
				"gorun -b -q --unit=job" + limit + "sleep 60 >/dev/null; kill -KILL $(pgrep -x gorun -n); until true":                                                         unknown,
				"gorun -b -q --unit=job --no-record" + limit + "sleep 60 >/dev/null; until true":                                                                              unknown,
			} {
				status := map[string]int{killed: 137, unknown: 125}[want]
				begin += fmt.Sprintf(" && "+strings.TrimPrefix(began, "; "), strings.TrimPrefix(systemctl, "systemctl"))
				got := s.run(begin + "; for i in 1 2; do gorun --wait-for job 2>&1; echo $?; done").Stdout
				if got != strings.Repeat(fmt.Sprintf("%s%d\n", want, status), 2) {
					t.Errorf("%s: %s: printed %q", systemctl, begin, got)
				}
			}
			s.nothingLeft(systemctl)
		})
	})
}

// Where a limit is not to be had, the launch fails after the scope has started.
func TestWaitForHasTheStatusOfAFailedLaunch(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		s.awaited(awaitedEnding{name: "refused", options: "-p IOWeight=50", command: "true", launch: 125, status: 125})
		// A launch that fails before that leaves no run.
		if out := s.run("gorun -q -b --unit=bad --runtime-max=oops true; gorun --wait-for bad"); out.Status != 4 {
			t.Errorf("status %d, printed %s", out.Status, out.Stderr)
		}
	})
}

// Without a readable journal, records are files, and only the manager's signals say what they do
// not.
func TestWaitForNeedsNoJournal(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		root.storeJournal("none")
		defer root.restoreJournal()
		s := g.login(t, "alice")
		for _, c := range []awaitedEnding{
			{"failure", "", "sh -c 'read x </tmp/gate; exit 3'", openGate, 0, 3, "", 0},
			{"limit", "--runtime-max=2s", "sleep 60", "", 0, 124, "", 0},
		} {
			s.awaited(c)
		}
		out := s.run(`gorun -q -b --unit=killed --stop-timeout=1s --runtime-max=2s sh -c 'trap "" TERM; while :; do sleep 0.1; done' >/dev/null; gorun --wait-for killed`)
		if out.Status != 137 || out.Stderr != "gorun: warning: killed.scope: ended with result timeout; processes of it were killed (no journal record)\n" {
			t.Errorf("status %d, printed %s", out.Status, out.Stderr)
		}
		s.ok("rm -f .local/state/gorun/*.record .local/state/gorun/*.newest .local/state/gorun/*/*.record .local/state/gorun/*/*.newest")
	})
}

// The wait ends with COMMAND, whatever it leaves in the scope, and is about the run that was
// there when it began. It needs no processor.
func TestWaitForIsAboutOneRun(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		s.ok("gorun -b -q --unit=leaves sh -c 'sleep 600 & exit 3' >/dev/null")
		if out := s.run("gorun --wait-for leaves; echo $?; gorun --wait-for leaves; echo $?; systemctl --user is-active leaves.scope; gorun --stop leaves"); out.Stdout != "3\n3\nactive\nleaves.scope: stopped\n" {
			t.Errorf("leftover processes: printed %q and %q", out.Stdout, out.Stderr)
		}
		out := s.run(awaits + `rm -f /tmp/gate; mkfifo /tmp/gate
			gorun -b -q --unit=job sh -c 'read x </tmp/gate; exit 3' >/dev/null
			setsid gorun --wait-for job & waiter=$! # a stopped process of this group would bring it a SIGHUP, when COMMAND below ends
			awaits $waiter job.scope
			switches() { cat /proc/$waiter/task/*/status | awk '/ctxt_switches/ { n += $2 } END { print n }'; }
			for i in 1 2 3 4 5 6 7 8 9; do before=$(switches); sleep 2; [ $(switches) != $before ] || break; done # on a busy machine it begins late
			echo $(($(switches) - before))
			kill -STOP $waiter
			echo >/tmp/gate
			until gorun --unit=job sh -c 'exit 4' 2>/dev/null; [ $? = 4 ]; do sleep 0.1; done
			kill -CONT $waiter
			wait $waiter; echo $?
			gorun --wait-for job; echo $?`)
		if out.Stdout != "0\n3\n4\n" {
			t.Errorf("a later run: printed %q and %q", out.Stdout, out.Stderr)
		}
		// The last one named, in the order of the names.
		s.ok("gorun -b -q --unit=a sh -c 'sleep 1; exit 5' >/dev/null; gorun -b -q --unit=b sh -c 'exit 6' >/dev/null")
		if out := s.run("gorun --wait-for b a; echo $?; gorun --wait-for a b; echo $?; gorun --wait-for a nosuch b; echo $?"); out.Stdout != "5\n6\n4\n" {
			t.Errorf("several: printed %q and %q", out.Stdout, out.Stderr)
		}
		// A run that had ended when it was named, and starts again while gorun waits for another.
		if got := s.ok(awaits + `rm -f /tmp/gate; mkfifo /tmp/gate
			gorun -b -q --unit=a sh -c 'read x </tmp/gate' >/dev/null
			gorun --unit=b sh -c 'exit 6'
			gorun --no-record --unit=c sh -c 'exit 6'
			gorun --wait-for a b >/tmp/said 2>&1 & waiter=$!
			gorun --wait-for a c >/tmp/said-c 2>&1 & other=$!
			awaits $waiter a.scope; awaits $other a.scope
			gorun --unit=b sh -c 'exit 7'
			gorun --unit=c sh -c 'exit 7'
			until gorun --wait-for b; [ $? = 7 ]; do sleep 0.1; done
			echo >/tmp/gate
			wait $waiter; echo $?; wait $other; echo $?; cat /tmp/said-c`); !strings.HasPrefix(got, "6\n125\n") || strings.Contains(got, "\n7") {
			t.Errorf("a run that starts again: %q", got)
		}
		// A run without a record that ends while gorun waits for another, and starts again.
		if got := s.ok(awaits + `rm -f /tmp/gate; mkfifo /tmp/gate /tmp/other
			gorun -b -q --unit=a sh -c 'read x </tmp/gate' >/dev/null
			gorun -b -q --no-record --unit=c sh -c 'read x </tmp/other; exit 6' >/dev/null
			gorun --wait-for a c >/tmp/said 2>&1 & waiter=$!
			awaits $waiter a.scope
			echo >/tmp/other
			until gorun -b -q --no-record --unit=c sleep 600 >/dev/null 2>&1; do sleep 0.1; done
			echo >/tmp/gate
			wait $waiter; echo $?; gorun --stop c`); got != "125\nc.scope: stopped" {
			t.Errorf("a run without a record that starts again: %q", got)
		}
		if out := s.run("gorun --unit=own gorun --wait-for own"); out.Status != 125 || !strings.HasPrefix(out.Stderr, "gorun: error: own.scope: this process is in that run, and would wait for itself\n") {
			t.Errorf("own run: status %d, printed %q", out.Status, out.Stderr)
		}
		s.nothingLeft("systemctl --user")
	})
}

func TestWaitForHasTheStatusOfARunThatRanOutOfMemory(t *testing.T) {
	long(t)
	eachSuite(t, vm, func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		const limits = "-p MemoryMax=48M -p MemorySwapMax=0"
		s.awaited(awaitedEnding{name: "oom", options: limits, command: "sh -c 'read x </tmp/gate; exec tail /dev/zero'", event: openGate, status: 137})
		// The kernel kills gorun, too. Only who has looked at the scope knows that it kills all.
		s.awaited(awaitedEnding{name: "policy", options: limits + " --oom-policy=kill", command: "sh -c 'read x </tmp/gate; exec tail /dev/zero'", event: openGate,
			status: 137, forgotten: 125, says: "gorun: warning: policy.scope: ended with result oom-kill; processes of it were killed (no journal record)"})
		s.nothingLeft("systemctl --user")
	})
}

// A journal that is slow is read for each name, and each look into it has a bound of its own.
func TestManyNamesDoNotShareABound(t *testing.T) {
	long(t)
	const slow = `printf '#!/bin/sh\nsleep %s\nexec /usr/local/lib/journalctl "$@"\n' >/usr/local/lib/slow; chmod 755 /usr/local/lib/slow`
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s, root := g.login(t, "alice"), g.login(t, "root")
		s.ok("for i in 1 2 3 4; do gorun --unit=ended$i sh -c \"exit $i\"; done; gorun --wait-for ended1; true")
		root.ok("cp /usr/bin/journalctl /usr/local/lib/; " + fmt.Sprintf(slow, "3") + "; mount --bind /usr/local/lib/slow /usr/bin/journalctl")
		defer root.ok("umount /usr/bin/journalctl; rm /usr/local/lib/slow /usr/local/lib/journalctl")
		begun := time.Now()
		if out := s.run("gorun --wait-for ended4 ended3 ended1 ended2"); out.Status != 2 || out.Stderr != "" {
			t.Errorf("status %d, printed %q", out.Status, out.Stderr)
		}
		if took := time.Since(begun); took < 31*time.Second {
			t.Errorf("it took %v, and would have fit into one bound", took)
		}
		root.ok(fmt.Sprintf(slow, "600"))
		if out := s.run("gorun --wait-for ended1"); out.Status != 125 || out.Stderr != "gorun: error: read the journal: journalctl hangs: no answer after 30s\n" {
			t.Errorf("a journalctl that hangs: status %d, printed %q", out.Status, out.Stderr)
		}
		s.nothingLeft("systemctl --user")
	})
}
