package integration

import (
	"strings"
	"testing"
)

func TestOOMScoreIsOfCommandAlone(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		alice := g.login(t, "alice")
		const scores = `sh -c 'cat /proc/self/oom_score_adj; cat /proc/$PPID/oom_score_adj'`
		own, usual, _ := strings.Cut(alice.ok("gorun "+scores), "\n")
		if shells := alice.ok("cat /proc/self/oom_score_adj"); own != shells {
			t.Errorf("without the option COMMAND has %s, and the shell %s", own, shells)
		}
		command, supervisor, _ := strings.Cut(alice.ok("gorun --oom-score-adjust=700 "+scores), "\n")
		if command != "700" || supervisor != usual {
			t.Errorf("COMMAND has %s, gorun %s; without the option gorun has %s", command, supervisor, usual)
		}
		if got := alice.ok("gorun --exec --oom-score-adjust=700 cat /proc/self/oom_score_adj"); got != "700" {
			t.Errorf("with --exec: %s", got)
		}
		if got := alice.ok("gorun --nice=5 --oom-score-adjust=700 sh -c 'nice; cat /proc/self/oom_score_adj'"); got != "5\n700" {
			t.Errorf("with --nice: %q", got)
		}
		out := alice.run("gorun --oom-score-adjust=-900 touch /tmp/ran")
		if out.Status != 125 || !strings.HasPrefix(out.Stderr, "gorun: error: --oom-score-adjust=-900: permission denied\ngorun: hint: ") {
			t.Errorf("a score that needs a privilege: %+v", out)
		}
		alice.ok("test ! -e /tmp/ran")
		alice.nothingLeft("systemctl --user")
	})
}
