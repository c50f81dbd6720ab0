package integration

import (
	"strings"
	"testing"

	"gorun/docs/schema"
)

// valid runs a command that prints JSON, which must be as the schema in docs/schema says, and
// returns it. The status may be any.
func (s *session) valid(name, command string) string {
	s.t.Helper()
	out := s.run(command)
	if err := schema.Check(name, out.Stdout); err != nil {
		s.t.Errorf("%s: %v, printed %s%s", command, err, out.Stdout, out.Stderr)
	}
	return out.Stdout
}

func TestJSONOfWhatExaminesAndCleansIsAsTheSchemasSay(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		for _, user := range []string{"alice", "root"} {
			s := g.login(t, user)
			s.ok("sleep 600 </dev/null >/dev/null 2>&1 & echo $! >/tmp/adopted-" + user)
			if text := s.valid("adopted", "gorun --adopt --json --unit=adopted --collect=false --runtime-max=1h $(cat /tmp/adopted-"+user+")"); !strings.Contains(text, `"unit": "adopted.scope"`) {
				t.Errorf("%s: %s", user, text)
			}
			for name, command := range map[string]string{"audit": "gorun --audit --json", "doctor": "gorun --doctor --json"} {
				if text := s.valid(name, command); len(text) < 100 {
					t.Errorf("%s: %s printed %s", user, command, text)
				}
			}
			if text := s.valid("actions", "gorun --set-property --json adopted Description=x"); !strings.Contains(text, `"result": "changed"`) {
				t.Errorf("%s: %s", user, text)
			}
			for _, c := range []struct{ command, result string }{{"--freeze", "frozen"}, {"--thaw", "thawed"}, {"--stop", "stopped"}} {
				if text := s.valid("actions", "gorun --json "+c.command+" adopted"); !strings.Contains(text, `"result": "`+c.result+`"`) {
					t.Errorf("%s: %s: %s", user, c.command, text)
				}
			}
			s.run("gorun -q --unit=failed --collect=false --runtime-max=1s sleep 600 2>/dev/null")
			for _, option := range []string{"--dry-run ", ""} {
				if text := s.valid("clean", "gorun --clean --json "+option); !strings.Contains(text, `"name": "failed.scope"`) {
					t.Errorf("%s: clean %sprinted %s", user, option, text)
				}
			}
			s.ok("rm /tmp/adopted-" + user)
		}
	})
}
