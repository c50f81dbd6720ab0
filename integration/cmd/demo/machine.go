package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"gorun/integration/rig"
)

const (
	// bootPatience limits the time before the first step. Most of it is for
	// downloading an image's packages.
	bootPatience = 15 * time.Minute
	// closePatience limits the time of the machine's end.
	closePatience = 10 * time.Second
)

// prepare builds gorun while the machine boots. If one fails, it cancels the other.
func prepare(ctx context.Context) (*rig.Machine, error) {
	late := fmt.Errorf("the machine has not booted after %s", bootPatience)
	ctx, stop := context.WithTimeoutCause(ctx, bootPatience, late)
	defer stop()
	ctx, cancel := context.WithCancelCause(ctx)
	built := make(chan error, 1)
	go func() {
		err := build(ctx)
		if err != nil {
			cancel(err)
		}
		built <- err
	}()
	m, err := boot(ctx)
	if err != nil {
		cancel(err)
	}
	if buildErr := <-built; m != nil && buildErr != nil {
		closeMachine(m)
	}
	return m, context.Cause(ctx)
}

// build makes bin/gorun.
func build(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, "make", "--silent", "--no-print-directory", "build")
	// This make cannot use the job server of the make that started the demo.
	cmd.Env = append(os.Environ(), "MAKEFLAGS=")
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = farewell
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("make build: %w: %s", err, out)
	}
	return nil
}

// boot starts the machine. It returns when ctx is done, even while another process
// builds the same image.
func boot(ctx context.Context) (*rig.Machine, error) {
	var m *rig.Machine
	err := bounded(ctx, closePatience, func() error {
		started, err := startMachine(ctx)
		if err == nil {
			m = started
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("boot: %w", err)
	}
	return m, nil
}

// startMachine starts a container or a virtual machine.
func startMachine(ctx context.Context) (*rig.Machine, error) {
	suite, err := rig.SuiteNamed("trixie")
	if err != nil {
		return nil, err
	}
	img, err := rig.OpenImage(ctx, suite, os.Stderr)
	if err != nil {
		return nil, err
	}
	start := rig.StartContainer
	if os.Getenv("RIG") == "vm" || os.Geteuid() != 0 {
		start = rig.StartVM
	}
	return start(ctx, img)
}

// closeMachine ends the machine. If the machine does not end in time, the kernel kills
// it when this process ends.
func closeMachine(m *rig.Machine) {
	ctx, cancel := context.WithTimeout(context.Background(), closePatience)
	defer cancel()
	err := bounded(ctx, 0, func() error {
		m.Close()
		return nil
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo: the machine has not ended yet; it ends with the demo")
	}
}

// setUp installs gorun, and makes logind kill leftover processes at once at logout.
func (s stage) setUp(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	_, err := s.runAs(ctx, "root", `mkdir -p /etc/systemd/logind.conf.d
		printf '[Login]\nKillUserProcesses=yes\nUserStopDelaySec=0\n' >/etc/systemd/logind.conf.d/kill.conf
		systemctl restart systemd-logind`)
	if err := errors.Join(err, s.machine.Install(limited, "bin/gorun")); err != nil {
		return fmt.Errorf("set up the machine: %w", err)
	}
	suite := s.machine.Suite
	fmt.Printf("# Debian %s, systemd %d, KillUserProcesses=yes, UserStopDelaySec=0\n", suite.Name, suite.Systemd)
	return nil
}
