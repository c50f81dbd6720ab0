package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"syscall"
	"time"

	"gorun/integration/rig"
)

// hereLogin runs the steps on the machine that the demo runs on, as the caller.
type hereLogin struct {
	user string
	dir  string // the working directory, and the home of the runs
}

func (l hereLogin) User() string { return l.user }

// Run ends the script's processes when ctx is done.
func (l hereLogin) Run(ctx context.Context, script string) (rig.Output, error) {
	bin, err := filepath.Abs("bin")
	if err != nil {
		return rig.Output{}, err
	}
	cmd := exec.CommandContext(ctx, "sh", "-c", script)
	cmd.Dir = l.dir
	cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "XDG_STATE_HOME="+l.dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	out := rig.Output{Stdout: stdout.String(), Stderr: stderr.String(), Status: -1}
	if exit := (*exec.ExitError)(nil); err == nil || errors.As(err, &exit) && ctx.Err() == nil {
		out.Status, err = cmd.ProcessState.ExitCode(), nil
	}
	return out, err
}

// playHere shows what gorun does without a service manager, on the machine as it is.
func playHere(ctx context.Context) error {
	if err := build(ctx); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "gorun-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	name := "you"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	fmt.Println("# This machine, without asking a service manager")
	const patience = 20 * time.Second
	for _, step := range withoutManager() {
		if err := step.show(ctx, os.Stdout, hereLogin{name, dir}, patience); err != nil {
			stage{}.explain(ctx, err)
			return err
		}
	}
	fmt.Println()
	return nil
}

// withoutManager are steps that need no service manager, no privilege and no cgroup.
func withoutManager() []step {
	return []step{
		{
			why:     "Where no systemd runs, or with --embedded, gorun itself holds the run:\nin a cgroup, if it may make one.",
			command: `gorun --embedded tail -n1 /proc/self/cgroup`,
			wants:   []string{`gorun: warning: no service manager: `},
		}, {
			why:     "The time limit reaches all that COMMAND has started.",
			command: `gorun --embedded -q --runtime-max=300ms sh -c 'setsid sleep 60 & sleep 60'; echo $?`,
			wants:   []string{`time limit of 300ms reached`, `(?m)^124$`},
		}, {
			why:     "How it ended.",
			command: `gorun --embedded -q --report sh -c 'exit 7'; echo $?`,
			wants:   []string{`outcome +exited: .*status 7`, `(?m)^7$`},
		},
	}
}
