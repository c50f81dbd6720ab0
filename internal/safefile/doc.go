// Package safefile reads, writes and replaces files under paths that another user may
// have prepared, whatever fs.protected_symlinks and its siblings say:
//
//   - It follows no symbolic link, and takes no file, that another user may have made.
//   - It never waits: for the other end of a FIFO, for a terminal.
//   - It checks the descriptor, not the path, which may mean another file by then.
//   - It reads regular files only, and no more of them than the caller expects.
//
// Limitation: a file system that does not answer, such as another user's FUSE, holds it
// up. Such a user has to be let in by user_allow_other of fuse.conf(5).
package safefile
