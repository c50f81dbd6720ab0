package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// mutation is a change that breaks a promise.
type mutation struct {
	promise  string
	file     string
	old, new string // old is in the file once
	pkg      string // with the test that fails
	test     string
}

// apply returns the changed file of a copy of the code.
func (m mutation) apply(dir string) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(dir, m.file))
	if err != nil {
		return nil, err
	}
	if n := bytes.Count(text, []byte(m.old)); n != 1 {
		return nil, fmt.Errorf("%s: %s has %d times what is to be changed: %q", m.promise, m.file, n, m.old)
	}
	return bytes.Replace(text, []byte(m.old), []byte(m.new), 1), nil
}

// try applies the change to a copy of the code, and runs the test. noticed reports that it failed.
func (m mutation) try(ctx context.Context) (noticed bool, said string, err error) {
	changed, err := m.apply(".")
	if err != nil {
		return false, "", err
	}
	dir, err := os.MkdirTemp("", "gorun-mutate-")
	if err != nil {
		return false, "", err
	}
	defer os.RemoveAll(dir)
	// Files that git does not know are no part of the code.
	if err := run(ctx, ".", "sh", "-c", `git ls-files -z | xargs -0 cp --parents -t "$0"`, dir); err != nil {
		return false, "", err
	}
	if err := os.WriteFile(filepath.Join(dir, m.file), changed, 0o666); err != nil {
		return false, "", err
	}
	if err := run(ctx, dir, "make", "--no-print-directory", "build"); err != nil {
		return false, "", err
	}
	test := exec.CommandContext(ctx, "go", "test", "-count=1", "-timeout=10m", "-run", "^"+m.test+"$", m.pkg)
	test.Dir = dir
	test.Env = append(os.Environ(), "GORUN_SUITES=trixie")
	out, err := test.CombinedOutput()
	if bytes.Contains(out, []byte("no tests to run")) {
		return false, "", errors.New("there is no such test: " + m.test)
	}
	if bytes.Contains(out, []byte("[build failed]")) {
		return false, "", fmt.Errorf("the change does not compile: %s", out)
	}
	return err != nil && ctx.Err() == nil, string(out), ctx.Err()
}

// run runs a command that must succeed.
func run(ctx context.Context, dir string, command ...string) error {
	c := exec.CommandContext(ctx, command[0], command[1:]...)
	c.Dir = dir
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", command[0], err, out)
	}
	return nil
}
