package signals

import (
	"strconv"

	"golang.org/x/sys/unix"
)

// The realtime signals that glibc leaves to programs (signal(7)).
const (
	RealtimeFirst = 34
	RealtimeLast  = 64
)

// Name is a signal's name: SIGTERM, SIGRTMIN+1, ... Signals that have none, such as 32,
// which is libc's own, are called "signal 32".
func Name(sig unix.Signal) string {
	if name := unix.SignalName(sig); name != "" {
		return name
	}
	if sig < RealtimeFirst || sig > RealtimeLast {
		return sig.String()
	}
	return "SIGRTMIN+" + strconv.Itoa(int(sig-RealtimeFirst))
}
