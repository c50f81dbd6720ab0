package run

import (
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"gorun/internal/text"
	"gorun/scope/property"
)

// room is how much memory a scope needs for gorun and true(1): where gorun stays, and where it
// is replaced by COMMAND. A limit on the scope counts what is used after the move.
type room struct{ supervised, execed uint64 }

// With MemoryMax=1M two of six runs succeeded, with 1536K all; with --exec all did with 256K.
// The kernel then gives pages one by one. Above MemoryHigh= it does not: it counts a reserve
// of 256 KiB for each processor, and lets each piece of memory wait for up to two seconds.
// With MemoryHigh=512K four of eight runs took more than six seconds, and with --exec none;
// the peak was 1.1M, and 0.7M with --exec (systemd 257, Linux 6.12, two processors, no swap).
var (
	roomBelowMax  = room{2 << 20, 256 << 10}
	roomBelowHigh = room{2 << 20, 1 << 20}
)

// rooms are what the limits on memory must leave.
var rooms = []struct {
	limit string
	room  room
}{
	{"MemoryMax", roomBelowMax},
	{"StartupMemoryMax", roomBelowMax},
	{"MemoryHigh", roomBelowHigh},
	{"StartupMemoryHigh", roomBelowHigh},
}

// LittleRoomError means that a limit leaves no room for gorun itself.
type LittleRoomError struct {
	Err   *property.Error // about the limit
	Guess string          // what was probably meant; empty if nothing comes to mind
	Exec  bool            // with Config.Exec there is room
}

func (e *LittleRoomError) Error() string { return e.Err.Error() }

func (e *LittleRoomError) Unwrap() error { return e.Err }

// checkRoom refuses a limit on memory under which gorun itself could not run. The kernel
// would kill it, or let it wait for most of the time, and nobody would say why. Too few tasks
// are noticed later, by fork(2).
func (c *Config) checkRoom() error {
	for _, r := range rooms {
		least := r.room.supervised
		if c.Exec {
			least = r.room.execed
		}
		p, ok := c.Spec.Property(r.limit)
		if bytes, isSize := sizeOf(p); ok && isSize && bytes < least {
			reason := "leaves no room for gorun itself; the least that works is " + text.Bytes(least)
			return &LittleRoomError{
				&property.Error{Name: p.Name(), Value: p.Text(), Reason: reason},
				guess(p.Text(), least),
				!c.Exec && bytes >= r.room.execed,
			}
		}
	}
	return nil
}

// sizeOf is the size that a property stands for, which may be a share of the machine's memory.
func sizeOf(p property.Property) (bytes uint64, ok bool) {
	switch v := p.Value().(type) {
	case uint64:
		return v, true
	case uint32:
		var machine unix.Sysinfo_t
		unix.Sysinfo(&machine) // cannot fail: the pointer is valid
		total := uint64(machine.Totalram) * uint64(machine.Unit)
		return uint64(float64(total) * float64(v) / (1 << 32)), true
	}
	return 0, false
}

// guess is a size with the unit that it probably should have had. Empty for one that has a
// unit.
func guess(size string, least uint64) string {
	const longest = len("99999") // nobody means terabytes
	if strings.Trim(size, "0123456789") != "" || len(size) > longest {
		return ""
	}
	megabytes, _ := strconv.ParseUint(size, 10, 64) // it has digits only
	switch {
	case megabytes == 0:
		return ""
	case megabytes<<20 < least:
		return size + "G"
	}
	return size + "M"
}
