// Command rig boots a test machine with gorun on it and logs in, to try things by
// hand:
//
//	rig [-vm] SUITE [USER [COMMAND...]]
//
// The machine ends with the login. Several logins at a time: use the ssh command
// line that rig prints.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"

	"gorun/integration/rig"
)

func main() {
	rig.Init()
	vm := flag.Bool("vm", false, "a virtual machine instead of a container")
	binary := flag.String("gorun", "bin/gorun", "the binary to install")
	flag.Parse()
	if err := run(*vm, *binary, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "rig:", err)
		os.Exit(1)
	}
}

func run(vm bool, binary string, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("usage: rig [-vm] SUITE [USER [COMMAND...]]")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	m, err := boot(ctx, vm, args[0])
	if err != nil {
		return err
	}
	defer m.Close()
	if err := m.Install(ctx, binary); err != nil {
		return err
	}
	user := "alice"
	if len(args) > 1 {
		user, args = args[1], args[1:]
	}
	return login(ctx, m, user, args[1:])
}

func boot(ctx context.Context, vm bool, name string) (*rig.Machine, error) {
	suite, err := rig.SuiteNamed(name)
	if err != nil {
		return nil, err
	}
	img, err := rig.OpenImage(ctx, suite, os.Stderr)
	if err != nil {
		return nil, err
	}
	if vm {
		return rig.StartVM(ctx, img)
	}
	return rig.StartContainer(ctx, img)
}

// login runs ssh on this terminal.
func login(ctx context.Context, m *rig.Machine, user string, command []string) error {
	port, err := m.Forward(ctx)
	if err != nil {
		return err
	}
	args := append(m.SSHArgs(port, user), command...)
	fmt.Fprintln(os.Stderr, "rig: ssh", args)
	cmd := exec.Command("ssh", args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return cmd.Run()
}
