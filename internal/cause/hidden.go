package cause

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"gorun/internal/systemd1"
)

// hiding is the cause for a directory that this process does not see.
func (s *scene) hiding(ctx context.Context, dir string) *Cause {
	c := &Cause{Kind: Hidden, Path: dir, Mount: mountOver(dir, filepath.Dir(dir)), InWSL: isWSL(kernelRelease())}
	if c.Unit = ownService(); c.Unit != "" && s.conn != nil {
		c.Setting = hidingSetting(ctx, s, c.Unit, dir)
	}
	return c
}

// inaccessible finds out whether systemd has made the manager's directory inaccessible to
// the service that this process is in, which can be seen without asking anybody.
func (s *scene) inaccessible(ctx context.Context) *Cause {
	m := covering(readMounts(), s.runtimeDir())
	// systemd bind-mounts /run/systemd/inaccessible/dir (inaccessible_nodes in
	// mount-util.c).
	if !s.ofUser() || !strings.Contains(m.root, "/systemd/inaccessible/") {
		return nil
	}
	c := s.hiding(ctx, s.runtimeDir())
	if c.Mount = m.point; c.Setting == "" && c.Unit != "" { // it cannot be asked for
		c.Setting = "ProtectHome= or InaccessiblePaths="
	}
	return c
}

// hidingSetting is the setting of a service that hides a directory below /run/user, empty if
// none is known to.
func hidingSetting(ctx context.Context, s *scene, service, dir string) string {
	var protect string
	var paths []string
	systemd1.Get(ctx, s.conn, service, systemd1.Service, "ProtectHome", &protect)
	systemd1.Get(ctx, s.conn, service, systemd1.Service, "InaccessiblePaths", &paths) // on an error none is known
	if protect == "yes" || protect == "tmpfs" {
		return "ProtectHome=" + protect
	}
	for _, path := range paths {
		path = strings.TrimLeft(path, "-+") // flags
		if isAt(dir, path) {
			return "InaccessiblePaths=" + path
		}
	}
	return ""
}

// isAt reports whether path is dir or below it.
func isAt(path, dir string) bool {
	below, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(below)
}

// mount is a line of /proc/self/mountinfo.
type mount struct{ root, point string }

// mountOver is the mount point at or above a path where the last file system was mounted
// that covers the path. It is empty if that is not at or below top: then it is one that
// each system has, such as /run.
func mountOver(path, top string) string {
	m := covering(readMounts(), path)
	if !isAt(m.point, top) {
		return ""
	}
	return m.point
}

// covering is the mount that a path is in: of those with the longest mount point, the last
// one.
func covering(mounts []mount, path string) mount {
	var found mount
	for _, m := range mounts {
		if isAt(path, m.point) && len(m.point) >= len(found.point) {
			found = m
		}
	}
	return found
}

// readMounts reads this process's mounts, none if that fails.
func readMounts() []mount {
	data, _ := os.ReadFile("/proc/self/mountinfo")
	return parseMounts(string(data))
}

// parseMounts reads lines of /proc/PID/mountinfo (proc_pid_mountinfo(5)):
//
//	98 25 0:23 /systemd/inaccessible/dir /run/user ro,nosuid shared:9 - tmpfs tmpfs rw
//
// The fourth field is the directory of the file system that is mounted, the fifth the mount
// point.
func parseMounts(text string) []mount {
	var mounts []mount
	for line := range strings.Lines(text) {
		if fields := strings.Fields(line); len(fields) > 5 {
			mounts = append(mounts, mount{fields[3], fields[4]})
		}
	}
	return mounts
}
