package run

import (
	"strings"

	"gorun/internal/text"
	"gorun/scope/property"
)

// The smallest limits on memory that leave room for gorun and true(1). With MemoryMax=1M two
// of six runs succeeded, with 1536K all; with --exec all did with 256K (systemd 257, Linux
// 6.12, two processors, no swap). A limit on the scope counts what is used after the move.
const (
	leastMemory     = 2 << 20
	leastMemoryExec = 256 << 10
)

// LittleRoomError means that a limit leaves no room for gorun itself.
type LittleRoomError struct {
	Err   *property.Error // about the limit
	Guess string          // what was probably meant; empty if nothing comes to mind
}

func (e *LittleRoomError) Error() string { return e.Err.Error() }

func (e *LittleRoomError) Unwrap() error { return e.Err }

// checkRoom refuses a limit on memory under which gorun itself could not run. The kernel
// would kill it, and nobody would say why. Too few tasks are noticed later, by fork(2).
func (c *Config) checkRoom() error {
	least := uint64(leastMemory)
	if c.Exec {
		least = leastMemoryExec
	}
	p, ok := c.Spec.Property("MemoryMax")
	if bytes, isSize := p.Value().(uint64); !ok || !isSize || bytes >= least {
		return nil
	}
	return &LittleRoomError{
		&property.Error{Name: p.Name(), Value: p.Text(), Reason: "leaves no room for gorun itself; the least that works is " + text.Bytes(least)},
		guess(p.Text()),
	}
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
