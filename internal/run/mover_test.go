package run

import (
	"testing"

	"gorun/internal/process"
)

func TestWhoMovesItsChildren(t *testing.T) {
	const (
		libc    = "7f00-7f10 r-xp 0 fe:00 1 /usr/lib/x86_64-linux-gnu/libc.so.6\n"
		systemd = libc + "7f10-7f20 r-xp 0 fe:00 2 /usr/lib/x86_64-linux-gnu/libsystemd.so.0.40.0\n"
		vte     = systemd + "7f20-7f30 r-xp 0 fe:00 3 /usr/lib/x86_64-linux-gnu/libvte-2.91.so.0.7800.2\n"
	)
	for _, c := range []struct {
		name, libraries, program, version string
		want                              bool
	}{
		{"tmux: server", systemd, "tmux", "3.5a", true},
		{"tmux: server", systemd, "tmux", "3.4", true},
		{"tmux: server", systemd, "tmux", "next-3.6", true},
		{"tmux: server", systemd, "tmux", "master", true},
		{"tmux: server", systemd, "tmux", "4.0", true},
		{"tmux: server", systemd, "tmux", "3.3a", false},
		{"tmux: server", systemd, "", "", true},
		{"tmux: server", libc, "tmux", "3.5a", false}, // built without systemd
		{"gnome-terminal-", vte, "", "", true},
		{"sshd-session", systemd, "", "", false},
		{"bash", libc, "tmux", "3.5a", false},
		{"bash", "", "", "", false},
	} {
		getenv := func(name string) string {
			return map[string]string{"TERM_PROGRAM": c.program, "TERM_PROGRAM_VERSION": c.version}[name]
		}
		if got := movesChildren(c.name, process.Libraries(c.libraries), getenv); got != c.want {
			t.Errorf("%s %s: got %v", c.name, c.version, got)
		}
	}
}
