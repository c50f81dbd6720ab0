package rig

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// makeCgroup makes a group with all the controllers of its parent.
func makeCgroup(group string) error {
	if err := enableControllers(filepath.Dir(group)); err != nil {
		return err
	}
	if err := os.Mkdir(group, 0o755); err != nil {
		return err
	}
	return os.Chmod(group, 0o755) // whatever the umask: the container's users read it
}

// enableControllers enables every controller of a group for its children.
func enableControllers(group string) error {
	have, err := os.ReadFile(filepath.Join(group, "cgroup.controllers"))
	if err != nil {
		return err
	}
	for _, controller := range strings.Fields(string(have)) {
		err := os.WriteFile(filepath.Join(group, "cgroup.subtree_control"), []byte("+"+controller), 0)
		if err != nil {
			return fmt.Errorf("enable cgroup controller %s: %w", controller, err)
		}
	}
	return nil
}

// cgroupTop is the host's mount point of cgroup v2: /sys/fs/cgroup, or a directory in it
// if the host also has v1.
func cgroupTop() (string, error) {
	for _, dir := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/unified"} {
		var st unix.Statfs_t
		if unix.Statfs(dir, &st) == nil && st.Type == unix.CGROUP2_SUPER_MAGIC {
			return dir, nil
		}
	}
	return "", fmt.Errorf("no cgroup v2 hierarchy is mounted")
}

// removeCgroup kills the processes of a group and removes the group. It is not an error
// if the group does not exist.
func removeCgroup(group string) error {
	err := os.WriteFile(filepath.Join(group, "cgroup.kill"), []byte("1"), 0)
	if errors.Is(err, fs.ErrNotExist) {
		// The group is gone, or the kernel is older than 5.14. There the
		// container's processes die with its init, see [container.spawn].
		err = nil
	}
	if err != nil {
		return fmt.Errorf("kill the processes of %s: %w", group, err)
	}
	if err := waitEmpty(group); err != nil {
		return err
	}
	return removeCgroupTree(group)
}

// waitEmpty returns when a group and its descendants have no processes.
func waitEmpty(group string) error {
	deadline := time.Now().Add(10 * time.Second)
	events, err := os.Open(filepath.Join(group, "cgroup.events"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer events.Close()
	for {
		text := make([]byte, 4096)
		n, err := events.ReadAt(text, 0)
		if n == 0 {
			return fmt.Errorf("read %s: %w", events.Name(), err)
		}
		if strings.Contains(string(text[:n]), "populated 0\n") {
			return nil
		}
		// The kernel reports each change since the read as POLLPRI.
		if !poll(int(events.Fd()), unix.POLLPRI, time.Until(deadline)) {
			return fmt.Errorf("%s still has processes", group)
		}
	}
}

// removeCgroupTree removes a group without processes, deepest subgroup first. It is not
// an error if the group does not exist.
func removeCgroupTree(group string) error {
	entries, err := os.ReadDir(group)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, e := range entries {
		if e.IsDir() {
			if err := removeCgroupTree(filepath.Join(group, e.Name())); err != nil {
				return err
			}
		}
	}
	if err := unix.Rmdir(group); err != nil && err != unix.ENOENT {
		return fmt.Errorf("remove %s: %w", group, err)
	}
	return nil
}
