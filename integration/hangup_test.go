package integration

import "testing"

// setsid(1) makes a session of its own for a command that is to outlive its terminal. What
// the shell tells its jobs when it ends is not for that command. A signal that the user has
// the shell send is.
func TestCommandOfAnotherSessionHearsNoHangup(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		s.ok(`cat >/tmp/hears <<'EOF'
#!/usr/bin/python3 -ES
import os, signal
out = os.open("/tmp/heard", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
for n in signal.SIGHUP, signal.SIGUSR1:
    signal.signal(n, lambda n, _: os.write(out, b"%d " % n))
os.setsid()
os.write(out, b"ready ")
while True: signal.pause()
EOF
chmod 755 /tmp/hears`)
		for _, c := range []struct{ name, action, want string }{
			{"the terminal is closed", "tmux kill-pane; while kill -0 $shell 2>/dev/null; do sleep 0.02; done", "ready 10"},
			{"the shell is told to hang up", "kill -HUP $shell; while kill -0 $shell 2>/dev/null; do sleep 0.02; done", "ready 10"},
			{"the user sends a hangup", "tmux send-keys C-z 'kill -HUP %1' Enter", "ready 1 10"},
		} {
			got := s.ok(`rm -f /tmp/heard; tmux new -d -s s -x 80 -y 24 'bash --norc'
				shell=$(tmux display -p '#{pane_pid}')
				tmux send-keys 'gorun --unit=hears /tmp/hears &' Enter
				until grep -qs ready /tmp/heard; do sleep 0.05; done
				` + c.action + `
				sleep 2 # longer than gorun waits for the shell's end
				pkill -USR1 -f '^/usr/bin/python3 -ES /tmp/hears'
				until grep -q 10 /tmp/heard; do sleep 0.05; done; cat /tmp/heard
				systemctl --user stop hears.scope; tmux kill-server 2>/dev/null; true`)
			if got != c.want {
				t.Errorf("%s: heard %q, want %q", c.name, got, c.want)
			}
			s.waitFor("inactive", "systemctl --user show --value -p ActiveState hears.scope")
		}
		s.ok("rm -f /tmp/heard /tmp/hears")
		s.nothingLeft("systemctl --user")
	})
}
