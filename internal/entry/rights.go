package entry

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// RightsError means that this program's file gives those who execute it rights of the file's
// owner or group, or capabilities. [RightsError.Capabilities] says which.
type RightsError struct {
	File         string
	Capabilities bool
}

func (e *RightsError) Error() string {
	what := "is setuid or setgid"
	if e.Capabilities {
		what = "has file capabilities"
	}
	return e.File + " " + what + ", and would do for its caller what the caller may not do"
}

// CheckRights returns a [RightsError] if this process has got rights from its program's file. It
// is no error if the process had them before.
func CheckRights() error {
	if !secure() {
		return nil
	}
	file, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find the own file: %w", err)
	}
	var st unix.Stat_t
	if err := unix.Stat("/proc/self/exe", &st); err != nil {
		return fmt.Errorf("check which rights %s gives: %w", file, err)
	}
	return rightsOf(file, st.Mode, hasCapabilities("/proc/self/exe"))
}

// rightsOf is what a file's mode and capabilities give.
func rightsOf(file string, mode uint32, capabilities bool) error {
	switch {
	case mode&(unix.S_ISUID|unix.S_ISGID) != 0:
		return &RightsError{File: file}
	case capabilities:
		return &RightsError{File: file, Capabilities: true}
	}
	return nil
}

// hasCapabilities reports whether a file has capabilities (capabilities(7)).
func hasCapabilities(file string) bool {
	_, err := unix.Getxattr(file, "security.capability", nil)
	return err == nil
}

// atSecure is AT_SECURE in getauxval(3).
const atSecure = 23

// secure reports whether the program may have been executed with more rights than its caller's, or
// with effective IDs other than the real ones. The kernel says so.
func secure() bool {
	vector, err := unix.Auxv()
	for _, v := range vector {
		if v[0] == atSecure {
			return v[1] != 0
		}
	}
	return err != nil
}
