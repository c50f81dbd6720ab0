package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"

	"golang.org/x/sys/unix"

	"gorun/scope"
)

// gated is a script that runs a command when a line arrives on descriptor 3. If the
// descriptor is closed first, it does not run the command.
const gated = `read -r go <&3 || exit 125; exec "$@" 3<&-`

// child runs a command in a new scope from its first instruction on.
func child(ctx context.Context, unit string, args []string) error {
	dashes := slices.Index(args, "--")
	properties, err := parse(args[:dashes])
	if err != nil {
		return err
	}
	cmd := exec.Command("/bin/sh", append([]string{"-c", gated, "sh"}, args[dashes+1:]...)...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	gate, open, err := os.Pipe()
	if err != nil {
		return err
	}
	cmd.ExtraFiles = []*os.File{gate}
	err = cmd.Start()
	gate.Close()
	if err != nil {
		return err
	}
	_, err = scope.Start(ctx, scope.Spec{Unit: unit, PIDs: []int{cmd.Process.Pid}, Properties: properties})
	if err == nil {
		fmt.Fprintln(open)
	}
	open.Close()
	return errors.Join(err, cmd.Wait())
}

// zombie tries to start a scope with a child that has ended but has not been waited for.
func zombie(ctx context.Context, unit string) error {
	cmd := exec.Command("true")
	if err := cmd.Start(); err != nil {
		return err
	}
	defer cmd.Wait() // it has ended well
	if err := unix.Waitid(unix.P_PID, cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
		return err
	}
	_, err := scope.Start(ctx, scope.Spec{Unit: unit, PIDs: []int{cmd.Process.Pid}})
	return err
}
