package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// step is something that is done at a terminal or seen there. An error ends the
// dialog.
type step func(*console) error

// console is a terminal with an interactive shell, or what the trial starts.
type console struct {
	tty  *os.File
	pid  int         // of what was started
	dir  string      // the trial's
	out  chan string // what is printed, as it comes
	text string      // printed and not yet looked at
	saw  []string
}

// atTerminal has a dialog and returns what was seen.
func atTerminal(t trial, dir string, env []string) string {
	cmd := exec.Command("bash", "--norc", "--noprofile", "-i")
	switch {
	case t.script != "":
		cmd = exec.Command("sh", "-c", t.script)
	case t.shell != "":
		cmd = exec.Command(t.shell, "-i")
	}
	cmd.Dir, cmd.Env = dir, env
	blocking, err := pty.Start(cmd)
	if err != nil {
		return err.Error()
	}
	tty, err := pollable(blocking)
	if err != nil {
		return err.Error()
	}
	c := &console{tty: tty, pid: cmd.Process.Pid, dir: dir, out: make(chan string, 1000)}
	go c.read()
	defer tty.Close()
	defer func() {
		cmd.Process.Kill() // the kernel hangs up on what is left in its session
		cmd.Wait()         // of no interest by now
	}()
	if t.script == "" {
		t.dialog = append([]step{see("> ")}, t.dialog...)
	}
	for _, do := range t.dialog {
		if err := do(c); err != nil {
			c.saw = append(c.saw, err.Error())
			break
		}
	}
	return strings.Join(c.saw, "; ")
}

// pollable reopens a file, so that to close it ends a read from it.
func pollable(f *os.File) (*os.File, error) {
	defer f.Close()
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), f.Name()), nil
}

// read passes on what is printed until the terminal is closed.
func (c *console) read() {
	defer close(c.out)
	buf := make([]byte, 4096)
	for {
		n, err := c.tty.Read(buf)
		if err != nil {
			return
		}
		c.out <- strings.ReplaceAll(string(buf[:n]), "\r", "")
	}
}

// until waits for what a pattern matches, and returns what came before.
func (c *console) until(pattern *regexp.Regexp) (string, error) {
	deadline := time.After(patience)
	for {
		if at := pattern.FindStringIndex(c.text); at != nil {
			before := c.text[:at[0]]
			c.text = c.text[at[1]:]
			return before, nil
		}
		select {
		case more, ok := <-c.out:
			if !ok {
				return "", fmt.Errorf("closed before %q", pattern)
			}
			c.text += more
		case <-deadline:
			return "", fmt.Errorf("never %q", pattern)
		}
	}
}

// press types keys.
func press(keys string) step {
	return func(c *console) error {
		_, err := c.tty.WriteString(keys)
		return err
	}
}

// enter types a line.
func enter(line string) step { return press(line + "\n") }

// see waits for a text.
func see(text string) step { return seeMatch(regexp.QuoteMeta(text)) }

// seeMatch waits for a line or a part of one.
func seeMatch(pattern string) step {
	re := regexp.MustCompile(pattern)
	return func(c *console) error {
		_, err := c.until(re)
		return err
	}
}

// note notes the lines that match a pattern and come before an end.
func note(pattern, end string) step {
	re, endRe := regexp.MustCompile("(?m)"+pattern), regexp.MustCompile(end)
	return func(c *console) error {
		text, err := c.until(endRe)
		if err == nil {
			lines := re.FindAllString(text, -1)
			slices.Sort(lines) // what is pending at the same time comes in the kernel's order
			c.saw = append(c.saw, strings.Join(lines, ", "))
		}
		return err
	}
}

// heard notes the signals that a kid has told of until its end.
func heard() step { return note(`(?:[A-Z0-9]+ (?:kernel|user))$`, `end\n`) }

// seeUSR1 waits until a kid has told of USR1, and leaves it to heard.
func seeUSR1() step {
	return func(c *console) error {
		before, err := c.until(regexp.MustCompile(`USR1 user\n`))
		c.text = before + "USR1 user\n" + c.text
		return err
	}
}

// endKid ends the trial's kid.
func endKid() step {
	return func(c *console) error {
		data, err := os.ReadFile(c.dir + "/pid")
		if err != nil {
			return err
		}
		pid, err := strconv.Atoi(string(data))
		if err != nil {
			return err
		}
		return syscall.Kill(pid, syscall.SIGUSR2)
	}
}

// status notes $?.
func status() step {
	return func(c *console) error {
		for _, do := range []step{enter(`echo "=$?="`), see("\n="), note(".*", "=\n"), see("> ")} {
			if err := do(c); err != nil {
				return err
			}
		}
		return nil
	}
}

// signalLeader sends a signal to the leader of the foreground process group alone,
// as soon as that is not the shell's own.
func signalLeader(sig syscall.Signal) step {
	return func(c *console) error {
		group, err := c.foreground()
		for end := time.Now().Add(patience); err == nil && group == c.pid; group, err = c.foreground() {
			if time.Now().After(end) {
				return errors.New("the shell is in the foreground")
			}
			time.Sleep(time.Millisecond)
		}
		if err != nil {
			return err
		}
		return syscall.Kill(group, sig)
	}
}

// foreground is the terminal's foreground process group.
func (c *console) foreground() (group int, err error) {
	raw, err := c.tty.SyscallConn()
	if err != nil {
		return 0, err
	}
	raw.Control(func(fd uintptr) { group, err = unix.IoctlGetInt(int(fd), unix.TIOCGPGRP) }) // fails like the call
	return group, err
}

// signalFirst sends a signal to what the terminal has started.
func signalFirst(sig syscall.Signal) step {
	return func(c *console) error { return syscall.Kill(c.pid, sig) }
}

// resize gives the terminal another size.
func resize(rows uint16) step {
	return func(c *console) error { return pty.Setsize(c.tty, &pty.Winsize{Rows: rows, Cols: 80}) }
}

// hangUp closes the terminal.
func hangUp() step { return func(c *console) error { return c.tty.Close() } }

// file waits until a file of the trial's holds a text, and notes that.
func file(name, until string) step {
	return func(c *console) error {
		for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
			data, _ := os.ReadFile(c.dir + "/" + name) // not there yet
			if strings.Contains(string(data), until) {
				c.saw = append(c.saw, until)
				return nil
			}
		}
		return errors.New("never in " + name + ": " + until)
	}
}

// times repeats steps.
func times(n int, steps ...step) step {
	return func(c *console) error {
		for i := range n {
			for _, do := range steps {
				if err := do(c); err != nil {
					return fmt.Errorf("round %d: %w", i+1, err)
				}
			}
		}
		return nil
	}
}
