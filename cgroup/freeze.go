package cgroup

import (
	"bytes"
	"context"
	"errors"

	"golang.org/x/sys/unix"
)

// Freeze stops all processes in the group and below it, and returns when they have stopped.
// They get no processor until [Group.Thaw]; only SIGKILL ends them. A process that waits in the
// kernel, such as for a disk, stops when that is over: until then Freeze waits, as long as ctx
// lasts, and what has stopped stays so.
//
// It needs the right to write to the group: else the error wraps [io/fs.ErrPermission]. The
// error is [ErrGone] if there is no such group.
func (g Group) Freeze(ctx context.Context) error {
	if err := g.write("cgroup.freeze", "1"); err != nil {
		return err
	}
	for events, err := range g.Watch(ctx) {
		switch {
		case err != nil:
			return err
		case events.Frozen:
			return nil
		}
	}
	return nil
}

// Thaw lets the processes of the group run again, unless a group above it is frozen. A group
// that was not frozen stays as it is. The errors are those of [Group.Freeze].
func (g Group) Thaw() error { return g.write("cgroup.freeze", "0") }

// IsFrozen reads cgroup.freeze: whether the group itself was to stop. [Events].Frozen says
// whether its processes have stopped, also because of a group above. It is false on Linux
// before 5.2, which cannot freeze.
func (g Group) IsFrozen() (bool, error) {
	value, err := one(g, "cgroup.freeze", func(data []byte) (bool, error) {
		return bytes.Equal(bytes.TrimSpace(data), []byte("1")), nil
	})
	return value != nil && *value, err
}

// write writes to one of the group's files.
func (g Group) write(name string, values ...string) error {
	d, err := g.open()
	if err != nil {
		return err
	}
	defer d.close()
	fd, err := d.openToWrite(name)
	if errors.Is(err, unix.ENOENT) {
		return errors.ErrUnsupported
	}
	if err != nil {
		return err
	}
	defer unix.Close(fd) // the kernel has taken what was written
	for _, value := range values {
		if _, err := unix.Write(fd, []byte(value)); err != nil {
			return d.failed("write", name, err)
		}
	}
	return nil
}
