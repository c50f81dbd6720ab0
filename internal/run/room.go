package run

import (
	"strings"

	"gorun/internal/text"
	"gorun/scope"
	"gorun/scope/property"
)

// leastMemory is the smallest limit on memory that leaves room for gorun and a small
// command. Measured with MemoryMax= on a machine with 1 GiB and no swap, systemd 257: TODO.
const leastMemory = 4 << 20

// LittleRoomError means that a limit leaves no room for gorun itself.
type LittleRoomError struct {
	Err   *property.Error // about the limit
	Guess string          // what was probably meant; empty if nothing comes to mind
}

func (e *LittleRoomError) Error() string { return e.Err.Error() }

func (e *LittleRoomError) Unwrap() error { return e.Err }

// checkRoom refuses a limit on memory under which gorun itself could not run. The kernel
// would kill it, and nobody would say why. Too few tasks are noticed later, by fork(2).
func checkRoom(spec scope.Spec) error {
	for _, name := range []string{"MemoryMax", "MemoryHigh"} {
		p, ok := spec.Property(name)
		if bytes, isSize := p.Value().(uint64); ok && isSize && bytes < leastMemory {
			return &LittleRoomError{
				&property.Error{Name: name, Value: p.Text(), Reason: "leaves no room for gorun itself; the least that works is " + text.Bytes(leastMemory)},
				guess(p.Text()),
			}
		}
	}
	return nil
}

// guess is a size with the unit that it probably should have had. Empty for one that has a
// unit.
func guess(size string) string {
	const longest = len("99999") // nobody means terabytes
	if strings.Trim(size, "0123456789") != "" || len(size) > longest {
		return ""
	}
	return size + "M"
}
