// Package supervise runs one command as if the supervisor were not there: in the
// same process group and session, with the same terminal and descriptors, and
// ended by the same status or signal.
//
// One goroutine owns the child. It alone waits for it, so that no signal can be
// sent to a PID that has been reaped, and it blocks on the kernel's events: there
// is no timer.
//
// Limitations: Go's runtime does not tell who sent a signal, so that of an
// interrupt which comes while the terminal is ours the terminal is taken to be
// the sender; and it forgets before main which signals were ignored at the start,
// but for HUP, INT and those of job control.
package supervise
