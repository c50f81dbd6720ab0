//go:build linux && (amd64 || arm64)

package supervise

// forkLeader makes a child that makes a process group of its own, and ends. It returns the
// child's PID, or the kernel's error as a negative number. All signals must be blocked.
func forkLeader() (pid int)
