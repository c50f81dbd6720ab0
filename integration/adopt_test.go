package integration

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// outside is a script that prints those of a list of processes that are not in a scope.
func outside(scope, list string) string {
	return `for p in $(` + list + `); do case $(tail -n1 /proc/$p/cgroup 2>/dev/null) in ""|*/` + scope + `) ;; *) echo $p $(cat /proc/$p/comm /proc/$p/cgroup 2>&1 | tail -n1);; esac; done`
}

func TestAdoptedMultiplexerSurvivesLogout(t *testing.T) {
	essential(t)
	eachSuite(t, native(), adoptedMultiplexerSurvivesLogout)
}

// A virtual machine has controllers, as the machines of people have.
func TestAdoptedMultiplexerSurvivesLogoutOnAWholeMachine(t *testing.T) {
	long(t)
	eachSuite(t, vm, adoptedMultiplexerSurvivesLogout)
}

func adoptedMultiplexerSurvivesLogout(t *testing.T, g *guest) {
	root := g.login(t, "root")
	defer root.logindSettings(`KillUserProcesses=yes\nUserStopDelaySec=1`)()
	alice := g.login(t, "alice")
	alice.ok(`tmux new -d -s main "sh -c 'sleep 611; :'"; tmux neww 'sleep 612'; tmux neww 'sleep 613'
		tmux -L control new -d "sleep 614"; tmux -L control neww 'sleep 615'
		until [ $(pgrep -c -u alice -fx 'sleep 61[1-5]') = 5 ]; do sleep 0.1; done`)
	server := alice.ok("tmux display -p '#{pid}'")
	unit := alice.ok("gorun --adopt " + server)
	if !strings.HasPrefix(unit, "gorun-tmux-") || !strings.HasSuffix(unit, ".scope") {
		t.Errorf("printed %q", unit)
	}
	if got := alice.ok(outside(unit, "echo "+server+" $(pgrep -u alice -f 'sleep 61[1-3]')")); got != "" {
		t.Errorf("outside of the scope: %s", got)
	}
	root.waitFor("alice", lingering)
	alice.Close()
	root.waitFor("", openSessions)
	root.waitFor("0", "pgrep -c -u alice -fx 'sleep 61[45]'; true")
	if got := root.ok("sleep 2; pgrep -c -u alice -fx 'sleep 61[1-3]'; systemctl is-active user@1000"); got != "3\nactive" { // longer than UserStopDelaySec
		t.Errorf("after the logout: %q", got)
	}
	again := g.login(t, "alice")
	if got := again.ok("tmux display -p '#{pid} #{session_windows}'; tmux kill-server"); got != server+" 3" {
		t.Errorf("the server is %q, was %s", got, server)
	}
	again.nothingLeft("systemctl --user")
	again.Close()
	root.waitFor("", openSessions)
	root.nobodyLingers()
}

func TestAdoptedMultiplexerSurvivesTheRestartOfItsService(t *testing.T) {
	// Bots and agents start a tmux beside themselves.
	const unit = `[Service]
%s
ExecStart=/bin/sh -c 'tmux -L bot new -d "sleep 621"; tmux -L bot neww "sleep 622"; tmux -L control new -d "sleep 623"; exec sleep 624'
`
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, alice := g.login(t, "root"), g.login(t, "alice")
		root.ok("cat >/etc/systemd/system/bot.service <<'END'\n" + fmt.Sprintf(unit, "User=alice") + "END\nsystemctl daemon-reload")
		alice.ok("mkdir -p ~/.config/systemd/user; cat >~/.config/systemd/user/bot.service <<'END'\n" + fmt.Sprintf(unit, "") + "END\nsystemctl --user daemon-reload")
		for _, of := range []struct {
			s         *session
			systemctl string
		}{{root, "systemctl"}, {alice, "systemctl --user"}} {
			const all = "pgrep -u alice -fx 'sleep 62[1-4]'"
			of.s.ok(of.systemctl + " start bot; until [ $(" + all + " | wc -l) = 4 ]; do sleep 0.1; done")
			server := alice.ok("pgrep -u alice -fo 'tmux -L bot'")
			main := alice.ok("pgrep -u alice -fx 'sleep 624'")
			out := alice.run("gorun --adopt " + main)
			if out.Status != 1 || out.Stdout != "" || !strings.HasPrefix(out.Stderr, "gorun: error: process "+main+" is the main process of bot.service, whose manager would take it for dead\ngorun: hint: ") {
				t.Errorf("%s: the main process: got %+v", of.systemctl, out)
			}
			adopted := alice.ok("gorun --adopt --unit=saved " + server)
			if adopted != "saved.scope" {
				t.Errorf("printed %q", adopted)
			}
			windows := alice.ok("pgrep -d, -u alice -fx 'sleep 62[12]'")
			control := alice.ok("pgrep -u alice -fx 'sleep 623'")
			of.s.ok(of.systemctl + " restart bot")
			alice.waitFor("", "ps -o pid= -p "+control+" || true")
			if got := alice.ok("pgrep -u alice -fo 'tmux -L bot'; ps -o pid= -p " + windows + " | wc -l; tail -n1 /proc/" + server + "/cgroup"); got != server+"\n2\n0::"+aliceSlice+"/saved.scope" {
				t.Errorf("%s: after the restart: %q", of.systemctl, got)
			}
			// A tmux server that is just starting forgets the signal of a stop.
			of.s.ok("until [ $(" + all + " | wc -l) = 6 ]; do sleep 0.1; done")
			of.s.ok(of.systemctl + " stop bot")
			alice.ok("tmux -L bot kill-server")
			alice.waitFor("", all+" || true")
			alice.waitFor("inactive", "systemctl --user is-active saved.scope || true")
		}
		root.ok("rm /etc/systemd/system/bot.service; systemctl daemon-reload")
		alice.ok("rm ~/.config/systemd/user/bot.service; systemctl --user daemon-reload")
		alice.nothingLeft("systemctl --user")
		root.nobodyLingers()
	})
}

// The processes are forked two hundred times a second. In a session of their own, some of their
// parents end at once. In the process group of a script's shell, who has lost the parent before
// the adoption descends from nobody.
func TestNoProcessOfAForkStormIsLeftBehind(t *testing.T) {
	long(t)
	const (
		storm = `#!/bin/sh
while :; do
	/tmp/stormling 1 &
	sh -c 'sh -c "/tmp/stormling 1; :"; :' &
	if [ "$1" = orphans ]; then
		( /tmp/stormling 1 & )
		( sh -c '/tmp/stormling 1; :' & )
	fi
	/bin/sleep 0.02
done`
		times = 50
	)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		alice := g.login(t, "alice")
		alice.ok("cp /usr/bin/sleep /tmp/stormling; cat >/tmp/storm.sh <<'END'\n" + storm + "\nEND\nchmod 755 /tmp/storm.sh")
		forked := 0
		for i := range g.often(times) {
			begin := "/tmp/storm.sh & "
			if i%2 == 0 {
				begin = "setsid /tmp/storm.sh orphans & "
			}
			got := alice.ok("exec 2>&1; " + begin + `until [ $(pgrep -c -x stormling) -gt 20 ]; do sleep 0.1; done
				gorun --adopt --unit=storm $(pgrep -o -x storm.sh)
				` + outside("storm.scope", "pgrep -x 'storm.sh|stormling'; pgrep -f 'tmp/stormling' | grep -vx $$") + `
				cat /sys/fs/cgroup` + aliceSlice + `/storm.scope/cgroup.procs | wc -l
				systemctl --user stop storm.scope`)
			var inside int
			if _, err := fmt.Sscanf(got, "storm.scope\n%d", &inside); err != nil || inside < 10 || strings.Count(got, "\n") != 1 {
				t.Errorf("adoption %d: %q", i, got)
			}
			forked += inside
			alice.waitFor("0", "pgrep -c -x stormling; true")
		}
		t.Logf("%d processes were in the scopes", forked)
		alice.ok("rm /tmp/storm.sh /tmp/stormling")
		alice.nothingLeft("systemctl --user")
	})
}

func TestAdoptionIsRefusedBeforeAnythingChanges(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, alice := g.login(t, "root"), g.login(t, "alice")
		alice.ok(`sleep 630 >/dev/null 2>&1 & echo $! >/tmp/plain
			gorun -b --unit=run --log-to=null sleep 631 >/dev/null
			cat >/tmp/zombie.py <<'END'
import os, threading, time
pid = os.fork()
if pid == 0: os._exit(0)
os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
print(pid, max(int(t) for t in os.listdir("/proc/self/task")), flush=True)
time.sleep(600)
END
			python3 /tmp/zombie.py >/tmp/zombie 2>/dev/null & until [ -s /tmp/zombie ]; do sleep 0.1; done`)
		plain := alice.ok("cat /tmp/plain")
		place := "tail -n1 /proc/" + plain + "/cgroup"
		before := alice.ok(place)
		for _, c := range []struct {
			what, pid, want string
			status          int
		}{
			{"no process", "echo 4194303", "process 4194303: no such process", 4},
			{"PID 1", "echo 1", "process 1 is a service manager", 1},
			{"the user's manager", "pgrep -u alice -x systemd", " is a service manager", 1},
			{"another user's", "pgrep -u root -x systemd-logind || pgrep -u root -f systemd-logind", " belongs to root\ngorun: hint: 'sudo -u root gorun --adopt ", 1},
			{"a zombie", "cut -d' ' -f1 /tmp/zombie", " has ended: it is a zombie\ngorun: hint: nothing of it is left to move", 1},
			{"a thread", "cut -d' ' -f2 /tmp/zombie", " is a thread of process ", 1},
			{"a run's", "pgrep -fx 'sleep 631'", " is supervised in run.scope\ngorun: hint: ", 1},
		} {
			pid := alice.ok(c.pid + " | head -n1")
			out := alice.run("gorun --adopt " + plain + " " + pid)
			if out.Status != c.status || out.Stdout != "" || !strings.Contains(out.Stderr, c.want) {
				t.Errorf("%s: got %+v", c.what, out)
			}
		}
		if out := alice.run("exec gorun --adopt $$"); out.Status != 1 || !strings.Contains(out.Stderr, " is the process that adopts\n") {
			t.Errorf("itself: got %+v", out)
		}
		if got := alice.ok(place + "; systemctl --user list-units --no-legend --plain 'gorun-*.scope'"); got != before {
			t.Errorf("after the refusals the process is in %s", got)
		}
		// A run's process is taken if that is forced, and the run goes on.
		if got := alice.ok("gorun --adopt --force --unit=forced $(pgrep -fx 'sleep 631'); tail -n1 /proc/$(pgrep -fx 'sleep 631')/cgroup; systemctl --user is-active run.scope"); got != "forced.scope\n0::"+aliceSlice+"/forced.scope\nactive" {
			t.Errorf("forced: printed %q", got)
		}
		alice.ok("pkill -fx 'sleep 63[01]'; pkill -u alice -x python3; rm -f /tmp/zombie /tmp/plain")
		alice.waitFor("inactive\ninactive", "systemctl --user is-active run.scope forced.scope || true")
		alice.nothingLeft("systemctl --user")
		root.nobodyLingers()
	})
}

// A run within what is adopted is protected already, and keeps its scope and its limits. A
// stopped job stays stopped, and jobs keep their process groups and terminals.
func TestAdoptionLeavesJobsAndRunsAlone(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		alice := g.login(t, "alice")
		alice.ok(`rm -f /tmp/jobs; tmux new -d -s main; tmux send-keys -t main "sleep 641 & sleep 642 & until pgrep -fx 'sleep 642'; do :; done; kill -STOP %2; gorun --unit=inner sleep 643 & wait %1" Enter
			until systemctl --user -q is-active inner.scope && pgrep -fx 'sleep 643' >/dev/null; do sleep 0.1; done`)
		const jobs = "ps -o pid=,pgid=,sid=,tty=,stat= -p $(pgrep -d, -fx 'sleep 64[12]') | tr -d '+'"
		before := alice.ok(jobs)
		if !strings.Contains(before, "T") {
			t.Fatalf("no job is stopped: %s", before)
		}
		out := alice.run("gorun --adopt --unit=outer $(tmux display -p '#{pid}')")
		supervisor := alice.ok("systemctl --user status inner.scope >/dev/null; pgrep -u alice -x gorun")
		if out.Status != 0 || out.Stdout != "outer.scope\n" || !strings.Contains(out.Stderr, "gorun: warning: process "+supervisor+" is supervised in inner.scope, and stays there, as do ") {
			t.Errorf("got %+v", out)
		}
		if after := alice.ok(jobs); after != before {
			t.Errorf("the jobs were %q, are %q", before, after)
		}
		if got := alice.ok(outside("outer.scope", "pgrep -fx 'sleep 64[12]'") + "; tail -n1 /proc/$(pgrep -fx 'sleep 643')/cgroup"); got != "0::"+aliceSlice+"/inner.scope" {
			t.Errorf("after the adoption: %s", got)
		}
		alice.ok("pkill -fx 'sleep 643'; tmux kill-server")
		alice.waitFor("inactive\ninactive", "systemctl --user is-active inner.scope outer.scope || true")
		alice.nothingLeft("systemctl --user")
	})
}

// Users adopt with the options of a scope, and get what these say.
func TestAdoptedScopeHasTheOptions(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		both(t, g, func(s *session, systemctl, _ string) {
			s.ok("sleep 651 >/dev/null 2>&1 & echo $! >/tmp/adopt-pid")
			got := s.ok("gorun --adopt -u limited --description='my job' --slice=jobs --oom-policy=kill --runtime-max=1h --json $(cat /tmp/adopt-pid) | grep -E '\"(unit|manager|survives_logout)\"'; " +
				systemctl + " show -p Description,Slice,OOMPolicy,RuntimeMaxUSec limited.scope | sort")
			if !strings.Contains(got, `"unit": "limited.scope"`) || !strings.Contains(got, `"survives_logout": true`) ||
				!strings.HasSuffix(got, "Description=my job\nOOMPolicy=kill\nRuntimeMaxUSec=1h\nSlice=jobs.slice") {
				t.Errorf("got %s", got)
			}
			begun := time.Now()
			s.ok("gorun --adopt --force -u short --runtime-max=1 $(cat /tmp/adopt-pid) >/dev/null")
			s.waitFor("", "ps -o pid= -p $(cat /tmp/adopt-pid) || true")
			if took := time.Since(begun); took < time.Second {
				t.Errorf("it ended after %v", took)
			}
			s.ok("rm /tmp/adopt-pid")
			s.nothingLeft(systemctl)
		})
	})
}

// reusesPIDs lets root say which PID the next process gets.
func (s *session) reusesPIDs() (undo func()) {
	s.ok("mount -o remount,rw,bind /proc/sys")
	return func() { s.ok("mount -o remount,ro,bind /proc/sys") }
}

// reuse ends a process, and starts one of alice's that has its PID. No other process gets it
// meanwhile: the next one gets a PID that is far away.
func (s *session) reuse(pid string) {
	s.t.Helper()
	s.ok("echo $((" + pid + "+5000)) >/proc/sys/kernel/ns_last_pid; kill " + pid + "; while [ -e /proc/" + pid + " ]; do sleep 0.05; done; until [ \"$p\" = " + pid + " ]; do [ -z \"$p\" ] || kill $p; echo $((" + pid + "-1)) >/proc/sys/kernel/ns_last_pid; " +
		"setpriv --reuid=alice --regid=alice --clear-groups sleep 669 >/dev/null 2>&1 & p=$!; done")
}

// The user's manager is stopped until some of the processes have ended, and others have got
// their PIDs.
func TestAdoptionGoesOnWithoutProcessesThatEnd(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, alice := g.login(t, "root"), g.login(t, "alice")
		defer root.reusesPIDs()()
		manager := alice.ok("pgrep -u alice -xo systemd")
		for _, ended := range [][]int{{0}, {1}, {0, 2}, {0, 1, 2}} {
			pids := strings.Fields(alice.ok("for i in 1 2 3; do sleep 66$i >/dev/null 2>&1 & echo $!; done"))
			alice.ok("kill -STOP " + manager + "; (gorun --adopt --collect=false --unit=rest " + strings.Join(pids, " ") + " >/tmp/adopt-out 2>/tmp/adopt-err; echo $? >/tmp/adopt-status) </dev/null >/dev/null 2>&1 &" +
				` until ls -l /proc/$(pgrep -x gorun)/fd 2>/dev/null | grep -q pidfd; do sleep 0.05; done`)
			var gone, live []string
			for i, pid := range pids {
				if !slices.Contains(ended, i) {
					live = append(live, pid)
					continue
				}
				gone = append(gone, pid)
				root.reuse(pid)
			}
			alice.ok("kill -CONT " + manager)
			want, status, left := "rest.scope", "0", "active"
			if len(live) == 0 {
				want, status, left = "", "4", "inactive"
			}
			if got := alice.ok("until [ -s /tmp/adopt-status ]; do sleep 0.05; done; cat /tmp/adopt-status /tmp/adopt-out"); got != strings.TrimSpace(status+"\n"+want) {
				t.Errorf("%v: got %q, %s", ended, got, alice.ok("cat /tmp/adopt-err"))
			}
			if got := alice.ok("systemctl --user is-active rest.scope || true"); got != left {
				t.Errorf("%v: the scope is %s, want %s", ended, got, left)
			}
			said := alice.ok("cat /tmp/adopt-err")
			for _, pid := range gone {
				if len(live) > 0 && !strings.Contains(said+"\n", "gorun: warning: process "+pid+" has ended meanwhile\n") {
					t.Errorf("%v: said %q", ended, said)
				}
			}
			if len(live) == 0 && said != "gorun: error: all processes have ended meanwhile" {
				t.Errorf("all have ended: said %q", said)
			}
			if got := alice.ok(outside("rest.scope", "echo "+strings.Join(live, " "))); got != "" {
				t.Errorf("%v: outside of the scope: %s", ended, got)
			}
			if got := alice.ok("for p in " + strings.Join(gone, " ") + "; do grep -l /rest.scope /proc/$p/cgroup || true; done"); got != "" {
				t.Errorf("%v: other processes are in the scope: %s", ended, got)
			}
			alice.ok("kill " + strings.Join(pids, " ") + "; rm /tmp/adopt-*") // the other processes, too
			alice.waitFor("inactive", "systemctl --user is-active rest.scope || true")
		}
		alice.nothingLeft("systemctl --user")
		root.nobodyLingers()
	})
}

// The user's manager has the system's manager move what is in a session, and names it by its PID.
// Here the system's bus is stopped until the process has ended, and another one has its PID.
func TestProcessThatIsAdoptedByMistakeIsPutBack(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, alice := g.login(t, "root"), g.login(t, "alice")
		defer root.reusesPIDs()()
		alice.ok("mkfifo /tmp/adopt-fork; gorun -b --unit=cradle --log-to=null sh -c 'while read x; do sleep 668 & done <>/tmp/adopt-fork' >/dev/null")
		pid := alice.ok("sleep 667 >/dev/null 2>&1 & echo $!")
		alice.ok("(strace -f -o /tmp/adopt-strace -e trace=pidfd_open -e inject=pidfd_open:signal=STOP:when=1 gorun --adopt --linger=no --unit=trap " + pid +
			" >/tmp/adopt-out 2>/tmp/adopt-err; echo $? >/tmp/adopt-status) </dev/null >/dev/null 2>&1 &" +
			" until grep -qs 'stopped by SIGSTOP' /tmp/adopt-strace; do sleep 0.05; done")
		root.ok("kill -STOP $(pgrep -x dbus-daemon -u messagebus); kill -CONT $(pgrep -x gorun -n -u alice)" +
			"; until [ -d /sys/fs/cgroup" + aliceSlice + "/trap.scope ] && grep -v epoll /proc/$(pgrep -u alice -xo systemd)/wchan | grep -q poll; do sleep 0.05; done" +
			"; kill " + pid + "; while [ -e /proc/" + pid + " ]; do sleep 0.05; done" +
			"; exec 3>/tmp/adopt-fork; until [ \"$(pgrep -fx 'sleep 668')\" = " + pid + " ]; do pkill -fx 'sleep 668'; echo $((" + pid + "-1)) >/proc/sys/kernel/ns_last_pid; echo >&3; until pgrep -fx 'sleep 668'; do :; done; done" +
			"; kill -CONT $(pgrep -x dbus-daemon -u messagebus)")
		got := alice.ok("until [ -s /tmp/adopt-status ]; do sleep 0.05; done; cat /tmp/adopt-status /tmp/adopt-out /tmp/adopt-err; tail -n1 /proc/" + pid + "/cgroup")
		if want := "4\ngorun: error: process " + pid + " has ended meanwhile\n0::" + aliceSlice + "/cradle.scope"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		alice.ok("pkill -fx 'sleep 668'; systemctl --user stop cradle.scope; rm /tmp/adopt-*")
		alice.waitFor("inactive\ninactive", "systemctl --user is-active trap.scope cradle.scope || true")
		alice.nothingLeft("systemctl --user")
		root.nobodyLingers()
	})
}

// Somebody has given the process a scope of its own, with limits.
func TestAdoptionLeavesDescendantsInOtherUnits(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		both(t, g, func(s *session, systemctl, slice string) {
			user := strings.TrimPrefix(systemctl, "systemctl")
			s.ok("sh -c 'systemd-run -q" + user + " --scope --unit=limited -p TasksMax=50 sleep 672 & sleep 671; :' >/dev/null 2>&1 & until pgrep -fx '.*bin/sleep 672' && pgrep -fx 'sleep 671' && " + systemctl + " -q is-active limited.scope; do sleep 0.05; done")
			parent, child := s.ok("pgrep -f '^sh -c systemd-run'"), s.ok("pgrep -fx '.*bin/sleep 672'")
			out := s.run("gorun --adopt --unit=outer " + parent)
			if out.Status != 0 || out.Stdout != "outer.scope\n" ||
				!strings.Contains(out.Stderr, "gorun: warning: process "+child+" is in limited.scope, a unit of its own, and stays there\ngorun: hint: --force takes the process out of limited.scope, and out of the limits that it has there\n") {
				t.Errorf("%s: got %+v", systemctl, out)
			}
			const where = "for p in $(pgrep -fx '(.*bin/)?sleep 67[12]'); do sed 's,.*/,,' /proc/$p/cgroup; done | sort"
			if got := s.ok(where); got != "limited.scope\nouter.scope" {
				t.Errorf("%s: the processes are in %q", systemctl, got)
			}
			if got := s.ok("gorun --adopt --force --json --unit=all " + parent + " | grep -A1 -e '\"left\"' -e '\"unit\"'; " + where); !strings.Contains(got, `"left": []`) || !strings.HasSuffix(got, "\nall.scope\nall.scope") {
				t.Errorf("%s: forced: %q", systemctl, got)
			}
			s.ok("pkill -fx '(.*bin/)?sleep 67[12]'")
			s.waitFor("inactive\ninactive\ninactive", systemctl+" is-active limited.scope outer.scope all.scope || true")
			s.nothingLeft(systemctl)
		})
	})
}

// The manager gets the process by a descriptor, where it takes one, over a message bus, too.
func TestAdoptionOverTheMessageBus(t *testing.T) {
	const rule = `polkit.addRule(function(action, subject) { if (action.id == "org.freedesktop.systemd1.manage-units" && subject.user == "alice") return polkit.Result.YES; });`
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s, root := g.login(t, "alice"), g.login(t, "root")
		defer root.polkitRule(rule)()
		pid := s.ok("sleep 681 >/dev/null 2>&1 & echo $!")
		if got := s.ok("gorun --system --adopt --unit=bus " + pid + "; tail -n1 /proc/" + pid + "/cgroup; kill " + pid); got != "bus.scope\n0::/system.slice/bus.scope" {
			t.Errorf("printed %q", got)
		}
		root.waitFor("inactive", "systemctl is-active bus.scope || true")
		root.nothingLeft("systemctl")
	})
}

// The system's manager moves the processes of a session.
func TestAdoptionWaitsForASystemManagerThatReexecutes(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, s := g.login(t, "root"), g.login(t, "alice")
		enough := root.reexecutes()
		got := s.ok(`for i in $(seq 10); do
				sh -c 'for i in $(seq 30); do sleep 634 & done; wait' >/dev/null 2>&1 & pid=$!
				until [ $(pgrep -P $pid | wc -l) = 30 ]; do sleep 0.05; done
				gorun --adopt --unit=many $pid >/dev/null
				wc -l </sys/fs/cgroup$(sed -n 's/^0:://p' /proc/$pid/cgroup)/cgroup.procs
				gorun --stop many >/dev/null
			done | sort | uniq -c`)
		if strings.Join(strings.Fields(got), " ") != "10 31" {
			t.Errorf("runs, and processes in their scopes: %q", got)
		}
		enough()
		s.nothingLeft("systemctl --user")
	})
}
