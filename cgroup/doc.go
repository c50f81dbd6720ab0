// Package cgroup finds, reads, makes, limits and kills control groups of Linux, version 2.
//
// [Of] finds the group of a process, [At] a group whose path is known. Both return a
// [Group], a plain value that holds nothing open. Most of its methods read one file of
// the kernel. [Group.ReadStats] reads all. [Group.Make] makes a group, [Group.Enable] and
// [Group.Set] limit it, [Group.Enter] and [Group.Move] move processes into it, [Group.Signal],
// [Group.Kill] and [Group.Freeze] act on all of them, and [Group.Remove] removes it.
// [Group.Watch] and [Group.WaitEmpty] wait for the kernel to report changes.
//
// # Nil is not zero
//
// Which files a group has depends on the kernel's version and on which
// controllers its parents enabled. A missing file is not an error: the result is nil,
// which means that the kernel does not say. A number that cannot be parsed is an error
// that names file and line. Unknown keys are ignored, because newer kernels add some.
//
// # Errors
//
// Test with [errors.Is]: [ErrGone], the group was removed; [ErrNoV2], there is
// no cgroup v2 here; [ErrOutside], the group exists and cannot be seen from
// here.
//
// # Watching
//
// A watch needs four descriptors and neither a thread nor a goroutine: the caller's
// goroutine sleeps in Go's poller. While the group has no process, only its removal is
// left to wait for, and the watch needs an inotify instance too. A user has 128 of them
// by default (fs.inotify.max_user_instances). The kernel reports changes to
// cgroup.events and memory.events at most every ten milliseconds.
//
// # Limitations
//
//   - Linux only, and version 2 only. On a hybrid host, where both versions are mounted, the
//     controllers that version 1 holds have no files in the v2 group, and their
//     figures are nil.
//   - The files are read one after the other. The kernel offers no snapshot:
//     figures of two files need not agree to the last byte.
//   - Counters start at zero when the group is made, and include the group's
//     descendants, even removed ones. What a process used before it moved into
//     the group is not counted.
//   - Memory includes the page cache, which is charged to the group that
//     touched a page first.
//   - A [Group] is a path. If the group is removed and another one is made with
//     the same name, the value means the new one.
package cgroup
