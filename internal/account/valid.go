package account

import (
	"fmt"
	"math"
)

// IsValid reports whether a number can be a UID or GID. 2^32-1 is -1, by which the kernel
// and libc mean none: a process that becomes this user stays who it is (setresuid(2)).
// 65535 was -1 when IDs had 16 bits. systemd refuses both too (uid_is_valid in
// user-util.h).
func IsValid(id int) bool { return id >= 0 && id < math.MaxUint32 && id != math.MaxUint16 }

// InvalidError means that an entry of the user database has a number that no user and no
// group can have.
type InvalidError struct {
	Of   string // "user alice"
	Kind string // UID or GID
	ID   int
}

func (e *InvalidError) Error() string {
	return fmt.Sprintf("%s has an invalid %s: %d", e.Of, e.Kind, e.ID)
}
