// Command rig boots a test machine with gorun on it and logs in, to try things by
// hand:
//
//	rig [-vm | -with PACKAGE,...] SUITE [USER [COMMAND...]]
//
// The machine ends with the login. For more logins at the same time, use the ssh command
// line that rig prints.
//
// Command rig also builds images without starting a machine, all suites in parallel, and
// removes them:
//
//	rig -build [-vm] SUITE...
//	rig -clean
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"

	"gorun/integration/rig"
)

const usage = "usage: rig [-vm | -with PACKAGE,...] SUITE [USER [COMMAND...]], rig -build [-vm] SUITE... or rig -clean"

// options is the command line.
type options struct {
	vm, build, clean bool
	gorun, with      string
	args             []string
}

func main() {
	rig.Init()
	var o options
	flag.BoolVar(&o.vm, "vm", false, "a virtual machine instead of a container")
	flag.BoolVar(&o.build, "build", false, "build the images of the suites and start nothing; with -vm also their snapshots")
	flag.BoolVar(&o.clean, "clean", false, "remove all images")
	flag.StringVar(&o.with, "with", "", "Debian packages to add to a container, separated by commas")
	flag.StringVar(&o.gorun, "gorun", "", "the binary to install; by default bin/gorun, or for another processor bin/gorun-arm64")
	flag.Parse()
	o.args = flag.Args()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "rig:", err)
		os.Exit(1)
	}
}

func run(o options) error {
	if o.clean != (len(o.args) == 0) || o.clean && o.build {
		return errors.New(usage)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	switch {
	case o.clean:
		return clean()
	case o.build:
		return build(ctx, o.vm, o.args)
	default:
		return try(ctx, o)
	}
}

// try starts a machine and logs in.
func try(ctx context.Context, o options) error {
	m, err := boot(ctx, o)
	if err != nil {
		return err
	}
	defer m.Close()
	if err := m.Install(ctx, cmp.Or(o.gorun, m.Suite.Binary())); err != nil {
		return err
	}
	user, command := "alice", []string(nil)
	if len(o.args) > 1 {
		user, command = o.args[1], o.args[2:]
	}
	return login(ctx, m, user, command)
}

func boot(ctx context.Context, o options) (*rig.Machine, error) {
	suite, err := rig.SuiteNamed(o.args[0])
	if err != nil {
		return nil, err
	}
	img, err := rig.OpenImage(ctx, suite, os.Stderr)
	if err != nil {
		return nil, err
	}
	if o.with != "" {
		img, err = img.With(ctx, strings.Split(o.with, ",")...)
		if err != nil {
			return nil, err
		}
	}
	if o.vm {
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
