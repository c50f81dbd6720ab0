package integration

import (
	"strings"
	"testing"
)

// With KillUserProcesses=no a session that has processes left is closing until they end.
// What they kill has to end all the same: a logout is an event, and is over.
func TestSignalFromTheParentEndsTheCommandAfterTheLogin(t *testing.T) {
	long(t)
	// OUT NAME SIGNAL...: each run is killed by its parent.
	const script = `#!/bin/sh
name=$1; shift
begin() { # a run
	rm -f /tmp/up-$name
	gorun sh -c "echo >/tmp/up-$name; exec /tmp/train 600" &
	run=$!
	until [ -e /tmp/up-$name ]; do sleep 0.05; done
}
kill_it() { kill -$1 $run; wait $run; echo $2 $1 $?; }
begin; old=$run
echo >/tmp/waits-$name
until [ -e /tmp/logged-out ]; do sleep 0.05; done
run=$old; for sig; do kill_it $sig before; break; done
for sig; do begin; kill_it $sig after; done
timeout --foreground 2 gorun /tmp/train 600; echo timeout $?
python3 -c '
import os, subprocess, sys, time
os.unlink(sys.argv[1])
p = subprocess.Popen(["gorun", "sh", "-c", "echo >" + sys.argv[1] + "; exec /tmp/train 600"])
while not os.path.exists(sys.argv[1]): time.sleep(0.05)
p.terminate()
print("terminate", p.wait())' /tmp/up-$name
echo end`
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		defer root.logindSettings("KillUserProcesses=no")()
		root.ok("rm -f /tmp/logged-out /tmp/waits-*; cp /usr/bin/sleep /tmp/train; cat >/tmp/parent.sh <<'EOF'\n" + script + "\nEOF\nchmod 755 /tmp/parent.sh")
		gone := g.login(t, "alice")
		id := gone.ok("echo $XDG_SESSION_ID")
		gone.ok(`setsid nohup /tmp/parent.sh nohup TERM >/tmp/out-nohup 2>/dev/null </dev/null &
			setsid /tmp/parent.sh setsid TERM HUP >/tmp/out-setsid 2>/dev/null </dev/null &
			screen -dmS gone sh -c '/tmp/parent.sh screen TERM HUP >/tmp/out-screen 2>/dev/null'
			for name in nohup setsid screen; do until [ -e /tmp/waits-$name ]; do sleep 0.05; done; done`)
		gone.Close()
		root.waitFor("closing", "loginctl show-session --value -p State "+id)
		root.ok("echo >/tmp/logged-out")
		for name, sigs := range map[string]string{"nohup": "after TERM 143\n", "setsid": "after TERM 143\nafter HUP 129\n", "screen": "after TERM 143\nafter HUP 129\n"} {
			root.waitFor("end", "tail -n1 /tmp/out-"+name)
			if got, want := root.ok("cat /tmp/out-"+name), "before TERM 143\n"+sigs+"timeout 124\nterminate -15\nend"; got != want {
				t.Errorf("%s: got %q, want %q", name, got, want)
			}
		}
		if left := root.ok("pgrep -c -x train; true"); left != "0" {
			t.Errorf("%s commands keep running", left)
		}
		root.ok("pkill -x train; rm -f /tmp/train /tmp/parent.sh /tmp/logged-out /tmp/waits-* /tmp/up-* /tmp/out-*")
		root.nobodyLingers()
	})
}

// sudo gets a logout's signals and passes them on. COMMAND belongs to another user.
func TestLogoutOfWhoeverStartedSudoLeavesTheCommandRunning(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		root.ok("cp /usr/bin/sleep /tmp/train")
		for _, kill := range []string{"yes", "no"} {
			undo := root.logindSettings("KillUserProcesses=" + kill)
			alice := g.login(t, "alice")
			session := "session-" + alice.ok("echo $XDG_SESSION_ID")
			if _, err := alice.Start("sudo -u bob gorun --unit=others sh -c 'echo >/tmp/up-others; exec /tmp/train 600' >/dev/null 2>&1 </dev/null"); err != nil {
				t.Fatal(err)
			}
			root.waitFor("up", "test -e /tmp/up-others && echo up || true")
			alice.Close()
			if kill == "yes" {
				root.waitFor("", "ls -d /sys/fs/cgroup/user.slice/user-1000.slice/"+session+".scope 2>/dev/null || true")
				root.waitFor("0", "pgrep -c -x -u bob gorun; true")
			} else {
				root.waitFor("closing", "loginctl show-session --value -p State "+strings.TrimPrefix(session, "session-"))
			}
			if got := root.ok("pgrep -c -x -u bob train; true"); got != "1" {
				t.Errorf("KillUserProcesses=%s: %s commands run after the logout", kill, got)
			}
			root.ok("pkill -x train; rm -f /tmp/up-others; true")
			root.nobodyLingers()
			undo()
		}
		root.ok("rm /tmp/train")
	})
}
