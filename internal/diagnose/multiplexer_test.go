package diagnose

import (
	"strings"
	"testing"

	"gorun/internal/process"
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

func TestServerOfAMultiplexerIsKnownByItsName(t *testing.T) {
	for want, p := range map[string]process.Process{
		"tmux":   {Name: "tmux: server", Args: []string{"tmux", "new"}},
		"screen": {Name: "screen", Args: []string{"SCREEN", "-S", "x"}},
		"":       {Name: "screen", Args: []string{"screen", "-r"}},
	} {
		if got := multiplexer(p); got != want {
			t.Errorf("%+v: got %q, want %q", p, got, want)
		}
	}
}
