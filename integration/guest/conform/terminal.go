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

// step is an action or an observation at a terminal. An error ends the dialog.
type step func(*console) error

// console is a terminal with an interactive shell, or with the trial's script.
type console struct {
	tty  *os.File
	pid  int         // the process that was started
	dir  string      // the trial's directory
	out  chan string // the output as it arrives
	text string      // output that until has not returned yet
	saw  []string    // the observations
}

// atTerminal runs a trial's dialog and returns the observations.
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
		cmd.Process.Kill() // the kernel then sends SIGHUP to the rest of its session
		cmd.Wait()         // how it ended does not matter
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

// pollable duplicates a file, so that closing it ends a read from it.
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

// read sends the output to c.out until the terminal is closed.
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

// until waits for output that matches pattern, and returns the output before it.
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
				return "", fmt.Errorf("closed before %q, after %q", pattern, c.text)
			}
			c.text += more
		case <-deadline:
			return "", fmt.Errorf("never %q, but %q", pattern, c.text)
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

// seeMatch waits for output that matches pattern.
func seeMatch(pattern string) step {
	re := regexp.MustCompile(pattern)
	return func(c *console) error {
		_, err := c.until(re)
		return err
	}
}

// note records the lines before end that match pattern.
func note(pattern, end string) step {
	re, endRe := regexp.MustCompile("(?m)"+pattern), regexp.MustCompile(end)
	return func(c *console) error {
		text, err := c.until(endRe)
		if err == nil {
			lines := re.FindAllString(text, -1)
			slices.Sort(lines) // signals pending together come in the kernel's order
			c.saw = append(c.saw, strings.Join(lines, ", "))
		}
		return err
	}
}

// heard records the signals that a kid prints until its end.
func heard() step { return note(`(?:[A-Z0-9]+ (?:kernel|user))$`, `end\n`) }

// seeUSR1 waits until a kid has printed USR1, and leaves the line for heard.
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

// status records $?.
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

// signalLeader sends a signal only to the leader of the foreground process group, as soon
// as that group is not the shell's own.
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
	raw.Control(func(fd uintptr) { group, err = unix.IoctlGetInt(int(fd), unix.TIOCGPGRP) }) // err has the error
	return group, err
}

// signalFirst sends a signal to the process that was started on the terminal.
func signalFirst(sig syscall.Signal) step {
	return func(c *console) error { return syscall.Kill(c.pid, sig) }
}

// resize gives the terminal another size.
func resize(rows uint16) step {
	return func(c *console) error { return pty.Setsize(c.tty, &pty.Winsize{Rows: rows, Cols: 80}) }
}

// hangUp closes the terminal.
func hangUp() step { return func(c *console) error { return c.tty.Close() } }

// file waits until a file in the trial's directory contains a text, and records the text.
func file(name, until string) step {
	return func(c *console) error {
		for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
			data, _ := os.ReadFile(c.dir + "/" + name) // it may not exist yet
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
