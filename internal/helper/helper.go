// Package helper runs the programs that gorun needs, such as getent(1) and loginctl(1).
//
// A helper is found in fixed directories, whatever PATH says: cron jobs and "env -i" have
// a PATH without them, or none. A helper has the signal mask of gorun's caller and ignores
// the signals that the caller ignores, except SIGCHLD, which gorun needs itself. It has the
// caller's environment, except what would change its output or its code.
package helper

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"gorun/internal/entry"
	"gorun/internal/signals"
)

// Dirs lists the directories with helpers. The last one is that of NixOS.
func Dirs() []string {
	return []string{"/usr/bin", "/bin", "/usr/sbin", "/sbin", "/run/current-system/sw/bin"}
}

// MissingError means that a helper is not installed.
type MissingError struct{ Name string }

func (e *MissingError) Error() string {
	return fmt.Sprintf("%s is not installed: it is not in %s", e.Name, strings.Join(Dirs(), ", "))
}

// HangError means that a helper did not end in time.
type HangError struct {
	Name  string
	After time.Duration
	Err   error // why the context ended
}

func (e *HangError) Error() string {
	return fmt.Sprintf("%s hangs: no answer after %s", e.Name, e.After.Round(time.Second/10))
}

func (e *HangError) Unwrap() error { return e.Err }

// Find returns the file of a helper. The error is a [*MissingError].
func Find(name string) (file string, err error) {
	for _, dir := range Dirs() {
		file := filepath.Join(dir, name)
		if unix.Access(file, unix.X_OK) == nil {
			return file, nil
		}
	}
	return "", &MissingError{name}
}

// Cmd is a helper that has not been started, or runs. A nil Stdin, Stdout or Stderr means
// /dev/null.
type Cmd struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	ExtraFiles     []*os.File // descriptors from 3 on
	OwnSession     bool       // the end of the caller's terminal does not reach the helper
	ForPeople      bool       // it speaks to the user, in the caller's language
	Name           string     // what errors call the helper
	// Env is its whole environment, and nothing is left out of it. Nil means the caller's.
	Env []string
	// Dir is its working directory. Empty means the caller's.
	Dir string
	// As is the user and the groups that it runs as. Nil means the caller's.
	As *syscall.Credential

	cmd *exec.Cmd
}

// New makes a helper of a name for [Find], or of a file.
func New(name string, args ...string) *Cmd {
	return &Cmd{Name: filepath.Base(name), cmd: &exec.Cmd{Path: name, Args: append([]string{name}, args...)}}
}

// Add adds arguments.
func (c *Cmd) Add(args ...string) { c.cmd.Args = append(c.cmd.Args, args...) }

// Output runs a helper to its end, or that of the context, and returns its standard
// output. The error is a [*MissingError], a [*HangError], an [*exec.ExitError] with the
// standard error, or from the system.
func Output(ctx context.Context, name string, args ...string) ([]byte, error) {
	var out, errors bytes.Buffer
	c := New(name, args...)
	c.Stdout, c.Stderr = &out, &errors
	err := c.Run(ctx)
	if exit, ok := err.(*ExitError); ok {
		exit.Stderr = errors.Bytes()
	}
	if _, hangs := err.(*HangError); hangs {
		return nil, err // the helper may still write
	}
	return out.Bytes(), err
}

// ExitError means that a helper failed.
type ExitError = exec.ExitError

// Run runs the helper to its end, or that of the context. A helper that hangs is killed,
// and not waited for: the kernel may not let it die. The error is one of [Output].
func (c *Cmd) Run(ctx context.Context) error {
	begun := time.Now()
	if err := c.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		c.kill()
		return &HangError{c.Name, time.Since(begun), context.Cause(ctx)}
	}
}

// kill kills the helper, and if it has a session of its own what it has started there.
func (c *Cmd) kill() {
	c.Signal(unix.SIGKILL)
	if c.OwnSession {
		unix.Kill(-c.cmd.Process.Pid, unix.SIGKILL) // it leads the group until it has been waited for
	}
}

// Start starts the helper. The error is a [*MissingError] or from the system.
func (c *Cmd) Start() (err error) {
	if !strings.Contains(c.cmd.Path, "/") {
		if c.cmd.Path, err = Find(c.cmd.Path); err != nil {
			return err
		}
	}
	c.ignoreAsAtStart()
	c.cmd.Stdin, c.cmd.Stdout, c.cmd.Stderr, c.cmd.ExtraFiles = c.Stdin, c.Stdout, c.Stderr, c.ExtraFiles
	if c.cmd.Env = c.Env; c.Env == nil {
		c.cmd.Env = c.environment(os.Environ())
	}
	c.cmd.Dir = c.Dir
	c.cmd.SysProcAttr = &unix.SysProcAttr{Setsid: c.OwnSession, Credential: c.As}
	return entry.Inherit(c.cmd.Start)
}

// environment is the caller's environment without libraries that the caller adds, without
// systemd's debug messages and colours, which gorun would have to tell from the answer, and
// with the numbers and messages of the C locale.
func (c *Cmd) environment(callers []string) []string {
	env := slices.DeleteFunc(slices.Clone(callers), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return name == "LD_PRELOAD" || name == "LD_LIBRARY_PATH" || name == "SYSTEMD_COLORS" || strings.HasPrefix(name, "SYSTEMD_LOG_") ||
			name == "LC_ALL" && !c.ForPeople
	})
	env = append(env, "SYSTEMD_COLORS=0")
	if !c.ForPeople {
		env = append(env, "LC_ALL=C")
	}
	return env
}

// ignoreAsAtStart makes a shell ignore the signals that were ignored when the process
// started and that it handles by now. Nothing else can do that between fork and exec, and
// if the process ignored them itself for a moment, it could lose one.
func (c *Cmd) ignoreAsAtStart() {
	trap := ""
	for s := unix.Signal(1); s <= signals.RealtimeLast; s++ {
		if s != unix.SIGCHLD && entry.Ignored(s) && !signals.IsIgnored(s) {
			trap += fmt.Sprintf(" %d", s)
		}
	}
	if trap != "" {
		c.cmd.Args = append([]string{"/bin/sh", "-c", "trap ''" + trap + `; exec "$0" "$@"`, c.cmd.Path}, c.cmd.Args[1:]...)
		c.cmd.Path = "/bin/sh"
	}
}

// Wait waits for the end of the helper. It has no deadline of its own.
func (c *Cmd) Wait() error { return c.cmd.Wait() }

// Signal sends the helper a signal, if it has not ended.
func (c *Cmd) Signal(sig unix.Signal) { c.cmd.Process.Signal(sig) }

// StdinPipe is like [exec.Cmd.StdinPipe].
func (c *Cmd) StdinPipe() (w io.WriteCloser, err error) {
	w, err = c.cmd.StdinPipe()
	c.Stdin = c.cmd.Stdin
	return w, err
}

// StdoutPipe is like [exec.Cmd.StdoutPipe].
func (c *Cmd) StdoutPipe() (r io.ReadCloser, err error) {
	r, err = c.cmd.StdoutPipe()
	c.Stdout = c.cmd.Stdout
	return r, err
}
