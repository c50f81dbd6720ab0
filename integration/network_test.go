package integration

import (
	"strings"
	"testing"
)

// bind is a command that binds a port, and prints an error if it cannot.
const bind = `python3 -c 'import socket; socket.socket().bind(("127.0.0.1", 4711)); print("bound")'`

// Debian's 252 and 254 are built without some of these restrictions, and only log that.
func TestNetworkIsRestrictedOrTheCommandDoesNotRun(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		root.ok(bind)
		complete := strings.Contains(root.ok("systemctl --version"), "+BPF_FRAMEWORK")
		connect := `python3 -c 'import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 4711)); print("sent")'`
		for property, command := range map[string]string{
			"SocketBindDeny=any":            bind,
			"IPAddressDeny=any":             connect,
			"RestrictNetworkInterfaces=lo0": connect,
			"DevicePolicy=strict":           "sh -c 'head -c1 /dev/full && echo read'",
		} {
			out := root.run("gorun -p " + property + " " + command)
			holds := out.Status != 0 && out.Status != 125 && out.Stdout == ""
			isError := out.Status == 125 && strings.HasPrefix(out.Stderr, "gorun: error: -p "+property+": not in force: ")
			if !holds && !isError {
				t.Errorf("%s: status %d, printed %q and %q", property, out.Status, out.Stdout, out.Stderr)
			}
			if isError && complete {
				t.Errorf("%s: not in force: %q", property, out.Stderr)
			}
			// Reset to empty: there is no message, and the command runs.
			name, _, _ := strings.Cut(property, "=")
			if name != "DevicePolicy" {
				root.ok("gorun -p " + property + " -p " + name + "= " + command)
			}
		}
		g.login(t, "alice").ok("gorun -p DevicePolicy=auto true")
	})
}
