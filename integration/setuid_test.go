package integration

import (
	"strings"
	"testing"
)

// A gorun that gives its callers rights would start COMMAND, hooks and files of output with them.
func TestSetuidGorunRefusesAllButItsOwnersCalls(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		alice, root := g.login(t, "alice"), g.login(t, "root")
		defer root.ok("rm -rf /usr/local/bin/gorun-* /tmp/setuid-*")
		for name, c := range map[string]struct{ change, want, remedy string }{
			"root":         {"chmod 4755", "is setuid or setgid", "'sudo chmod u-s,g-s "},
			"group":        {"chmod 2755", "is setuid or setgid", "'sudo chmod u-s,g-s "},
			"bob":          {"chown bob:bob $file; chmod 6755", "is setuid or setgid", "'sudo chmod u-s,g-s "},
			"capabilities": {"python3 -c " + quote(giveCapability), "has file capabilities", "'sudo setcap -r "},
		} {
			file := "/usr/local/bin/gorun-" + name
			root.ok("cp /usr/bin/gorun " + file + "; file=" + file + "; " + c.change + " " + file)
			for _, args := range []string{
				"touch /tmp/setuid-ran", "-b touch /tmp/setuid-ran", "--exec touch /tmp/setuid-ran", "--chronic touch /tmp/setuid-ran",
				"--embedded touch /tmp/setuid-ran", "--report-json=/tmp/setuid-report true", "--list", "--doctor", "--stop x", "--version", "", "--nope",
			} {
				out := alice.run("TMPDIR=/tmp " + file + " " + args)
				want := "gorun: error: " + file + " " + c.want + ", and would do for its caller what the caller may not do\ngorun: hint: remove that with " + c.remedy + file + "'"
				if out.Status != 125 || out.Stdout != "" || !strings.HasPrefix(out.Stderr, want) {
					t.Errorf("%s %s: status %d, printed %q and %q", file, args, out.Status, out.Stdout, out.Stderr)
				}
			}
			if got := root.ok("ls /tmp | grep setuid- || true"); got != "" {
				t.Errorf("%s: there is %q", name, got)
			}
			// Root has the rights of all but bob anyway.
			if name != "bob" {
				root.ok(file + " true")
			}
		}
		alice.ok("sudo gorun true; sudo -E gorun true")
		root.nobodyLingers()
		root.nothingLeft("systemctl")
	})
}

// giveCapability gives a file CAP_DAC_OVERRIDE, as setcap(8) does.
const giveCapability = `import os, struct, sys
os.setxattr(sys.argv[1], "security.capability", struct.pack("<IIIII", 0x02000001, 1 << 1, 0, 0, 0))`
