package supervise

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"gorun/internal/process"
)

// awaitLeft waits until the supervisor has left the group of the job in the foreground, and
// returns the group.
func (c *console) awaitLeft() (group int) {
	c.t.Helper()
	group, err := unix.IoctlGetInt(int(c.tty.Fd()), unix.TIOCGPGRP)
	if err != nil {
		c.t.Fatal(err)
	}
	awaitLeft(c.t, group)
	return group
}

// awaitLeft waits until a supervisor is not in the group that its PID names.
func awaitLeft(t *testing.T, pid int) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if group, err := unix.Getpgid(pid); err == nil && group != pid {
			return
		}
	}
	t.Fatal("the supervisor stays in the job's group")
}

func TestSignalToTheGroupReachesTheCommandOnce(t *testing.T) {
	c := newConsole(t)
	c.typeLine("$S %s", quoted(logger()))
	c.await("ready\n")
	group := c.awaitLeft()
	unix.Kill(-group, unix.SIGTERM)
	c.await("got terminated\n")
	unix.Kill(group, unix.SIGHUP) // to the supervisor alone
	if between := c.await("got hangup\n"); strings.Contains(between, "got") {
		t.Errorf("more than one signal: %q", between)
	}
	c.press("\x1a")
	c.await("Stopped")
	c.await("> ")
	c.typeLine("bg")
	c.await("got continued\n")
	awaitLeft(t, group)
	c.typeLine("kill -USR1 %%1")
	c.await("got user defined signal 1\n")
	c.typeLine("kill -USR2 %%1; wait")
	if between := c.await("got user defined signal 2\n"); strings.Contains(between, "got") {
		t.Errorf("more than one signal: %q", between)
	}
}

// Where the command makes a group of its own, the supervisor has to stand for it.
func TestCommandThatLeavesTheGroupHasTheTerminal(t *testing.T) {
	c := newConsole(t)
	// What is typed before bash has given the terminal to the job is not shown.
	c.typeLine("$S timeout 60 sh -c 'echo up; exec cat'")
	c.await("\nup\n")
	c.typeLine("hello")
	c.await("hello\nhello\n")
	c.press("\x03")
	c.await("> ")
	if got := c.status(); got != "130" {
		t.Errorf("status %s", got)
	}
	// Later than the first looks.
	c.typeLine("$S bash -c 'sleep 0.2; exec timeout 60 sh -c \"echo up; exec cat\"'")
	c.await("\nup\n")
	c.typeLine("hello")
	c.await("hello\nhello\n")
	c.press("\x03")
	c.await("> ")
}

// The terminal's signal may arrive at any moment of the command's start.
func TestInterruptReachesACommandThatLeavesTheGroup(t *testing.T) { eachRound(t, testTwentyInterrupts) }

func testTwentyInterrupts(t *testing.T) {
	c := newConsole(t)
	for range 20 {
		c.typeLine("$S timeout 60 sh -c 'echo up; exec sleep 60'")
		c.await("\nup\n")
		c.press("\x03")
		c.await("> ")
		if got := c.status(); got != "130" {
			t.Fatalf("status %s", got)
		}
		c.typeLine("$S timeout 60 sh -c 'echo up; exec sleep 60'")
		c.await("\nup\n")
		c.press("\x1a")
		c.await("Stopped")
		c.await("> ")
		c.typeLine("kill -KILL %%1; wait")
		c.await("> ")
	}
}

func TestNestedSupervisorsStopTogether(t *testing.T) {
	c := newConsole(t)
	c.typeLine("$S $S sh -c 'echo up; read x; kill -STOP $$; echo on; exit 4'")
	c.await("\nup\n")
	c.awaitLeft()
	c.typeLine("")
	c.await("Stopped")
	c.await("> ")
	c.typeLine("fg")
	c.await("\non\n")
	c.await("> ")
	if got := c.status(); got != "4" {
		t.Errorf("status %s", got)
	}
}

func TestSupervisorLeavesItsGroupAndComesBack(t *testing.T) {
	before := unix.Getpgrp()
	h := newHome()
	h.leave()
	if group := unix.Getpgrp(); !h.away || group == before {
		t.Fatalf("away %v, in group %d", h.away, group)
	}
	if err := unix.Waitid(unix.P_ALL, 0, nil, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT|unix.WALL, nil); err != unix.ECHILD {
		t.Errorf("there are children left: %v", err)
	}
	h.comeBack()
	if group := unix.Getpgrp(); h.away || group != before {
		t.Errorf("away %v, in group %d", h.away, group)
	}
}

func TestGroupIsOrphanedIfNoShellCares(t *testing.T) {
	for _, c := range []struct {
		shell string
		want  bool
	}{
		{"set -m; sleep 60; true", false}, // a job
		{"sleep 60; true", true},          // in the group of the shell, which leads the session
	} {
		cmd := exec.Command("sh", "-c", c.shell)
		tty, err := pty.Start(cmd)
		if err != nil {
			t.Fatal(err)
		}
		shell := cmd.Process.Pid
		var group int
		for end := time.Now().Add(patience); group == 0 && time.Now().Before(end); time.Sleep(time.Millisecond) { // until the child has become sleep
			for _, child := range process.ChildrenOf(shell) {
				if p, err := process.Read(child); err == nil && p.Name == "sleep" {
					group = p.Group
				}
			}
		}
		if got := isOrphaned(group, shell, shell); got != c.want {
			t.Errorf("%s: got %v", c.shell, got)
		}
		cmd.Process.Kill() // the kernel then sends SIGHUP to the group in the foreground
		cmd.Wait()
		tty.Close()
	}
}
