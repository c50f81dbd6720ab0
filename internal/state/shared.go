package state

import (
	"slices"

	"golang.org/x/sys/unix"
)

// sharedTypes are file systems that several machines can have mounted (statfs(2)). FUSE is one
// of them because of sshfs and others.
var sharedTypes = []int64{
	unix.NFS_SUPER_MAGIC, unix.SMB_SUPER_MAGIC, unix.SMB2_SUPER_MAGIC, unix.CIFS_SUPER_MAGIC, unix.AFS_SUPER_MAGIC, unix.CODA_SUPER_MAGIC,
	unix.CEPH_SUPER_MAGIC, unix.OCFS2_SUPER_MAGIC, unix.V9FS_MAGIC, unix.FUSE_SUPER_MAGIC,
}

// isShared reports whether other machines may have a directory, too. If that cannot be found
// out, they may.
func isShared(dir string) bool {
	var st unix.Statfs_t
	return unix.Statfs(dir, &st) != nil || slices.Contains(sharedTypes, int64(uint32(st.Type)))
}
