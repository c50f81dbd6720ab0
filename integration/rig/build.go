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

// build is the making of a part of an image. However this process ends, a keeper
// ends the commands of the build and removes what they have made.
type build struct {
	out    string    // what to make
	log    io.Writer // takes the output of commands that fail
	keeper *keeper
}

// startBuild prepares the making of out.
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

// close removes what has been made and not been moved.
func (b *build) close() { b.keeper.close() }

// temporaryDirectory makes a directory for the time of the build, in $TMPDIR, that
// every user may enter.
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

// command is a command of the build, that ends with ctx or with this process. It
// is sent SIGTERM with all its children, which have a process group of their own:
// mmdebstrap waits for its children before it cleans up, and a ^C on the terminal
// reaches none of them by another way.
func (b *build) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if os.Geteuid() == 0 {
		// What a killed mmdebstrap has mounted must not stay mounted.
		cmd.SysProcAttr.Unshareflags = unix.CLONE_NEWNS
	}
	cmd.Cancel = func() error { return unix.Kill(-cmd.Process.Pid, unix.SIGTERM) }
	cmd.WaitDelay = endTimeout
	return cmd
}

// run runs a command of the build and shows its output only if it fails.
func (b *build) run(cmd *exec.Cmd) error {
	output := &tail{}
	cmd.Stdout, cmd.Stderr = output, output
	if err := cmd.Start(); err != nil {
		return err
	}
	if err := b.keeper.add(leftover{Group: cmd.Process.Pid}); err != nil {
		cmd.Cancel()
		cmd.Wait() // the error of the keeper comes first
		return err
	}
	if err := cmd.Wait(); err != nil {
		io.WriteString(b.log, output.String()) // best effort: the error says what failed
		return fmt.Errorf("%s: %w", filepath.Base(cmd.Path), err)
	}
	return nil
}

// logTime logs how long a step took that began at start.
func logTime(log io.Writer, step string, start time.Time) {
	fmt.Fprintf(log, "rig: %s took %v\n", step, time.Since(start).Round(100*time.Millisecond))
}
