package integration

import (
	"fmt"
	"strings"
	"testing"
)

// like runs a script without gorun, under gorun, and under gorun --exec, and makes sure
// that all print the same. G in the script stands for the prefix.
func (s *session) like(scripts ...string) {
	s.t.Helper()
	for _, script := range scripts {
		bare := s.run(strings.ReplaceAll(script, " G ", " "))
		for _, prefix := range []string{"gorun", "gorun --exec"} {
			got := s.run(strings.ReplaceAll(script, " G ", " "+prefix+" "))
			if got != bare {
				s.t.Errorf("%s with %s: got %+v, without gorun %+v", script, prefix, got, bare)
			}
		}
	}
}

func TestCommandInheritsSignalsDescriptorsAndLimits(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		const signals = `grep -E "^Sig(Blk|Ign)" /proc/self/status`
		g.login(t, "alice").like(
			"exec G "+signals,
			"trap '' USR1 USR2 PIPE QUIT HUP INT TERM TSTP ALRM; exec G "+signals,
			"exec env --block-signal=USR1,TERM,INT,HUP,PIPE,RTMIN G "+signals,
			"exec env --ignore-signal=RTMIN+3,XCPU,WINCH G "+signals,
			"exec G sh -c 'ls /proc/self/fd' <&-",
			"exec G sh -c 'ls -l /proc/self/fd | grep -c /dev/null' 2>&-",
			"exec G ls /proc/self/fd 3</dev/null 7</dev/null",
			"exec perl -e 'alarm 1; exec @ARGV' G sleep 9",
			"exec G sh -c 'ulimit -a; ulimit -Ha; umask; nice; cat /proc/self/oom_score_adj'",
		)
	})
}

// A manager's signal goes to all processes of the scope and must not be forwarded again.
// A signal to gorun alone is forwarded once.
func TestCommandGetsEverySignalOnce(t *testing.T) {
	// The command waits for as many signals as its argument says, and then for more.
	const counts = `exec gorun --unit=counts python3 -uc '
import os, signal, sys, time
got = []
def hear(n, f): # print would write number and line break apart, and another signal may come in between
    got.append(n)
    os.write(1, b"%d\n" % n)
for s in (1, 2, 10, 12, 15): signal.signal(s, hear)
print("ready")
while len(got) < int(sys.argv[1]): time.sleep(0.05)
end = time.monotonic() + 2
while time.monotonic() < end: time.sleep(0.05)' `
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		for send, want := range map[string]string{
			"systemctl --user kill -s USR1 counts.scope":    "10",
			"systemctl --user stop --no-block counts.scope": "15",
			"kill -USR2 $gorun":                             "12",
			"kill -HUP $gorun; kill -TERM $gorun":           "1\n15",
		} {
			out := s.run(`rm -f /tmp/counts; { ` + counts + fmt.Sprint(strings.Count(want, "\n")+1) + `; } >/tmp/counts 2>/dev/null & gorun=$!
				until grep -qs ready /tmp/counts; do sleep 0.05; done; ` + send + `; wait $gorun; grep -v ready /tmp/counts | sort -n`)
			if strings.TrimSpace(out.Stdout) != want {
				t.Errorf("%s: got %q, want %q", send, out.Stdout, want)
			}
		}
		s.nothingLeft("systemctl --user")
	})
}

// A signal may come at any moment of the launch.
func TestEarlySignalsEndTheRunAsTheyWouldTheCommand(t *testing.T) {
	long(t)
	const storm = `
import random, signal, subprocess, sys, time
bad = 0
for i in range(int(sys.argv[1])):
    p = subprocess.Popen(sys.argv[2:], stderr=subprocess.PIPE)
    time.sleep(random.random() * 0.03)
    sig = random.choice([signal.SIGTERM, signal.SIGUSR1, signal.SIGHUP, signal.SIGALRM, 40])
    p.send_signal(sig)
    try: status = p.wait(60)
    except subprocess.TimeoutExpired:
        status = "hang"
        p.kill()
    err = p.stderr.read()
    if status != -sig or err:
        bad += 1
        print(sig, status, err[:200])
print(bad)`
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		s.ok("cat >/tmp/storm.py <<'EOF'\n" + storm + "\nEOF")
		for _, prefix := range []string{"gorun", "gorun --exec"} {
			if got := s.ok("python3 /tmp/storm.py 300 " + prefix + " sleep 30"); got != "0" {
				t.Errorf("%s: %s", prefix, got)
			}
		}
		s.ok("test -z \"$(pgrep -x sleep)\"")
		s.nothingLeft("systemctl --user")
	})
}

// sudo, for example, may forward a logout's signal before logind records that the session
// is closing. systemd knows it by then.
func TestForwardedSignalOfALogoutLeavesTheCommandRunning(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, s := g.login(t, "root"), g.login(t, "alice")
		root.ok("printf 'UID=1000\\nCLASS=user\\nSTATE=active\\n' >/run/systemd/sessions/relaying; rm -f /tmp/relayed*")
		defer root.ok("rm /run/systemd/sessions/relaying")
		root.ok(`systemd-run -q --scope --slice=user-1000.slice --unit=session-relaying --uid=alice sh -c '
				gorun --unit=relayed sh -c "echo >/tmp/relayed; exec sleep 600" & p=$!
				trap "kill -TERM $p" TERM; while kill -0 $p 2>/dev/null; do wait $p; s=$?; done; echo $s >/tmp/relayed.status' >/dev/null 2>&1 </dev/null &
			until [ -e /tmp/relayed ]; do sleep 0.05; done; systemctl stop session-relaying.scope`)
		s.waitFor("143", "cat /tmp/relayed.status 2>/dev/null || true")
		s.ok("systemctl --user -q is-active relayed.scope && pgrep -u alice -x sleep; systemctl --user stop relayed.scope")
		s.nothingLeft("systemctl --user")
	})
}
