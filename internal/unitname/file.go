package unitname

import (
	"crypto/sha256"
	"fmt"
)

// MaxFile is how long the name of a file of [File] can be. The kernel allows 255 bytes
// (NAME_MAX), which is also the length of the longest name of a unit. In a home directory
// of eCryptfs it is 143, because the encrypted name is longer
// (ECRYPTFS_FILENAME_ENCRYPTION_KEY_PREFIX in fs/ecryptfs/ecryptfs_kernel.h).
const MaxFile = 143

// File is the name of a file about a unit: the unit's name and a suffix. A long name is
// cut, and a hash of all of it keeps it apart from others.
func File(unit, suffix string) string {
	if len(unit)+len(suffix) <= MaxFile {
		return unit + suffix
	}
	tail := fmt.Sprintf("-%x%s", sha256.Sum256([]byte(unit)), suffix)
	return unit[:MaxFile-len(tail)] + tail
}
