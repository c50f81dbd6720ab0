package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"gorun/integration/rig"
)

// machine is a machine to measure on, with the programs that it takes.
type machine struct{ *rig.Machine }

// boot starts the machine, and lets alice linger.
func boot(ctx context.Context) (*machine, error) {
	suite, err := rig.SuiteNamed("trixie")
	if err != nil {
		return nil, err
	}
	img, err := rig.OpenImage(ctx, suite, os.Stderr)
	if err != nil {
		return nil, err
	}
	started, err := rig.StartContainer(ctx, img)
	if err != nil {
		return nil, err
	}
	m := &machine{started}
	if err := m.setUp(ctx); err != nil {
		m.Close()
		return nil, err
	}
	return m, nil
}

// setUp installs gorun and the programs of the tests.
func (m *machine) setUp(ctx context.Context) error {
	if err := m.Install(ctx, "bin/gorun"); err != nil {
		return err
	}
	err := errors.Join(
		m.Build(ctx, "bench", "go", "build", "-o", "OUT", "./integration/guest/bench"),
		m.Build(ctx, "waiter", "go", "build", "-ldflags=-s -w", "-o", "OUT", "./integration/guest/waiter"),
		m.Build(ctx, "gofloor", "go", "build", "-ldflags=-s -w", "-o", "OUT", "./integration/guest/gofloor"),
		m.Build(ctx, "floor", "gcc", "-static", "-O2", "-o", "OUT", "integration/guest/floor/floor.c"))
	if err != nil {
		return err
	}
	_, err = m.as(ctx, "root", "loginctl enable-linger alice; until systemctl -q is-active user@1000.service; do sleep 0.1; done")
	return err
}

// as runs a script as a user and returns what it prints. A script that fails or complains is an
// error.
func (m *machine) as(ctx context.Context, user, script string) (string, error) {
	out, err := m.RunAs(ctx, user, script)
	if err == nil && (out.Status != 0 || out.Stderr != "") {
		err = fmt.Errorf("%s: status %d: %s", script, out.Status, out.Stderr)
	}
	return strings.TrimSpace(out.Stdout), err
}

// describe says on what is measured.
func (m *machine) describe(ctx context.Context) (string, error) {
	return m.as(ctx, "root", `
		model=$(sed -n 's/^model name\t*: //p' /proc/cpuinfo | head -n 1)
		echo "systemd $(systemctl --version | sed -n '1s/systemd \([0-9]*\).*/\1/p') in a container, Linux $(uname -r), $(nproc) processors, $model"`)
}
