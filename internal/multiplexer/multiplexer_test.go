package multiplexer

import (
	"strings"
	"testing"

	"gorun/internal/process"
)

func TestCommandIsAMultiplexerByTheNameOfItsFile(t *testing.T) {
	for line, want := range map[string]string{
		"tmux new -A -s main": "tmux", "/usr/bin/screen -dRR": "screen", "zellij": "zellij", "dtach -A /tmp/s sh": "dtach", "./abduco -A x": "abduco",
		"make -j8": "", "sh -c tmux": "", "tmuxinator": "", "/tmux/run": "", "": "",
	} {
		if got := Of(strings.Fields(line)); got != want {
			t.Errorf("%q: got %q, want %q", line, got, want)
		}
	}
}

func TestServerIsKnownByItsNameOrByHavingNoTerminal(t *testing.T) {
	const terminal = process.Terminal(0x8801) // pts/1
	for _, c := range []struct {
		want string
		p    process.Process
	}{
		{"tmux", process.Process{Name: "tmux: server", Args: []string{"tmux", "new"}}},
		{"", process.Process{Name: "tmux: client", Args: []string{"tmux", "new"}, Terminal: terminal}},
		{"screen", process.Process{Name: "screen", Args: []string{"SCREEN", "-S", "x"}}},
		{"", process.Process{Name: "screen", Args: []string{"screen", "-r"}}},
		{"zellij", process.Process{Name: "zellij", Args: []string{"zellij", "--server", "/run/user/1000/zellij/x"}}},
		{"dtach", process.Process{Name: "dtach", Args: []string{"dtach", "-A", "/tmp/s", "sh"}}},
		{"", process.Process{Name: "dtach", Args: []string{"dtach", "-A", "/tmp/s", "sh"}, Terminal: terminal}},
		{"", process.Process{Name: "sleep"}},
	} {
		if got := Server(c.p); got != c.want {
			t.Errorf("%+v: got %q, want %q", c.p, got, c.want)
		}
	}
}

func TestPaneThatHasNotBegunIsNoServer(t *testing.T) {
	server := func(pid, parent int) process.Process {
		return process.Process{PID: pid, Parent: parent, Name: "tmux: server", Args: []string{"tmux", "new"}}
	}
	got := Servers([]process.Process{server(12, 10), server(10, 1), server(20, 1), {PID: 30, Parent: 10, Name: "bash"}})
	if len(got) != 2 || got[10] != "tmux" || got[20] != "tmux" {
		t.Errorf("got %v", got)
	}
}
