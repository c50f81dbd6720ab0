// Package completion has what the shells need to complete gorun's options, and what follows them.
// Its tests type into real shells.
package completion

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
)

// typed is what is typed, and the words that the shell makes of it when it inserts all
// completions.
type typed struct {
	line string
	want []string // after "gorun"
}

// lines are completed by all shells alike.
func lines() []typed {
	return []typed{
		{"gorun --must", []string{"--must-survive"}},
		{"gorun --report-js", []string{"--report-json="}},
		{"gorun -p MemorySwap", []string{"-p", "MemorySwapMax="}},
		{"gorun -p KillMode=mi", []string{"-p", "KillMode=mixed"}},
		{"gorun --oom-policy=k", []string{"--oom-policy=kill"}},
		{"gorun --if-running r", []string{"--if-running", "replace"}},
		{"gorun --log-to=j", []string{"--log-to=journal"}},
		{"gorun --log-to=file:DIR/onl", []string{"--log-to=file:DIR/only"}},
		{"gorun --report-json=DIR/onl", []string{"--report-json=DIR/only"}},
		{"gorun --working-directory DIR/dire", []string{"--working-directory", "DIR/directory"}},
		{"gorun --uid=roo", []string{"--uid=root"}},
		{"gorun -E GORUN_COMPLETION_TE", []string{"-E", "GORUN_COMPLETION_TEST"}},
		{"gorun -q gorun-comp", []string{"-q", "gorun-completed"}},
		{"gorun --oom-policy=kill -p KillMode=none gorun-completed --w", []string{"--oom-policy=kill", "-p", "KillMode=none", "gorun-completed", "--wonderful"}},
		{"gorun -u x -- gorun-completed --w", []string{"-u", "x", "--", "gorun-completed", "--wonderful"}},
		{"gorun --doctor --js", []string{"--doctor", "--json"}},
		{"gorun --doctor --uni", []string{"--doctor", "--uni"}}, // does not go with it
		{"gorun --set-property x MemorySwap", []string{"--set-property", "x", "MemorySwapMax="}},
		{"gorun --set-property x CPUWeight=i", []string{"--set-property", "x", "CPUWeight=idle"}},
		{"gorun --nosuch=", []string{"--nosuch="}},
	}
}

func TestBashCompletes(t *testing.T) {
	need(t, "bash", "/usr/share/bash-completion/bash_completion")
	e := newEnvironment(t)
	s := e.start(t, "bash", "--norc", "--noprofile", "-i")
	s.do(`PS1=; PS2=; bind 'set enable-bracketed-paste off'; bind 'set bell-style none'`)
	s.do("source /usr/share/bash-completion/bash_completion")
	s.do("source " + e.source + "/gorun.bash")
	s.do(`_completed() { COMPREPLY=($(compgen -W --wonderful -- "$2")); }; complete -F _completed gorun-completed`)
	e.check(t, s, "\x1b*") // insert-completions
}

func TestZshCompletes(t *testing.T) {
	need(t, "zsh", "")
	e := newEnvironment(t)
	if err := os.Symlink(filepath.Join(e.source, "gorun.zsh"), filepath.Join(e.dir, "_gorun")); err != nil {
		t.Fatal(err)
	}
	s := e.start(t, "zsh", "-f", "-i")
	s.do("PS1=; PS2=; RPS1=; PROMPT_EOL_MARK=; unset zle_bracketed_paste; bindkey -e")
	s.do("fpath=(" + e.dir + " $fpath); autoload -Uz compinit; compinit -u -D")
	s.do("zstyle ':completion:all:*' completer _all_matches _complete; zle -C all complete-word _generic; bindkey '^Xa' all")
	s.do("_completed() { compadd -- --wonderful }; compdef _completed gorun-completed")
	e.check(t, s, "\x18a")
}

func TestFishCompletes(t *testing.T) {
	need(t, "fish", "")
	e := newEnvironment(t)
	for _, l := range lines() {
		line := e.fill(l.line)
		script := "source " + e.source + "/gorun.fish; complete -c gorun-completed -l wonderful; complete -C $argv[1]"
		out, err := e.command("fish", "--no-config", "-c", script, "--", line).Output()
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		words := strings.Fields(strings.TrimPrefix(line, "gorun "))
		for i, candidate := range strings.Split(strings.TrimSpace(string(out)), "\n") {
			word, _, _ := strings.Cut(candidate, "\t")
			if i == 0 && word != "" {
				words = words[:len(words)-1]
			}
			if word != "" {
				words = append(words, strings.TrimSuffix(word, "/"))
			}
		}
		if want := e.fillAll(l.want); !slices.Equal(words, want) {
			t.Errorf("%q: got %q, want %q", line, words, want)
		}
	}
}

// Completion must say nothing, and take no time, where there is no manager.
func TestCompletionIsSilentWithoutAManager(t *testing.T) {
	e := newEnvironment(t)
	for _, words := range [][]string{{"--status", ""}, {"--log", "x"}, {"--unit", ""}, {"-p", "Nope="}, {"-p"}, {""}, {}} {
		cmd := e.command(filepath.Join(e.dir, "gorun"), append([]string{"--complete"}, words...)...)
		out, err := cmd.CombinedOutput()
		if err != nil || bytes.Contains(out, []byte("gorun:")) {
			t.Errorf("%q: %v, %s", words, err, out)
		}
	}
}

// need skips a test without its shell.
func need(t *testing.T, shell, file string) {
	if _, err := exec.LookPath(shell); err != nil {
		t.Skipf("no %s: integration/setup.sh installs it", shell)
	}
	if _, err := os.Stat(file); file != "" && err != nil {
		t.Skipf("%v: integration/setup.sh installs it", err)
	}
}

// environment has a gorun of this source, and a command gorun-completed.
type environment struct {
	dir, source string
}

func newEnvironment(t *testing.T) *environment {
	t.Helper()
	source, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	e := &environment{t.TempDir(), source}
	if out, err := exec.Command("go", "build", "-o", filepath.Join(e.dir, "gorun"), "gorun/cmd/gorun").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for name, mode := range map[string]os.FileMode{"gorun-completed": 0o755, "only": 0o644} {
		if err := os.WriteFile(filepath.Join(e.dir, name), []byte("#!/bin/sh\n"), mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(e.dir, "directory"), 0o755); err != nil {
		t.Fatal(err)
	}
	return e
}

// command is a command with nothing of the caller's configuration.
func (e *environment) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = e.dir
	cmd.Env = []string{"PATH=" + e.dir + ":/usr/bin:/bin", "HOME=" + e.dir, "TERM=dumb", "LC_ALL=C.UTF-8",
		"XDG_RUNTIME_DIR=" + e.dir, "GORUN_COMPLETION_TEST=x", "HISTFILE=/dev/null"}
	return cmd
}

func (e *environment) fill(text string) string { return strings.ReplaceAll(text, "DIR", e.dir) }

func (e *environment) fillAll(words []string) (filled []string) {
	for _, w := range words {
		filled = append(filled, e.fill(w))
	}
	return filled
}

// check types each line, lets the shell insert all completions, and compares the words.
func (e *environment) check(t *testing.T, s *shell, insertAll string) {
	t.Helper()
	for _, l := range lines() {
		// ^A goes to the begin of the line, where the words become arguments of printf.
		got := s.ask(e.fill(l.line) + insertAll + "\x01printf '<%s>' ")
		want := append([]string{"gorun"}, e.fillAll(l.want)...)
		if strings.ReplaceAll(got, "/>", ">") != "<"+strings.Join(want, "><")+">" { // the slash of a directory may come later
			t.Errorf("%q: got %s, want %q", l.line, got, want)
		}
	}
}

// shell is a shell at a terminal.
type shell struct {
	t        *testing.T
	terminal *os.File
	count    int
}

func (e *environment) start(t *testing.T, name string, args ...string) *shell {
	t.Helper()
	cmd := e.command(name, args...)
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 50, Cols: 1000})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		terminal.Close() // the shell hears a hangup
		cmd.Wait()       // its status says nothing
	})
	return &shell{t: t, terminal: terminal}
}

// do runs a line.
func (s *shell) do(line string) { s.ask(line + "; true ") }

// ask types a line and returns what it prints.
func (s *shell) ask(line string) string {
	s.t.Helper()
	s.count++
	// What is echoed has no such words: the shell joins them.
	begin, end := fmt.Sprintf("[begin%d]", s.count), fmt.Sprintf("[end%d]", s.count)
	first := fmt.Sprintf("printf '\\n[%%s%d]' begin; ", s.count)
	at := strings.LastIndex(line, "\x01")
	line = line[:at+1] + first + line[at+1:] + fmt.Sprintf("\x05; printf '[%%s%d]\\n' end\r", s.count)
	if _, err := io.WriteString(s.terminal, line); err != nil {
		s.t.Fatal(err)
	}
	// Only a shell that hangs takes so long.
	if err := s.terminal.SetReadDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		s.t.Fatal(err)
	}
	var all []byte
	for buf := make([]byte, 4096); ; {
		n, err := s.terminal.Read(buf)
		all = append(all, buf[:n]...)
		if before, _, ok := strings.Cut(string(all), end); ok {
			_, got, _ := strings.Cut(before, begin)
			return got
		}
		if err != nil {
			s.t.Fatalf("%q: %v, after %q", line, err, all)
		}
	}
}
