package integration

import (
	"strings"
	"testing"
	"time"
)

// A launch that is killed at the right moment leaves an empty scope: the manager moves a
// process that is exiting, and does not notice that nothing was moved. A zombie in its
// place makes that certain.

// emptyScope is a script that makes an empty scope which looks as if gorun had started it.
// The zombie has to be there until the manager has moved it.
func emptyScope(systemctl, unit string) string {
	return `cat >~/empty.py <<'END'
import os, subprocess, sys
pid = os.fork()
if pid == 0: os._exit(0)
os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
unit, manager = sys.argv[1], sys.argv[2:]
subprocess.run(["busctl", "-q", *manager, "call", "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
    "org.freedesktop.systemd1.Manager", "StartTransientUnit", "ssa(sv)a(sa(sv))", unit, "replace",
    "2", "PIDs", "au", "1", str(pid), "Documentation", "as", "1", "man:gorun(1)", "0"], check=True)
while subprocess.run(["systemctl", *manager, "-q", "is-active", unit]).returncode: pass
END
		python3 ~/empty.py ` + unit + `.scope` + strings.TrimPrefix(systemctl, "systemctl")
}

// emptyTimeout is well below the 30 seconds that a launch waits for its manager.
const emptyTimeout = 20 * time.Second

func TestEmptyScopeDoesNotKeepItsName(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		both(t, g, func(s *session, systemctl, _ string) {
			for _, mode := range []string{"", "--if-running=fail", "--if-running=skip", "--if-running=wait", "--if-running=replace", "-b --log-to=null"} {
				s.ok(emptyScope(systemctl, "emptied"))
				begun := time.Now()
				out := s.run("rm -f /tmp/ran-emptied; gorun --unit=emptied " + mode + " touch /tmp/ran-emptied >/dev/null; echo $?")
				if took := time.Since(begun); out.Stdout != "0\n" || out.Stderr != "" || took > emptyTimeout {
					t.Errorf("%s %q: got %+v after %v", systemctl, mode, out, took)
				}
				s.waitFor("", "ls /tmp/ran-emptied >/dev/null && rm /tmp/ran-emptied")
				s.waitFor("inactive", systemctl+" show --value -p ActiveState emptied.scope")
			}
			s.nothingLeft(systemctl)
		})
	})
}

// The manager cannot be made to look at a cgroup that may not be written to.
func TestEmptyScopeThatMayNotBeWrittenToIsStopped(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		s.ok(emptyScope("systemctl --user", "emptied") + "\nchmod a-w /sys/fs/cgroup" + aliceSlice + "/emptied.scope/cgroup.freeze")
		if got := s.ok("gorun --unit=emptied echo ran"); got != "ran" {
			t.Errorf("printed %q", got)
		}
		s.nothingLeft("systemctl --user")
	})
}

// Many runs find the same empty scope at once. None may stop the scope of another.
func TestRunsThatFindAnEmptyScopeLeaveEachOtherAlone(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		both(t, g, func(s *session, systemctl, _ string) {
			for range 5 {
				s.ok(emptyScope(systemctl, "crowded"))
				got := s.ok(`dir=$(mktemp -d); for i in $(seq 20); do
					{ gorun --unit=crowded --if-running=wait sh -c "echo >>$dir/ran; sleep 0.05" 2>>$dir/said; echo $? >>$dir/status; } & done
					wait; wc -l <$dir/ran; sort $dir/status | uniq -c; sort $dir/said | uniq -c`)
				if strings.Join(strings.Fields(got), " ") != "20 20 0" {
					t.Errorf("%s: got %q", systemctl, got)
				}
			}
			s.nothingLeft(systemctl)
		})
	})
}

// Killed in their first 40 ms, one launch in fifty leaves an empty scope.
func TestKilledLaunchesDoNotKeepTheirName(t *testing.T) {
	long(t)
	const storm = `
import random, subprocess, sys, time
slowest = 0
for i in range(500):
    p = subprocess.Popen(["gorun", "--unit=storm", *sys.argv[1:], "true"], stderr=subprocess.DEVNULL)
    time.sleep(random.random() * 0.04)
    p.kill()
    p.wait()
    if i % 20 == 19:
        begun = time.monotonic()
        p = subprocess.run(["gorun", "--unit=storm", *sys.argv[1:], "echo", "ran"], capture_output=True, text=True)
        slowest = max(slowest, time.monotonic() - begun)
        if p.returncode != 0 or p.stdout != "ran\n" or p.stderr: print(i, p)
print(slowest < 20 or slowest)`
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		both(t, g, func(s *session, systemctl, _ string) {
			s.ok("cat >~/storm500.py <<'EOF'\n" + storm + "\nEOF")
			for _, mode := range []string{"wait", "replace"} {
				if got := s.ok("python3 ~/storm500.py --if-running=" + mode); got != "True" {
					t.Errorf("%s %s: %s", systemctl, mode, got)
				}
			}
			s.waitFor("inactive", systemctl+" show --value -p ActiveState storm.scope")
			s.nothingLeft(systemctl)
		})
	})
}

// Whatever is moved into an empty scope, at whatever moment, is left alone.
func TestProcessThatIsMovedIntoAnEmptyScopeIsNotKilled(t *testing.T) {
	long(t)
	const race = `
import os, random, subprocess, sys, time
unit, systemctl, gorun = "joined.scope", sys.argv[1].split(), sys.argv[2].split()
ask = lambda name: subprocess.run([*systemctl, "show", "--value", "-p", name, unit], capture_output=True, text=True).stdout.strip()
joined = killed = 0
for i in range(40):
    subprocess.run([*sys.argv[3].split(), unit, *sys.argv[4:]], check=True)
    procs = os.open("/sys/fs/cgroup" + ask("ControlGroup") + "/cgroup.procs", os.O_WRONLY)
    late = subprocess.Popen(["sleep", "600"])
    launch = subprocess.Popen([*gorun, "--unit=joined", "true"], stderr=subprocess.DEVNULL)
    time.sleep(random.random() * 0.05)
    try: joined += os.write(procs, str(late.pid).encode()) > 0
    except OSError: pass # the scope has ended
    os.close(procs)
    launch.wait()
    killed += late.poll() is not None
    late.kill()
    late.wait()
    while ask("ActiveState") != "inactive":
        subprocess.run([*systemctl, "stop", unit], stderr=subprocess.DEVNULL)
print(killed, joined > 0)`
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, alice := g.login(t, "root"), g.login(t, "alice")
		alice.ok(emptyScope("systemctl --user", "joined") + "; systemctl --user stop joined.scope")
		root.ok("cat >/tmp/race.py <<'EOF'\n" + race + "\nEOF")
		const asAlice = "runuser -u alice -- env -u DBUS_SESSION_BUS_ADDRESS XDG_RUNTIME_DIR=/run/user/1000 "
		for prefix, systemctl := range map[string]string{"": "systemctl", asAlice: "systemctl --user"} {
			got := root.ok("cd /tmp; python3 /tmp/race.py '" + prefix + systemctl + "' '" + prefix + "gorun' '" + prefix + "python3 /home/alice/empty.py'" + strings.TrimPrefix(systemctl, "systemctl"))
			if got != "0 True" {
				t.Errorf("%s: of the processes that were moved, some were killed, or none was moved: %s", systemctl, got)
			}
		}
		root.nothingLeft("systemctl")
		alice.nothingLeft("systemctl --user")
	})
}

func TestDoctorListsEmptyAndFailedScopesOfAnyName(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		both(t, g, func(s *session, systemctl, _ string) {
			s.ok(emptyScope(systemctl, "forgotten"))
			s.run(strings.Replace(systemctl, "systemctl", "systemd-run", 1) + " -q --scope --unit=lively sleep 600 >/dev/null 2>&1 & until " + systemctl + " -q is-active lively.scope; do sleep 0.05; done")
			s.run("gorun --unit=kept --collect=false --stop-timeout=1 --runtime-max=1 sh -c \"trap '' TERM; sleep 100\"")
			s.waitFor("failed", systemctl+" is-active kept.scope || true")
			if got := s.ok("gorun --status forgotten"); !strings.Contains(got, ", without a process") {
				t.Errorf("%s: the status is %q", systemctl, got)
			}
			list := s.doctor("gorun")
			s.diagnosed(list, "runs", "warning", "forgotten.scope is active without a process", "gorun --clean; the next run of that name does so too")
			s.diagnosed(list, "runs", "warning", "kept.scope has failed with result timeout", "gorun --clean")
			for _, f := range list {
				if strings.Contains(f.Message, "lively") {
					t.Errorf("%s: %+v", systemctl, f)
				}
			}
			s.ok(systemctl + " stop forgotten.scope lively.scope; " + systemctl + " reset-failed kept.scope")
			s.diagnosed(s.doctor("gorun"), "runs", "ok", "no failed or empty scope", "")
			s.nothingLeft(systemctl)
		})
	})
}
