package cause

import (
	"context"
	"fmt"

	"golang.org/x/sys/unix"
)

// The room that a launch needs, with a margin: the manager writes a file for the scope and
// one for the lease, and makes a link for each.
const (
	neededBytes  = 64 << 10
	neededInodes = 8
)

// full finds out whether the manager has no room for its files. It then says of a new unit
// that it was not found, because it cannot read what it could not write.
func (s *scene) full(context.Context) *Cause {
	dir := s.runtimeDir()
	var st unix.Statfs_t
	if unix.Statfs(dir, &st) != nil {
		return nil // it is not there, or not visible
	}
	if lacks := lacking(st); lacks != "" {
		return &Cause{Kind: Full, Path: dir, Detail: lacks}
	}
	return nil
}

// lacking says what a file system has no room for, empty if it has room.
func lacking(st unix.Statfs_t) string {
	switch {
	case st.Bavail*uint64(st.Bsize) < neededBytes:
		return "the files of units"
	case st.Files > 0 && st.Ffree < neededInodes: // some file systems count none
		return "more files"
	}
	return ""
}

// runtimeDir is the directory of the manager's files.
func (s *scene) runtimeDir() string {
	if s.ofUser() {
		return fmt.Sprintf("/run/user/%d", s.uid)
	}
	return "/run"
}
