package rig

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// Install copies a binary to /usr/bin/gorun on the machine.
func (m *Machine) Install(ctx context.Context, file string) error {
	return m.installAs(ctx, file, "gorun")
}

// Build builds a program on the host and installs it in /usr/bin. The command gets the name of
// the file to write as its argument OUT.
func (m *Machine) Build(ctx context.Context, name string, command ...string) error {
	dir, err := os.MkdirTemp("", "gorun-build-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, name)
	if i := slices.Index(command, "OUT"); i >= 0 {
		command = slices.Clone(command)
		command[i] = out
	}
	build := exec.CommandContext(ctx, command[0], command[1:]...)
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOARCH="+m.Suite.Arch)
	if text, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w: %s", name, err, text)
	}
	return m.installAs(ctx, out, name)
}

// installAs copies a file to /usr/bin.
func (m *Machine) installAs(ctx context.Context, file, name string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("install: %w", err)
	}
	root, err := m.Login(ctx, "root")
	if err != nil {
		return err
	}
	defer root.Close()
	return root.Upload(ctx, data, "/usr/bin/"+name, "755")
}
