// Package supervise runs one command as if the supervisor were not there: in the
// same process group and session, with the same terminal and descriptors, and
// ended by the same status or signal.
//
// One goroutine owns the child. Only this goroutine waits for the child, so that no
// signal can be sent to a reaped PID. It blocks on the kernel's events: there is no
// timer.
//
// Limitations: a signal that another process sends to the whole process group looks
// like a signal to the supervisor alone, and is forwarded. Where package signals does
// not know the sender, an interrupt in the foreground is taken to come from the
// terminal. Where package entry knows nothing, signals ignored or blocked at the start
// are not so in the command, except those that Go's runtime leaves alone.
package supervise
