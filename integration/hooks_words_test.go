package integration

import "testing"

// systemd-run splits the same lines in the same way, and refuses the same.
func TestHookLinesAreSplitAsSystemdDoes(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		alice := g.login(t, "alice")
		alice.ok(`printf '#!/bin/sh\nprintf "<%%s>" "$@" >/tmp/args.got\n' >/tmp/args; chmod 755 /tmp/args`)
		for _, words := range []string{`a b`, `a\x2db "\t\u00e9" '\055\s'`, `";" a\\b \"`, `'a "b" c'"d"`, `a\ b`, `\x4`, `\x00`, `\q`, `a"`, `'a\`, `\`} {
			const got = `; for i in $(seq 50); do [ ! -e /tmp/args.got ] || break; sleep 0.1; done; cat /tmp/args.got; rm -f /tmp/args.got`
			gorun := alice.run("gorun --exec-stop-post=" + quote("/tmp/args "+words) + " true && { true" + got + "; }")
			systemds := alice.run("systemd-run -q --user -p ExecStopPost=" + quote("/tmp/args "+words) + " true && { true" + got + "; }")
			if gorun.Stdout != systemds.Stdout || (gorun.Status == 0) != (systemds.Status == 0) || gorun.Status != 0 && gorun.Status != 125 {
				t.Errorf("%s: gorun %+v, systemd-run %+v", words, gorun, systemds)
			}
		}
		alice.ok("rm /tmp/args")
		alice.nothingLeft("systemctl --user")
	})
}
