package rig

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// build makes a part of an image. However this process ends, a keeper ends the commands
// of the build and removes the files that they have made.
type build struct {
	out    string    // the file or directory to make
	log    io.Writer // takes the output of failed commands
	keeper *keeper
}

// startBuild starts a build of out.
func startBuild(out string, log io.Writer) (*build, error) {
	k, err := startKeeper()
	if err != nil {
		return nil, err
	}
	b := &build{out: out, log: log, keeper: k}
	if err := k.add(leftover{Path: out}); err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

// close removes the files that have been made but not moved.
func (b *build) close() { b.keeper.close() }

// temporaryDirectory makes a directory in $TMPDIR for the duration of the build. Every
// user may enter it.
func (b *build) temporaryDirectory() (string, error) {
	dir := filepath.Join(os.TempDir(), ownName())
	if err := b.keeper.add(leftover{Path: dir}); err != nil {
		return "", err
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o755) // whatever the umask
}

// command returns a command that ends with ctx or with this process. It gets SIGTERM
// together with all its children, as a process group of its own: mmdebstrap waits for
// its children before it cleans up, and ^C on the terminal does not reach the group.
func (b *build) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if os.Geteuid() == 0 {
		// The mounts of a killed mmdebstrap must not stay.
		cmd.SysProcAttr.Unshareflags = unix.CLONE_NEWNS
	}
	cmd.Cancel = func() error { return unix.Kill(-cmd.Process.Pid, unix.SIGTERM) }
	cmd.WaitDelay = endTimeout
	return cmd
}

// run runs a command of the build. It shows the output only if the command fails.
func (b *build) run(cmd *exec.Cmd) error {
	output := &tail{}
	cmd.Stdout, cmd.Stderr = output, output
	if err := cmd.Start(); err != nil {
		return err
	}
	if err := b.keeper.add(leftover{Group: cmd.Process.Pid}); err != nil {
		cmd.Cancel()
		cmd.Wait() // the keeper's error is the cause
		return err
	}
	if err := cmd.Wait(); err != nil {
		io.WriteString(b.log, output.String()) // best effort: the error says what failed
		return fmt.Errorf("%s: %w", filepath.Base(cmd.Path), err)
	}
	return nil
}

// logTime logs the time that a step has taken since start.
func logTime(log io.Writer, step string, start time.Time) {
	fmt.Fprintf(log, "rig: %s took %v\n", step, time.Since(start).Round(100*time.Millisecond))
}
