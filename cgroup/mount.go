package cgroup

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

const mountinfo = "/proc/self/mountinfo"

// mount is one mount of cgroup2.
type mount struct {
	// root is the group at the mount point, as a path in the hierarchy from the
	// same starting point as the paths in /proc/PID/cgroup: the root of the
	// caller's cgroup namespace (cgroup_show_path in kernel/cgroup/cgroup.c).
	root string
	// point is the directory where it is mounted.
	point string
}

// readMounts returns the mounts of cgroup2 that this process can see, at least
// one.
func readMounts() ([]mount, error) {
	data, err := readFile(mountinfo)
	if err != nil {
		return nil, err
	}
	mounts, err := parseMounts(data)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", mountinfo, err)
	}
	mounts = slices.DeleteFunc(mounts, mount.hidden)
	if len(mounts) == 0 {
		return nil, fmt.Errorf("cgroup2 is not mounted: %w", ErrNoV2)
	}
	return mounts, nil
}

// hidden reports whether another file system is mounted over the mount or over a
// directory above it.
func (m mount) hidden() bool {
	var st unix.Statfs_t
	err := unix.Statfs(m.point, &st)
	return err != nil || st.Type != unix.CGROUP2_SUPER_MAGIC
}

// parseMounts returns the mounts of cgroup2 in the order of the file. If two have the
// same mount point, the later one hides the other.
func parseMounts(data []byte) ([]mount, error) {
	var mounts []mount
	err := eachLine(data, func(line []byte) error {
		m, ok, err := parseMount(line)
		if !ok || err != nil {
			return err
		}
		mounts = slices.DeleteFunc(mounts, func(other mount) bool { return other.point == m.point })
		mounts = append(mounts, m)
		return nil
	})
	return mounts, err
}

// parseMount parses one line of /proc/PID/mountinfo, see proc_pid_mountinfo(5).
// ok is false for a file system other than cgroup2.
//
//	41 31 0:38 / /sys/fs/cgroup/unified rw,relatime shared:9 - cgroup2 cgroup2 rw
//
// Before the dash are a mount's and its parent's number, the device, the root,
// the mount point, options, and any number of optional fields.
func parseMount(line []byte) (m mount, ok bool, err error) {
	before, after, _ := bytes.Cut(line, []byte(" - "))
	if !bytes.HasPrefix(after, []byte("cgroup2 ")) {
		return mount{}, false, nil
	}
	fields := bytes.Split(before, []byte(" "))
	if len(fields) < 6 {
		return mount{}, false, errors.New("want at least six fields before the dash")
	}
	m = mount{root: unescape(fields[3]), point: unescape(fields[4])}
	if !strings.HasPrefix(m.root, "/") || !strings.HasPrefix(m.point, "/") {
		return mount{}, false, errors.New("want root and mount point to begin with a slash")
	}
	return m, true, nil
}

// unescape undoes the kernel's escapes, a backslash and three octal digits:
// \040 is a space.
func unescape(field []byte) string {
	var b strings.Builder
	for i := 0; i < len(field); i++ {
		if c, ok := octal(field[i:]); ok {
			b.WriteByte(c)
			i += len(`\040`) - 1
			continue
		}
		b.WriteByte(field[i])
	}
	return b.String()
}

// octal returns the byte that an escape at the start of s stands for.
func octal(s []byte) (c byte, ok bool) {
	if len(s) < len(`\040`) || s[0] != '\\' || s[1] > '3' {
		return 0, false
	}
	for _, digit := range s[1:4] {
		if digit < '0' || digit > '7' {
			return 0, false
		}
		c = c<<3 | (digit - '0')
	}
	return c, true
}

// directory returns the directory of the group at path, below the first mount that shows
// it.
func directory(mounts []mount, path string) (string, error) {
	for _, m := range mounts {
		if below, ok := relative(m.root, path); ok {
			return filepath.Join(m.point, below), nil
		}
	}
	return "", ErrOutside
}

// relative returns path as seen from root. Both come from the same starting
// point and may begin with /.. several times.
//
// ok is false if path is not below root. It is also false for the root /../.. with the
// path /x: the group is below the root, but the names of the two groups between them are
// unknown.
func relative(root, path string) (below string, ok bool) {
	below, ok = strings.CutPrefix(path, strings.TrimSuffix(root, "/"))
	if !ok || below != "" && below[0] != '/' {
		return "", false
	}
	if slices.Contains(strings.Split(below, "/"), "..") {
		return "", false
	}
	return below, true
}
