package diagnose

import (
	"strings"
	"testing"
)

func TestTmuxCommandMeansTheServerOfItsSocket(t *testing.T) {
	for line, want := range map[string]string{
		"tmux": "", "tmux new -d": "", "tmux -L a new": "La", "tmux -La new": "La", "tmux -2uS /tmp/s attach": "S/tmp/s",
		"tmux -f conf -L b": "Lb", "tmux new -L c": "", "tmux -c sh -S d": "Sd", "tmux -- -L e": "", "tmux -L": "L",
	} {
		if got := socket(strings.Fields(line)); got != want {
			t.Errorf("%s: got %q, want %q", line, got, want)
		}
	}
}

func TestScreenAttachesWithTheLettersRAndX(t *testing.T) {
	for line, want := range map[string]bool{
		"screen": false, "screen -S work": false, "screen -dmS x": false, "screen -r": true, "screen -dRR work": true, "screen -x work": true, "screen --version": false,
	} {
		if got := attaches(strings.Fields(line)); got != want {
			t.Errorf("%s: got %v, want %v", line, got, want)
		}
	}
}
