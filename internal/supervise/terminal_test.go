package supervise

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// patience limits the wait for what takes no time on an idle machine.
const patience = time.Minute

// console is an interactive bash on a terminal of its own.
type console struct {
	t    *testing.T
	tty  *os.File
	out  chan string // the output as it arrives
	text string      // output that await has not returned yet
}

// newConsole starts bash with $S standing for the supervisor's command line.
func newConsole(t *testing.T) *console {
	t.Helper()
	cmd := exec.Command("bash", "--norc", "--noprofile", "-i")
	cmd.Env = append(os.Environ(), "PS1=> ", "TERM=dumb", "S=env "+role+"=supervisor "+os.Args[0])
	tty, err := pty.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill() // the kernel then sends SIGHUP to the rest of its session
		cmd.Wait()         // how bash ended does not matter
		tty.Close()
	})
	c := &console{t: t, tty: tty, out: make(chan string, 1000)}
	go c.read()
	c.await("> ")
	return c
}

// typeLine types a line.
func (c *console) typeLine(format string, args ...any) {
	c.t.Helper()
	c.press(fmt.Sprintf(format, args...) + "\n")
}

// press types characters.
func (c *console) press(keys string) {
	c.t.Helper()
	if _, err := c.tty.WriteString(keys); err != nil {
		c.t.Fatal(err)
	}
}

// read sends the output to c.out until the terminal is closed.
func (c *console) read() {
	defer close(c.out)
	buf := make([]byte, 4096)
	for {
		n, err := c.tty.Read(buf)
		if err != nil {
			return
		}
		c.out <- string(buf[:n])
	}
}

// await waits until the terminal has shown text, and returns the output before it.
func (c *console) await(text string) string {
	c.t.Helper()
	deadline := time.After(patience)
	for {
		if before, after, ok := strings.Cut(c.text, text); ok {
			c.text = after
			return before
		}
		select {
		case more, ok := <-c.out:
			if !ok {
				c.t.Fatalf("the terminal was closed before it showed %q; it shows %q", text, c.text)
			}
			// A read may end between the two characters of a line break.
			c.text = strings.ReplaceAll(c.text+more, "\r\n", "\n")
		case <-deadline:
			c.t.Fatalf("no %q within %v; the terminal shows %q", text, patience, c.text)
		}
	}
}

// awaitSleep waits until all processes in the foreground sleep. After a ^Z that arrives
// before the supervisor has noticed the last SIGCONT, the shell may take the terminal while
// the command still reads. What is typed then may go to the command.
func (c *console) awaitSleep() {
	c.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		group, err := unix.IoctlGetInt(int(c.tty.Fd()), unix.TIOCGPGRP)
		if err != nil {
			c.t.Fatal(err)
		}
		if states := statesIn(group); states != "" && strings.Trim(states, "S") == "" {
			return
		}
	}
	c.t.Fatal("the job does not sleep")
}

// statesIn lists the states of the processes in a group, a letter each.
func statesIn(group int) (states string) {
	files, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is well-formed
	for _, file := range files {
		line, _ := os.ReadFile(file) // fails if the process has ended
		// 4711 (sh) S 4710 4711 ...: the state, the parent and the group.
		_, rest, _ := strings.Cut(string(line), ") ")
		if fields := strings.Fields(rest); len(fields) > 2 && fields[2] == strconv.Itoa(group) {
			states += fields[0]
		}
	}
	return states
}

// status asks for $? of the last command.
func (c *console) status() string {
	c.t.Helper()
	c.typeLine(`echo "=$?="`)
	c.await("\n=")
	return c.await("=\n> ")
}

func TestInterruptReachesTheCommandOnceAndEndsALoop(t *testing.T) {
	c := newConsole(t)
	c.typeLine("$S %s", quoted(logger()))
	c.await("ready\n")
	c.press("\x03")
	c.await("got interrupt\n")
	c.typeLine("") // the next output has to be that of the next signal
	c.press("\x1c")
	if between := c.await("got quit\n"); strings.Contains(between, "got") {
		t.Errorf("more than one signal: %q", between)
	}
	c.press("\x1a")
	c.await("Stopped")
	c.await("> ")
	c.typeLine("kill -USR2 %%1; fg")
	c.await("> ")
	c.typeLine("for i in 1 2 3; do $S sh -c 'echo up; exec sleep 30'; done")
	c.await("\nup\n")
	c.press("\x03")
	c.await("> ")
	if got := c.status(); got != "130" {
		t.Errorf("status %s", got)
	}
}

func TestQuitKillsWithoutGoroutineDump(t *testing.T) {
	c := newConsole(t)
	c.typeLine("$S sh -c 'echo up; exec sleep 30'")
	c.await("\nup\n")
	c.press("\x1c")
	if text := c.await("> "); !strings.Contains(text, "Quit") || strings.Contains(text, "goroutine") {
		t.Errorf("printed %q", text)
	}
	if got := c.status(); got != "131" {
		t.Errorf("status %s", got)
	}
}

func TestStopAndContinueFortyTimes(t *testing.T) { eachRound(t, testFortyCycles) }

func testFortyCycles(t *testing.T) {
	c := newConsole(t)
	c.typeLine("$S sh -c 'echo up; while read x; do [ \"$x\" = end ] && exit 5; echo \"read $x\"; done'")
	c.await("\nup\n")
	for i := range 40 {
		// The answer shows that the command runs. A ^Z that arrives while bash is
		// about to continue the job is lost, also without a supervisor.
		c.typeLine("%d", i)
		c.await(fmt.Sprintf("read %d\n", i))
		c.awaitSleep()
		c.press("\x1a")
		c.await("Stopped")
		c.await("> ")
		c.typeLine("fg")
		c.await("fg\n")
	}
	c.typeLine("end")
	c.await("> ")
	if got := c.status(); got != "5" {
		t.Errorf("status %s", got)
	}
}

func TestFullScreenProgramRestoresTheTerminalBeforeTheShellSeesItStop(t *testing.T) {
	c := newConsole(t)
	// Like vim: leave the alternate screen, then stop.
	c.typeLine("$S bash -c 'trap \"sleep 0.3; echo left-screen; kill -STOP \\$\\$\" TSTP; echo up; while :; do read -t 0.1; done'")
	c.await("\nup\n")
	c.press("\x1a")
	if before := c.await("Stopped"); !strings.Contains(before, "left-screen") {
		t.Errorf("stopped before the command was ready: %q", before)
	}
	c.await("> ")
	c.typeLine("kill -KILL %%1; wait")
	c.await("> ")
}

func TestReadInTheBackgroundStopsTheJob(t *testing.T) {
	c := newConsole(t)
	c.typeLine("$S cat &")
	c.await("> ")
	c.typeLine("wait %%1; jobs")
	c.await("Stopped")
	c.await("> ")
	c.typeLine("fg")
	c.await("cat\n")
	c.typeLine("hello")
	c.await("hello\nhello\n")
	c.press("\x04")
	c.await("> ")
	if got := c.status(); got != "0" {
		t.Errorf("status %s", got)
	}
}

func TestInnerShellCanSuspendRepeatedly(t *testing.T) {
	c := newConsole(t)
	c.typeLine("PS1='inner> ' $S bash --norc --noprofile -i")
	c.await("inner> ")
	for range 3 {
		c.typeLine("suspend")
		c.await("Stopped")
		c.await("\n> ") // the command line has the other prompt
		c.typeLine("fg")
		c.await("-i\n")
		c.typeLine("echo back")
		c.await("\nback\n")
	}
	c.typeLine("exit 3")
	c.await("> ")
	if got := c.status(); got != "3" {
		t.Errorf("status %s", got)
	}
}

// A script does not restore the modes itself.
func TestModesOfTheTerminalComeBackIfTheCommandWasKilled(t *testing.T) {
	const modes = `stty -a | grep -ow -e -icanon -e icanon; stty sane`
	c := newConsole(t)
	for command, want := range map[string]string{
		`sh -c "stty raw; kill -KILL \$\$"`:       "icanon",
		`stty raw`:                                "-icanon",
		`sh -c "stty raw; kill -KILL \$\$" | cat`: "-icanon", // they may be those of less
	} {
		c.typeLine("sh -c '$S %s; %s; echo over'", command, modes)
		c.await("over'\n")
		if got := c.await("over\n"); strings.TrimSpace(strings.ReplaceAll(got, "Killed", "")) != want {
			t.Errorf("%s: got %q, want %s", command, got, want)
		}
		c.await("> ")
	}
}

// The command still runs, and the modes are its own.
func TestModesOfTheTerminalStayIfTheSupervisorParts(t *testing.T) {
	c := newConsole(t)
	c.typeLine(`sh -c '%s=parting %s sh -c "stty raw; kill -TERM \$PPID; exec sleep 1"; stty -a | grep -ow -e -icanon -e icanon; stty sane; echo over'`, role, os.Args[0])
	c.await("over'\n")
	if got := c.await("over\n"); !strings.Contains(got, "-icanon") {
		t.Errorf("got %q", got)
	}
}

func TestPipelineCanReadTheTerminal(t *testing.T) {
	c := newConsole(t)
	c.typeLine("$S true | $S sh -c 'echo up; read x </dev/tty; echo \"read $x\"'")
	c.await("\nup\n")
	c.typeLine("word")
	c.await("read word\n")
	c.await("> ")
	if got := c.status(); got != "0" {
		t.Errorf("status %s", got)
	}
}

func TestJobContinuedInTheBackgroundStaysRunning(t *testing.T) {
	c := newConsole(t)
	gate := filepath.Join(t.TempDir(), "gate")
	if err := unix.Mkfifo(gate, 0o600); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		// The command has opened both ends: an opening that waits for the other end may
		// be interrupted by the stop, and then miss it.
		c.typeLine("$S sh -c 'exec 3<>%s; echo up; read x <&3; exec sleep 0.3'", gate)
		c.await("\nup\n")
		c.press("\x1a")
		c.await("Stopped")
		c.await("> ")
		c.typeLine("bg; echo >%s; wait $!; echo \"ended $?\"", gate)
		if before := c.await("ended 0\n"); strings.Contains(before, "Stopped") {
			t.Fatalf("the job stopped again: %q", before)
		}
		c.await("> ")
	}
}
