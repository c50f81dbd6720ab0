package process

import (
	"errors"
	"strconv"

	"golang.org/x/sys/unix"
)

// Unreadable is a process that this one may not look at.
type Unreadable struct {
	PID int
	// UID is the effective UID, or 0 if the process may not be traced: of the owner of
	// its directory in /proc, see proc_pid(5). It is -1 if it is not known.
	UID int
	Err error
}

func newUnreadable(pid int, err error) Unreadable {
	p := Unreadable{PID: pid, UID: -1, Err: err}
	var st unix.Stat_t
	if unix.Stat("/proc/"+strconv.Itoa(pid), &st) == nil {
		p.UID = int(st.Uid)
	}
	var errno unix.Errno // without the name of the file
	if errors.As(err, &errno) {
		p.Err = errno
	}
	return p
}

// AreHidden reports whether /proc hides processes from this one, by the mount option
// hidepid: those of other users, and those of its own user that may not be traced. PID 1
// is one of them.
func AreHidden() bool {
	return unix.Access("/proc/1/stat", unix.F_OK) != nil
}
