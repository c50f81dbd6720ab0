package state

import (
	"strings"

	"golang.org/x/sys/unix"

	"gorun/internal/safefile"
	"gorun/internal/smallfile"
)

// A home directory may be on several machines at once, or in a container and on its host. What
// runs and which files are open is known on each machine for itself alone.

// machineIDFile is described in machine-id(5).
var machineIDFile = "/etc/machine-id"

// machineID is the ID of this machine; empty if it has none.
func machineID() string {
	text, err := smallfile.Read(machineIDFile)
	id := strings.TrimSpace(string(text))
	const length = 32
	if err != nil || len(id) != length || strings.Trim(id, "0123456789abcdef") != "" {
		return ""
	}
	return id
}

// machinePrefix begins the names of links that say which machines have used a directory.
const machinePrefix = ".machine-"

// markMachine notes that a machine uses a directory. On failure, files without a note stay.
func markMachine(dir *safefile.Dir, machine string) {
	name := machinePrefix + machine
	if _, err := dir.ReadLink(name); err != nil && machine != "" {
		dir.Link(name, "used-by")
	}
}

// onlyMachine is the only machine that has used a directory, and since when, by the clock in
// the time of a file's change. It is empty if there is another one, or none.
func onlyMachine(dir *safefile.Dir, names []string) (machine string, since unix.Timespec) {
	for _, name := range names {
		id, ok := strings.CutPrefix(name, machinePrefix)
		if !ok {
			continue
		}
		st, err := dir.Stat(name)
		if machine != "" || err != nil {
			return "", unix.Timespec{}
		}
		machine, since = id, st.Mtim
	}
	return machine, since
}
