// Package supervise runs one command as if the supervisor were not there: in the
// same process group and session, with the same terminal and descriptors, and
// ended by the same status or signal.
//
// One goroutine owns the child. It alone waits for it, so that no signal can be
// sent to a PID that has been reaped, and it blocks on the kernel's events: there
// is no timer.
//
// Limitations: a signal to the whole process group from outside of it cannot be told
// from one to the supervisor alone, and is forwarded. Where package signals cannot
// tell who sent a signal, of an interrupt which comes while the terminal is ours the
// terminal is taken to be the sender. Where package entry knows nothing, signals that
// were ignored or blocked at the start are not so in the command, but for those that
// Go's runtime leaves alone.
package supervise
