package cgroup

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Group is a control group. It holds nothing open and needs no closing. Groups can be
// compared, and read from several goroutines at once. Reading the zero Group is an
// error.
//
// Use [Of] or [At], or give the directory alone: Group{Dir: "/sys/fs/cgroup/x"}.
type Group struct {
	// Dir is the group's directory in the file system, such as
	// /sys/fs/cgroup/user.slice. All reads go there.
	Dir string

	// Path is the group's path in the hierarchy as /proc/PID/cgroup shows it to
	// this process: /user.slice. It is relative to the root of the caller's
	// cgroup namespace and begins with /.. for a group that is not below that.
	// Empty means unknown.
	Path string
}

// Of returns the cgroup v2 of a process, for which 0 means the caller. It reads
// /proc/PID/cgroup and looks for the mount in /proc/self/mountinfo.
//
// The error is [ErrNoV2], [ErrOutside], or an error of [PathOf].
func Of(pid int) (Group, error) {
	path, err := PathOf(pid)
	if err != nil {
		return Group{}, err
	}
	return At(path)
}

// At returns the group with the given path in the hierarchy. The path begins with a
// slash: /proc/PID/cgroup shows it after 0::, and systemd calls it ControlGroup. At
// looks for the mount in /proc/self/mountinfo. It does not check that the group exists:
// reading it does.
//
// The error is [ErrNoV2] or [ErrOutside].
func At(path string) (Group, error) {
	if !strings.HasPrefix(path, "/") {
		return Group{}, fmt.Errorf("find cgroup %q: the path does not begin with a slash", path)
	}
	mounts, err := readMounts()
	if err != nil {
		return Group{}, fmt.Errorf("find cgroup %s: %w", path, err)
	}
	dir, err := directory(mounts, path)
	if err != nil {
		return Group{}, fmt.Errorf("find cgroup %s: %w", path, err)
	}
	return Group{Dir: dir, Path: path}, nil
}

// Name returns the last element of the group's path, which for a systemd unit
// is the unit's name; / for the root of the hierarchy.
func (g Group) Name() string {
	if g.Path == "" {
		return filepath.Base(g.Dir)
	}
	return path.Base(g.Path)
}

// Parent returns the group above. ok is false for the root of the hierarchy, and for a group
// whose parent is not mounted or not visible: the root of a cgroup namespace has none.
func (g Group) Parent() (parent Group, ok bool) {
	if g.Dir == "" || g.Path == "/" {
		return Group{}, false
	}
	parent = Group{Dir: filepath.Dir(g.Dir)}
	if g.Path != "" {
		parent.Path = path.Dir(g.Path)
	}
	// Every group has this file. Other directories do not.
	_, err := os.Stat(filepath.Join(parent.Dir, "cgroup.procs"))
	return parent, err == nil
}

// Contains reports whether inner is the path of the group at outer or of a group below
// it, both as in /proc/PID/cgroup. An empty outer contains nothing.
func Contains(outer, inner string) bool {
	return outer != "" && (inner == outer || strings.HasPrefix(inner, strings.TrimSuffix(outer, "/")+"/"))
}
