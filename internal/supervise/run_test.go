package supervise

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"gorun/internal/process"
	"gorun/internal/signals"
)

// outcome runs cmd to its end.
func outcome(t *testing.T, cmd *exec.Cmd) (status syscall.WaitStatus, stderr string) {
	t.Helper()
	var b bytes.Buffer
	cmd.Stderr = &b
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.Sys().(syscall.WaitStatus), b.String()
}

func TestSupervisorExitsWithTheCommandsStatus(t *testing.T) {
	for _, code := range []int{0, 1, 7, 124, 125, 128, 137, 255} {
		status, stderr := outcome(t, supervised(t, "sh", "-c", fmt.Sprintf("exit %d", code)))
		if !status.Exited() || status.ExitStatus() != code || stderr != "" {
			t.Errorf("%d: got %v, %q", code, status, stderr)
		}
	}
}

func TestSupervisorDiesOfTheCommandsSignal(t *testing.T) {
	for sig := unix.Signal(1); sig <= signals.RealtimeLast; sig++ {
		switch sig {
		case unix.SIGCHLD, unix.SIGCONT, unix.SIGURG, unix.SIGWINCH, unix.SIGSTOP, unix.SIGTSTP, unix.SIGTTIN, unix.SIGTTOU, 32, 33:
			continue // not deadly, or used by libc itself
		}
		if signal.Ignored(sig) {
			continue // such as SIGHUP under nohup
		}
		status, stderr := outcome(t, supervised(t, "sh", "-c", fmt.Sprintf("kill -%d $$", sig)))
		if !status.Signaled() || status.Signal() != sig || stderr != "" {
			t.Errorf("%d: got %v, %q", sig, status, stderr)
		}
	}
}

// A manager that stops everyone at the moment of the start has missed the command. Its
// signal says why the run ends.
func TestSignalToEveryoneBeforeTheStartReachesTheCommand(t *testing.T) {
	for _, when := range []string{"early", "launching"} {
		cmd := supervised(t, "sleep", "20")
		cmd.Env = append(cmd.Env, role+"="+when)
		if status, stderr := outcome(t, cmd); !status.Signaled() || status.Signal() != unix.SIGTERM || stderr != "TERM to everyone\n" {
			t.Errorf("%s: got %v, %q", when, status, stderr)
		}
	}
}

func TestLastWordsAreSaidBeforeASignalEndsTheProcess(t *testing.T) {
	for _, when := range []string{"doomed", "doomed to exec"} {
		cmd := supervised(t, "sleep", "20")
		cmd.Env = append(cmd.Env, role+"="+when)
		if status, stderr := outcome(t, cmd); status.ExitStatus() != 124 || stderr != "last words about terminated\n" {
			t.Errorf("%s: got %v, %q", when, status, stderr)
		}
	}
}

func TestCommandThatCannotBeExecutedFailsWithStatus126Or127(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return file
	}
	for _, c := range []struct {
		command string
		code    int
	}{
		{"nosuch-command", 127},
		{"", 127},
		{"/nonexistent/x", 127},
		{write("nointerpreter", "#!/nonexistent\n", 0o755), 127},
		{write("plain", "exit 3\n", 0o644), 126},
		{dir, 126},
		{write("noformat", "exit 3\n", 0o755), 3}, // run by sh, as with execvp
	} {
		status, _ := outcome(t, supervised(t, c.command))
		if status.ExitStatus() != c.code {
			t.Errorf("%q: got %v, want %d", c.command, status, c.code)
		}
	}
}

func TestFindLooksWhereExecvpLooks(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, d := range []string{"a", "b", "c"} {
		os.Mkdir(d, 0o755)
	}
	for file, mode := range map[string]os.FileMode{"here": 0o755, "a/tool": 0o644, "b/tool": 0o755, "a/data": 0o644, "c/here": 0o755} {
		if err := os.WriteFile(file, nil, mode); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name, path string
		unset      bool
		want       string
		err        error
	}{
		{name: "tool", path: "a:b", want: "b/tool"},
		{name: "data", path: "a:b", err: unix.EACCES},
		{name: "here", path: ":c", want: "./here"},
		{name: "here", path: "c:", want: "c/here"},
		{name: "here", path: "", want: "./here"},
		{name: "here", path: "a/tool:/nonexistent:c", want: "c/here"},
		{name: "here", path: "b", err: unix.ENOENT},
		{name: "ls", unset: true, want: "/bin/ls"},
		{name: "./here", path: "c", want: "./here"},
	} {
		got, err := Find(c.name, c.path, !c.unset)
		if got != c.want && c.err == nil || !errors.Is(err, c.err) {
			t.Errorf("%+v: got %q, %v", c, got, err)
		}
	}
}

// talk starts cmd and returns a reader of its output.
func talk(t *testing.T, cmd *exec.Cmd) *bufio.Reader {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() }) // it may have ended
	return bufio.NewReader(out)
}

// expect reads a line and compares it.
func expect(t *testing.T, r *bufio.Reader, want string) {
	t.Helper()
	line, err := r.ReadString('\n')
	if strings.TrimSpace(line) != want {
		t.Fatalf("got %q, %v; want %q", line, err, want)
	}
}

func TestSignalToTheSupervisorReachesTheCommandOnce(t *testing.T) {
	cmd := supervised(t, logger()...)
	// In a session without a terminal nothing else can send a signal.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	out := talk(t, cmd)
	expect(t, out, "ready")
	for _, s := range []struct {
		signal syscall.Signal
		text   string
	}{
		{syscall.SIGTERM, "terminated"}, {syscall.SIGINT, "interrupt"}, {syscall.SIGHUP, "hangup"},
		{syscall.SIGQUIT, "quit"}, {syscall.SIGUSR1, "user defined signal 1"}, {syscall.SIGUSR2, "user defined signal 2"},
	} {
		if err := cmd.Process.Signal(s.signal); err != nil {
			t.Fatal(err)
		}
		expect(t, out, "got "+s.text)
	}
	rest, _ := io.ReadAll(out) // it has ended
	cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 9 || len(rest) != 0 {
		t.Errorf("status %d, and more signals: %q", code, rest)
	}
}

func TestCommandKeepsRunningWhenTheSupervisorIsKilled(t *testing.T) {
	cmd := supervised(t, "sh", "-c", "echo $$; exec sleep 60")
	out := talk(t, cmd)
	var pid int
	line, err := out.ReadString('\n')
	if _, scanErr := fmt.Sscan(line, &pid); err != nil || scanErr != nil {
		t.Fatal(line, err)
	}
	defer unix.Kill(pid, unix.SIGKILL)
	cmd.Process.Kill()
	cmd.Wait()
	if err := unix.Kill(pid, 0); err != nil {
		t.Errorf("the command is gone: %v", err)
	}
}

func TestCommandGetsTheSameDescriptorsAsWithoutSupervisor(t *testing.T) {
	file, err := os.Open("/dev/null")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	list := func(cmd *exec.Cmd) string {
		cmd.ExtraFiles = []*os.File{file, nil, file}
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	script := []string{"sh", "-c", "ls /proc/$$/fd"}
	bare, under := list(exec.Command(script[0], script[1:]...)), list(supervised(t, script...))
	if bare != under {
		t.Errorf("descriptors %q, without supervisor %q", under, bare)
	}
}

func TestCommandInheritsLimitsUmaskDirectoryAndNiceness(t *testing.T) {
	script := []string{"sh", "-c", "ulimit -Sn; ulimit -Hn; umask; pwd; nice"}
	bare, err := exec.Command(script[0], script[1:]...).Output()
	if err != nil {
		t.Fatal(err)
	}
	under, err := supervised(t, script...).Output()
	if err != nil || string(bare) != string(under) {
		t.Errorf("got %q, %v; without supervisor %q", under, err, bare)
	}
}

// A command is forked by another thread if it has a niceness.
func TestCommandWithANicenessHasTheSignalMaskOfTheCaller(t *testing.T) {
	if !signals.Native {
		t.Skip("not supported without package entry")
	}
	program := buildSupervisor(t)
	for _, how := range []string{"", "--block-signal=USR2,TERM"} {
		run := func(args ...string) string {
			args = append(append([]string{"--default-signal"}, strings.Fields(how)...), args...)
			cmd := exec.Command("env", args...)
			cmd.Env = append(os.Environ(), "SUPERVISE_NICE=19")
			out, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			return string(out)
		}
		list := []string{"grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"}
		if got, want := run(append([]string{program}, list...)...), run(list...); got != want {
			t.Errorf("%s: got %q, want %q", how, got, want)
		}
	}
}

// What a thread has entered, a process that another thread forks is not in.
func TestCommandIsForkedByTheThreadThatPreparesIt(t *testing.T) {
	for name, nice := range map[string]*int{"plain": nil, "with a niceness": new(5)} {
		var byThread bool
		c := Command{File: "/bin/sleep", Args: []string{"sleep", "600"}, Nice: nice}
		c.Within = func(fork func(int) (int, error)) (int, error) {
			pid, err := fork(-1)
			byThread = slices.Contains(process.ChildrenOfThread(os.Getpid(), strconv.Itoa(unix.Gettid())), pid)
			return pid, err
		}
		pid, err := c.fork()
		if err != nil {
			t.Fatal(err)
		}
		unix.Kill(pid, unix.SIGKILL)
		unix.Wait4(pid, nil, 0, nil)
		if !byThread {
			t.Errorf("%s: another thread has forked the command", name)
		}
	}
}
