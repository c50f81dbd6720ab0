package quoting

import (
	"os/exec"
	"testing"
)

func TestShellReadsOneWord(t *testing.T) {
	for text, want := range map[string]string{
		"bob":                   "bob",
		`DOM\bob smith`:         `DOM\\bob\ smith`,
		"#1001":                 `\#1001`,
		"session-c1.scope":      "session-c1.scope",
		`a\x2db@1:2_.scope`:     `a\\x2db@1:2_.scope`,
		"$(reboot)`;'\"&|<>*?~": "\\$\\(reboot\\)\\`\\;\\'\\\"\\&\\|\\<\\>\\*\\?\\~",
		"jörg":                  "jörg",
		"":                      "''",
	} {
		got := Word(text)
		if got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
		out, err := exec.Command("sh", "-c", "printf '%s|' "+got).Output()
		if err != nil || string(out) != text+"|" {
			t.Errorf("%q: a shell reads %q, %v", text, out, err)
		}
	}
}
