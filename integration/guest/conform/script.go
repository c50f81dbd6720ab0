package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// withoutTerminal runs a trial's script and returns its output and how it ended.
func withoutTerminal(t trial, dir string, env []string) string {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, shellOf(t), "-c", t.script)
	cmd.Dir, cmd.Env = dir, env
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = patience / 5 // for processes that hold the pipes
	err := cmd.Run()
	how := "cannot start"
	switch {
	case ctx.Err() != nil:
		how = "hangs"
	case errors.Is(err, exec.ErrWaitDelay):
		how = "left a process"
	case cmd.ProcessState != nil:
		how = describe(cmd.ProcessState.Sys().(syscall.WaitStatus))
	}
	return strings.Join(strings.Fields(strings.Join([]string{stdout.String(), stderr.String(), "→", how}, " ")), " ")
}

func shellOf(t trial) string {
	if t.shell == "" {
		return "bash"
	}
	return t.shell
}

// printStatus runs a command and prints how it ended. A shell cannot distinguish a death
// by signal from an exit status above 128.
func printStatus(args []string) {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Run() // how it ended is printed below
	if cmd.ProcessState == nil {
		fmt.Println("not started")
		return
	}
	fmt.Println(describe(cmd.ProcessState.Sys().(syscall.WaitStatus)))
}
