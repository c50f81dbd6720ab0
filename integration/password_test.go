package integration

import (
	"strings"
	"testing"
)

// polkit asks an ordinary user on the terminal, as for systemd-run.
func TestPasswordIsAskedForOnTheTerminal(t *testing.T) {
	// typed answers the prompt. script(1) provides the terminal, and writes its output
	// to the file. When the agent has turned echo off, after the prompt, it drops what
	// was typed before.
	typed := func(options, password string) string {
		return `rm -f /tmp/shown; touch /tmp/shown
			{ until grep -qs Password /tmp/shown && stty -a -F /dev/$(ps -o tty= -C gorun | tail -n1) 2>/dev/null | grep -qw -e -echo; do sleep 0.05; done; echo ` + password + `; } |
			timeout 240 script -qefc 'gorun --system ` + options + ` tail -n1 /proc/self/cgroup' /tmp/shown >/dev/null; echo $?; cat /tmp/shown`
	}
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		root.ok("echo alice:secret | chpasswd; usermod -aG sudo alice") // which makes her an administrator for polkit
		defer root.ok("gpasswd -d alice sudo >/dev/null; usermod -p '*' alice")
		alice := g.login(t, "alice")
		for _, options := range []string{"", "--exec"} {
			if out := alice.ok(typed(options, "secret")); !strings.HasPrefix(out, "0\n") || !strings.Contains(out, "/system.slice/gorun-tail-") {
				t.Errorf("%s: %s", options, out)
			}
		}
		if out := alice.ok(typed("", "wrong")); !strings.HasPrefix(out, "125\n") || strings.Contains(out, "/system.slice/") {
			t.Errorf("with a wrong password: %s", out)
		}
		out := alice.ok(`script -qefc 'gorun --system --no-ask-password true' /tmp/shown </dev/null >/dev/null; echo $?; cat /tmp/shown`)
		if !strings.HasPrefix(out, "125\n") || strings.Contains(out, "Password") {
			t.Errorf("with --no-ask-password: %s", out)
		}
		root.nothingLeft("systemctl")
	})
}
