package signals

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// Info is a received signal, from siginfo_t (sigaction(2)).
type Info struct {
	Signal unix.Signal
	// Known reports whether Code and PID are known.
	Known bool
	// Code is si_code: positive if the kernel sent the signal, for example on behalf
	// of the terminal.
	Code int32
	// PID is the process that sent the signal, if a process did; 0 if it is in another
	// PID namespace.
	PID int
}

// ByKernel reports whether the kernel sent the signal.
func (i Info) ByKernel() bool { return i.Known && i.Code > 0 }

// ByProcess reports whether the process pid sent the signal.
func (i Info) ByProcess(pid int) bool { return i.Known && i.Code <= 0 && i.PID == pid && pid != 0 }

// infoSize is how many bytes of siginfo_t the handler passes on.
const infoSize = 32

// parseInfo reads the beginning of siginfo_t as 64-bit Linux lays it out: signal,
// errno and code, a hole, and the sender's PID and UID.
func parseInfo(b *[infoSize]byte) Info {
	word := func(at int) int32 { return int32(binary.NativeEndian.Uint32(b[at:])) }
	return Info{Signal: unix.Signal(word(0)), Known: true, Code: word(8), PID: int(word(16))}
}
