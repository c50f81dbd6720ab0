// Package supervise runs one command as if the supervisor were not there: in the process
// group, the session and the terminal that the supervisor was started in, with the same
// descriptors, and ended by the same status or signal.
//
// The supervisor leaves that process group, so that what is sent to the group reaches the
// command once. It comes back to stop together with the command. It stays if it leads the
// session, or if the command itself has left the group.
//
// One goroutine owns the child. Only this goroutine waits for the child, so that no
// signal can be sent to a reaped PID. It blocks on the kernel's events. A timer is set only
// for looks at the command's group, which become rare.
//
// Limitations: while the supervisor is in the command's group, a signal that another process
// sends to the whole group looks like a signal to the supervisor alone, and is forwarded.
// Where package signals does not know the sender, an interrupt in the foreground is taken to
// come from the terminal. Where package entry knows nothing, signals ignored or blocked at
// the start are not so in the command, except those that Go's runtime leaves alone.
package supervise
