package main

import (
	"strings"
	"testing"
)

func help(topic string) []string {
	var out strings.Builder
	printHelp(&out, topic)
	return strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
}

// The line below a full screen is the shell's next prompt.
func TestShortHelpFitsAScreen(t *testing.T) {
	lines := help(helpShort)
	if len(lines) > 23 {
		t.Errorf("--help has %d lines, 23 fit: which option do people need less? Leave its Brief out", len(lines))
	}
	for _, line := range lines {
		if len(line) > helpWidth {
			t.Errorf("%d columns, %d fit: %q", len(line), helpWidth, line)
		}
	}
	for _, f := range flags() {
		if brief := f.Info().Brief; len(brief) > helpWidth-shortColumn {
			t.Errorf("--%s: Brief has %d letters, %d fit on its line", f.Info().Name, len(brief), helpWidth-shortColumn)
		}
	}
}

func TestLongHelpFitsTheWidthOfAScreen(t *testing.T) {
	for _, topic := range []string{helpAll, helpProperties} {
		for _, line := range help(topic) {
			if len(line) > helpWidth && strings.Contains(strings.TrimSpace(line), " ") {
				t.Errorf("--help=%s: %d columns: %q", topic, len(line), line)
			}
		}
	}
}

func TestLongHelpHasEachOption(t *testing.T) {
	all := strings.Join(help(helpAll), "\n")
	for _, f := range flags() {
		if f.Info().Category == "" {
			continue
		}
		if names := optionNames(f, len(f.Names())); !strings.Contains(all, "\n  "+names+"\n") && !strings.Contains(all, "\n  "+names+" ") {
			t.Errorf("--help=all has no %s: is the group %q printed?", names, f.Info().Category)
		}
	}
}
