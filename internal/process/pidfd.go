package process

import "golang.org/x/sys/unix"

// HasEnded reports whether the process of a pidfd has ended. Its parent may still have
// to wait for it.
func HasEnded(pidfd int) bool { return poll([]int{pidfd}, 0) }

// AwaitEnd waits until one of the processes of the pidfds has ended. It has no
// deadline: a process may run for as long as it likes.
func AwaitEnd(pidfds []int) { poll(pidfds, -1) }

// poll reports whether one of the processes ends within a time in milliseconds; -1
// means no limit. A pidfd can be read when its process has ended (pidfd_open(2)).
func poll(pidfds []int, timeout int) bool {
	fds := make([]unix.PollFd, len(pidfds))
	for i, fd := range pidfds {
		fds[i] = unix.PollFd{Fd: int32(fd), Events: unix.POLLIN}
	}
	for {
		n, err := unix.Poll(fds, timeout)
		if err != unix.EINTR {
			return n > 0
		}
	}
}
