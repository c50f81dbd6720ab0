package cgroup

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// Make makes a group below this one. It needs the right to write to the group's directory:
// else the error wraps [io/fs.ErrPermission]. The error wraps [io/fs.ErrExist] if there is a
// group of that name. The new group has the controllers that [Group.Enable] has enabled here.
func (g Group) Make(name string) (Group, error) {
	if g.Dir == "" {
		return Group{}, errNoDir
	}
	if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\n") {
		return Group{}, fmt.Errorf("make cgroup %q: not a name", name)
	}
	made := Group{Dir: filepath.Join(g.Dir, name)}
	if g.Path != "" {
		made.Path = path.Join(g.Path, name)
	}
	return made, os.Mkdir(made.Dir, 0o755)
}

// Remove removes the group and all groups below it. The error is [unix.EBUSY] if a process is
// in one of them. None is removed then: a program may have made the empty ones for its processes.
// Only if the process comes meanwhile, some are gone. It is no error if there is no such group.
func (g Group) Remove() error {
	if g.Dir == "" {
		return errNoDir
	}
	err := unix.Rmdir(g.Dir)
	if err == nil || err == unix.ENOENT {
		return nil
	}
	if events, eventsErr := g.Events(); eventsErr == nil && events != nil && events.Populated { // version 1 does not say
		return &os.PathError{Op: "remove", Path: g.Dir, Err: unix.EBUSY}
	}
	return remove(g.Dir)
}

// remove removes the group in a directory, from the bottom up.
func remove(dir string) error {
	err := unix.Rmdir(dir)
	if err == nil || err == unix.ENOENT {
		return nil
	}
	below, readErr := os.ReadDir(dir)
	found := false
	for _, entry := range below {
		if !entry.IsDir() {
			continue
		}
		found = true
		if err := remove(filepath.Join(dir, entry.Name())); err != nil {
			return err
		}
	}
	if found && readErr == nil {
		err = unix.Rmdir(dir)
	}
	if err == nil || err == unix.ENOENT {
		return nil
	}
	return &os.PathError{Op: "remove", Path: dir, Err: err}
}

// Set writes to one of the group's files, such as "512M" to memory.max. Several values are
// written one after the other. The error is [errors.ErrUnsupported] if the group has no such
// file, and [ErrGone] if there is no such group.
func (g Group) Set(file string, values ...string) error { return g.write(file, values...) }

// Enable gives controllers to the groups below this one. The error is [unix.EBUSY] if the group
// has processes of its own and is not the root: such a group cannot share its controllers
// (no internal processes, cgroup-v2.rst). It is [unix.ENOENT] if a controller is not in
// cgroup.controllers. Controllers before the one that fails stay enabled.
func (g Group) Enable(controllers ...string) error {
	for _, name := range controllers {
		err := g.write("cgroup.subtree_control", "+"+name)
		if err != nil {
			return fmt.Errorf("enable the %s controller: %w", name, err)
		}
	}
	return nil
}

// Enabled lists the controllers that the groups below this one have, from
// cgroup.subtree_control. Nil means that there is no such file.
func (g Group) Enabled() ([]string, error) {
	list, err := one(g, "cgroup.subtree_control", parseControllers)
	if list == nil {
		return nil, err
	}
	return *list, err
}

// MayPlace says why the caller may not make a group below this one and move a process there from
// another group below it. It is nil if the caller may. It changes nothing.
func (g Group) MayPlace() error {
	for _, file := range []string{".", "cgroup.procs"} {
		name := filepath.Join(g.Dir, file)
		if err := unix.Faccessat(unix.AT_FDCWD, name, unix.W_OK, unix.AT_EACCESS); err != nil {
			return &os.PathError{Op: "write", Path: name, Err: err}
		}
	}
	return nil
}

// isUnsupported reports whether a group lacks a file.
func isUnsupported(err error) bool { return errors.Is(err, errors.ErrUnsupported) }
