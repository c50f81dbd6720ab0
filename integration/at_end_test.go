package integration

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
)

// leaving is a run whose COMMAND exits with 7 and leaves processes behind.
type leaving struct {
	name    string
	options string
	command string // a script for sh
	stdout  string
	stderr  string // a pattern
	least   time.Duration
	stopped bool // the run ends long before the leftover processes would
}

// forker leaves a process that forks and ends repeatedly for some seconds, and ignores
// TERM and HUP.
func forker(seconds int) string {
	return fmt.Sprintf(`perl -e '$SIG{TERM} = $SIG{HUP} = "IGNORE"; $end = time + %d; open F, ">/tmp/up"; exit if fork; while (time < $end) { exit if fork }' & until [ -e /tmp/up ]; do :; done; exit 7`, seconds)
}

// respawner leaves a process that starts another process when it gets TERM. The new
// process reacts to TERM from its start. TERM is blocked outside sigsuspend: perl would
// handle one that comes just before a sleep only after it.
const respawner = `perl -MPOSIX -e '$term = POSIX::SigSet->new(15); sigprocmask(SIG_BLOCK, $term); $SIG{TERM} = sub {
		exit if fork;
		$SIG{TERM} = "DEFAULT"; sigprocmask(SIG_UNBLOCK, $term); sleep 600 };
	open F, ">/tmp/up"; sigsuspend(POSIX::SigSet->new)' & until [ -e /tmp/up ]; do :; done; exit 7`

var leavings = []leaving{
	{name: "nothing", options: "--at-end=stop", command: "exit 7"},
	{name: "is waited for", options: "--at-end=wait",
		command: "(sleep 1; echo late; (sleep 1; echo later) & ) & exit 7", stdout: "late\nlater\n", least: 2 * time.Second},
	{name: "is waited for in another session", options: "--at-end=wait",
		command: "setsid sh -c 'sleep 1; echo late' & exit 7", stdout: "late\n", least: time.Second},
	{name: "is waited for in a subgroup", options: "--at-end=wait -p Delegate=yes", least: time.Second, stdout: "late\n",
		command: `d=/sys/fs/cgroup$(sed -n s/^0:://p /proc/self/cgroup)/below; mkdir $d; (echo 0 >$d/cgroup.procs; sleep 1; echo late) & exit 7`},
	{name: "forks faster than the cgroup is read, and is waited for", options: "--at-end=wait", command: forker(3), least: 2 * time.Second},
	{name: "is stopped", options: "--at-end=stop", command: "sleep 600 & setsid sleep 600 & exit 7", stopped: true},
	{name: "is stopped after SIGSTOP", options: "--at-end=stop", stopped: true, stdout: "told\n",
		command: up(`trap "echo told; exit" TERM`, "kill -STOP $$") + `until grep -qs "State:.T" /proc/$!/status; do :; done; exit 7`},
	{name: "starts more when it is stopped", options: "--at-end=stop", stopped: true,
		command: respawner},
	{name: "ignores the signal", options: "--at-end=stop --stop-timeout=1s", least: time.Second, stopped: true,
		command: up(`trap "" TERM`, "sleep 600") + "exit 7", stderr: `leftover processes did not end .* were killed`},
	{name: "forks faster than the cgroup is read, and is killed", options: "--at-end=stop --stop-timeout=1s", least: time.Second, stopped: true,
		command: forker(120), stderr: `were killed`},
	{name: "reacts to another signal", options: "--at-end=stop --stop-signal=USR1", stopped: true, stdout: "told\n",
		command: up(`trap "echo told; exit" USR1; trap "" TERM`, "while :; do sleep 0.1; done") + "exit 7"},
	{name: "is another user's, and waited for", options: "--at-end=wait", command: "/usr/local/bin/become --ruid=0 sleep 1 & exit 7", least: time.Second},
	{name: "is another user's, and cannot be stopped", options: "--at-end=stop", command: `sleep 600 & /usr/local/bin/become --ruid=0 sleep 600 >/dev/null 2>&1 & until grep -qs "^Uid:.0.0" /proc/$!/status; do :; done; exit 7`,
		stopped: true, stderr: `leftover processes that cannot be stopped: [0-9]+\n`},
}

// soon is less than leftover processes live, and less than the stop timeout.
const soon = time.Minute

// up is a command for sh that leaves another sh, and waits until the other is prepared.
func up(prepare, then string) string {
	return "sh -c '" + prepare + "; touch /tmp/up; " + then + "' 2>/dev/null & until [ -e /tmp/up ]; do :; done; "
}

func TestLeftoversAreWaitedForOrStopped(t *testing.T) {
	essential(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s, root := g.login(t, "alice"), g.login(t, "root")
		root.ok("install -m 4755 $(which setpriv) /usr/local/bin/become")
		for _, c := range leavings {
			t.Run(c.name, func(t *testing.T) {
				begun := time.Now()
				out := s.run("rm -f /tmp/up; gorun " + c.options + " sh -c " + quote(c.command))
				took := time.Since(begun)
				if out.Status != 7 || out.Stdout != c.stdout {
					t.Errorf("status %d, printed %q; want 7 and %q", out.Status, out.Stdout, c.stdout)
				}
				if c.stderr == "" && out.Stderr != "" || !regexp.MustCompile(c.stderr).MatchString(out.Stderr) {
					t.Errorf("printed %q, want %q", out.Stderr, c.stderr)
				}
				if took < c.least || c.stopped && took > soon {
					t.Errorf("the run took %v, want %v or more, and less than %v if it stops them", took, c.least, soon)
				}
				if c.stopped {
					// A process leaves its cgroup shortly before it is a zombie.
					s.waitFor("", "ps -u alice -o stat=,pid=,comm= | grep -E '^[^Z].*(sleep|perl)' || true")
					root.ok("pkill -x -u root sleep; true") // what cannot be stopped
				}
			})
		}
		s.nothingLeft("systemctl --user")
	})
}

func TestSignalToGorunEndsTheWaitForLeftovers(t *testing.T) {
	long(t)
	// told waits until gorun has begun to stop. The manager begins 3 s later, so that gorun
	// is the first to kill, and stops waiting well before that.
	const told = "until [ -e /tmp/told ]; do sleep 0.05; done; "
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		for _, c := range []struct{ name, options, send, want string }{
			{"wait, TERM", "--at-end=wait", "kill $gorun", "143 active"},
			{"wait, INT", "--at-end=wait", "kill -INT $gorun", "130 active"},
			{"wait, WINCH and TSTP, which nobody would continue", "--at-end=wait", "kill -WINCH $gorun; kill -TSTP $gorun; kill -USR1 $left", "7 inactive"},
			{"wait, the manager", "--at-end=wait", "systemctl --user stop rest.scope", "7 inactive stopped on request"},
			{"wait, the manager's own signal", "--at-end=wait", "systemctl --user kill -s USR1 rest.scope", "7 inactive"},
			{"stop, the manager", "--at-end=stop -p KillSignal=WINCH -p TimeoutStopSec=10s", told + "sleep 3; systemctl --user stop rest.scope", "7 inactive stopped on request were killed"},
			{"stop, TERM", "--at-end=stop --stop-signal=WINCH", told + "kill $gorun", "7 inactive were killed"},
		} {
			out := s.run(`rm -f /tmp/left /tmp/command /tmp/told; setsid env --default-signal gorun --unit=rest ` + c.options + ` sh -c '
					sh -c "trap \"exit 0\" USR1; trap \": >/tmp/told\" WINCH; echo \$\$ >/tmp/left; while :; do sleep 0.05; done" & until [ -s /tmp/left ]; do :; done; echo $$ >/tmp/command; exit 7' >/tmp/out 2>&1 & gorun=$!
				until [ -s /tmp/left ] && [ -s /tmp/command ] && ! kill -0 $(cat /tmp/command) 2>/dev/null; do sleep 0.05; done; left=$(cat /tmp/left)
				` + c.send + `; wait $gorun; status=$?
				# The manager learns of an empty scope some time after gorun.
				until kill -0 $left 2>/dev/null || ! systemctl --user -q is-active rest.scope; do sleep 0.05; done
				echo "$status $(systemctl --user is-active rest.scope) $(grep -o 'stopped on request\|were killed' /tmp/out | paste -sd" ")"
				systemctl --user stop rest.scope 2>/dev/null`)
			if got := strings.TrimSpace(out.Stdout); got != c.want {
				t.Errorf("%s: got %q, want %q (%s)", c.name, got, c.want, out.Stderr)
			}
		}
		s.nothingLeft("systemctl --user")
	})
}
