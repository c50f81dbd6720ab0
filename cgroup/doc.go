// Package cgroup finds and reads a control group of Linux, version 2.
//
// [Of] finds the group of a process, [At] a group whose path is known. What
// they return is a [Group], a plain value that holds nothing open. Each of its
// methods reads one file of the kernel's; [Group.ReadStats] reads them all.
// [Group.Watch] and [Group.WaitEmpty] wait for the kernel to say what changes.
//
// # Nil is not zero
//
// Which files a group has depends on the kernel's version and on which
// controllers its parents enabled. A file that is not there is not an error:
// the result is nil, which means that the kernel does not say. A number that is
// there and cannot be understood is an error that names file and line. Keys
// that this package does not know are ignored, as newer kernels add some.
//
// # Errors
//
// Test with [errors.Is]: [ErrGone], the group was removed; [ErrNoV2], there is
// no cgroup v2 here; [ErrOutside], the group exists and cannot be seen from
// here.
//
// # Watching
//
// A watch costs four descriptors and neither a thread nor a goroutine: the
// caller's sleeps in Go's poller. While the group has no process, whose end is all
// that is left to wait for, it also takes an inotify instance, of which a user has
// 128 by default (fs.inotify.max_user_instances). The kernel tells of changes to
// cgroup.events and memory.events no more often than each ten milliseconds.
//
// # Limitations
//
//   - Linux only, and version 2 only. On a hybrid host, where both versions are mounted, the
//     controllers that version 1 holds have no files in the v2 group, and their
//     figures are nil.
//   - The files are read one after the other. The kernel offers no snapshot:
//     figures of two files need not agree to the last byte.
//   - Counters start at zero when the group is made, and include the group's
//     descendants, also those that are gone. What a process used before it
//     moved into the group is not counted.
//   - Memory includes the page cache, which is charged to the group that
//     touched a page first.
//   - A [Group] is a path. If the group is removed and another one is made with
//     the same name, the value means the new one.
package cgroup
