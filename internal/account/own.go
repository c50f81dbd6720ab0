package account

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// OwnUID is the UID by which the system knows the caller: its managers, logind and the
// journal, which read it from the kernel (SO_PEERCRED). In a user namespace of the
// caller's own, such as "unshare -r" or "podman unshare" make, the process has another.
func OwnUID() int { return ownUID() }

// ownUID finds it once: a process does not leave its namespace.
var ownUID = sync.OnceValue(findOwnUID)

func findOwnUID() int {
	if isSystems("/run/systemd") {
		return os.Geteuid()
	}
	if uid, ok := ownerOfRuntimeDir("/run/user"); ok {
		return uid
	}
	if f, err := os.Open("/proc/self/uid_map"); err == nil {
		defer f.Close()
		if uid, ok := outside(f, os.Geteuid()); ok {
			return uid
		}
	}
	return os.Geteuid()
}

// Inside is the UID that the files of a user of the system have in this namespace, as far
// as that is known: for the caller.
func Inside(uid int) int {
	if uid == OwnUID() {
		return os.Geteuid()
	}
	return uid
}

// isSystems reports whether the root user of this namespace owns the system manager's
// directory: the namespace is the system's. To others the kernel shows the overflow UID
// (user_namespaces(7)). It is true without a system manager, too.
func isSystems(dir string) bool {
	var st unix.Stat_t
	return unix.Stat(dir, &st) != nil || st.Uid == 0
}

// ownerOfRuntimeDir finds the caller's runtime directory, which is named after the UID.
// Nobody else can write to it, whatever UID the namespace shows. This also works in
// nested namespaces, of which each knows only the next one.
func ownerOfRuntimeDir(dir string) (uid int, ok bool) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, false
	}
	for _, e := range entries {
		// Not faccessat2(2), which may be emulated: that trusts the UID 0.
		if uid, ok := number(e.Name()); ok && unix.Access(dir+"/"+e.Name(), unix.W_OK) == nil {
			return uid, true
		}
	}
	return 0, false
}

// outside translates a UID into the parent namespace's, by a map as in user_namespaces(7):
//
//	0       1000          1
//	1     100000      65536
func outside(m io.Reader, uid int) (int, bool) {
	for {
		var inside, outside, length uint32
		if _, err := fmt.Fscan(m, &inside, &outside, &length); err != nil {
			return 0, false
		}
		if below := uid - int(inside); below >= 0 && below < int(length) {
			return int(outside) + below, true
		}
	}
}

// MaySetGroups reports whether the caller may set its supplementary groups. In a user
// namespace that an ordinary user has made nobody may (setgroups in user_namespaces(7)).
func MaySetGroups() bool {
	denied, err := os.ReadFile("/proc/self/setgroups")
	return os.Geteuid() == 0 && (err != nil || strings.TrimSpace(string(denied)) != "deny")
}
