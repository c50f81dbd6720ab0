package entry

import (
	"sync"

	"golang.org/x/sys/unix"
)

// pages says whether huge pages are switched off for this process alone.
var pages struct {
	sync.Mutex
	switchedOff bool
}

// UseSmallPages makes the kernel give this process no huge pages. Where they are given to
// all (/sys/kernel/mm/transparent_hugepage/enabled), Go's heap takes one for the first bytes
// above a multiple of 2 MiB, after the move into a scope or before, as it happens to be. With
// MemoryHigh=2M that page alone throttles the scope: "gorun -p MemoryHigh=2M true" took more
// than ten seconds in two of eight runs (Linux 6.12). Processes made in [Inherit] may have
// huge pages as before. If the kernel refuses, nothing changes.
func UseSmallPages() {
	pages.Lock()
	defer pages.Unlock()
	if off, err := unix.PrctlRetInt(unix.PR_GET_THP_DISABLE, 0, 0, 0, 0); err == nil && off == 0 {
		pages.switchedOff = setHugePages(false) == nil
	}
}

// inheritPages calls f with the huge pages that the process was started with. A process gets
// the switch from the one that executes it.
func inheritPages(f func() error) error {
	pages.Lock()
	defer pages.Unlock()
	if pages.switchedOff {
		setHugePages(true) // cannot fail: it could be switched off
		defer setHugePages(false)
	}
	return f()
}

func setHugePages(on bool) error {
	off := uintptr(1)
	if on {
		off = 0
	}
	return unix.Prctl(unix.PR_SET_THP_DISABLE, off, 0, 0, 0)
}
