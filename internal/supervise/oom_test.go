package supervise

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// The command forks at once: its child has the score as well.
func TestOnlyTheCommandHasTheOOMScore(t *testing.T) {
	cmd := exec.Command(buildSupervisor(t), "sh", "-c", "cat /proc/self/oom_score_adj; cat /proc/$PPID/oom_score_adj")
	cmd.Env = append(os.Environ(), "SUPERVISE_OOM_SCORE=777")
	own, err := ownOOMScore()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.Output()
	scores := strings.Fields(string(out))
	if err != nil || len(scores) != 2 || scores[0] != "777" || scores[1] == "777" {
		t.Errorf("command and supervisor have %q, %v; want 777 and the supervisor's own, which was %d", scores, err, own)
	}
}

func TestLowestScoreThatMayBeSetIsSet(t *testing.T) {
	for _, c := range []struct{ own, allowed, want int }{
		{0, -999, -999}, {0, 0, 0}, {200, 100, 100}, {200, 0, 0}, {1000, 999, 999}, {5, 5, 5}, {-999, -999, -999}, {-1000, -1000, -1000},
	} {
		score := c.own
		got := lowest(lastChoice, c.own, func(n int) bool {
			if n < c.allowed {
				return false
			}
			score = n
			return true
		})
		if got != c.want || score != c.want {
			t.Errorf("from %d, with %d allowed: returned %d and set %d, want %d", c.own, c.allowed, got, score, c.want)
		}
	}
}
