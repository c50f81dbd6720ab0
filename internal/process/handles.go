package process

import (
	"bytes"
	"strconv"

	"golang.org/x/sys/unix"
)

// SignalSets are the signals that a process catches or blocks. The file is open and has its
// memory, so that reading it takes no more memory.
type SignalSets struct {
	pid    int
	status int // the file, open for as long as this process lives; -1 if it could not be opened
	text   [4 << 10]byte
}

// OpenSignalSets prepares to read the sets of a process.
func OpenSignalSets(pid int) *SignalSets {
	s := &SignalSets{pid: pid}
	s.status, _ = unix.Open("/proc/"+strconv.Itoa(pid)+"/status", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	s.read() // the kernel keeps its buffer from now on
	return s
}

// Of reports whether the sets are those of a process.
func (s *SignalSets) Of(pid int) bool { return s != nil && s.pid == pid }

// Handles reports whether the process catches a signal, or blocks it and may wait for it. If
// that cannot be read, the result is true.
func (s *SignalSets) Handles(sig unix.Signal) bool {
	status, err := s.read()
	return err != nil || mayHandle(status, sig)
}

func (s *SignalSets) read() (status []byte, err error) {
	n, err := unix.Pread(s.status, s.text[:], 0) // fails for -1
	return s.text[:max(n, 0)], err
}

// mayHandle reads the contents of /proc/PID/status:
//
//	SigBlk:	0000000000010000
//	SigIgn:	0000000000001000
//	SigCgt:	0000000000004003
//
// A set that is missing, because the lists before it are too long, may have the signal.
func mayHandle(status []byte, sig unix.Signal) bool {
	missing := 2
	for line := range bytes.Lines(status) {
		key, value, _ := bytes.Cut(line, []byte(":"))
		if string(key) != "SigBlk" && string(key) != "SigCgt" {
			continue
		}
		set, err := strconv.ParseUint(string(bytes.TrimSpace(value)), 16, 64)
		if err != nil || set&(1<<(uint(sig)-1)) != 0 {
			return true
		}
		missing--
	}
	return missing > 0
}
