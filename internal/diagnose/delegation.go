package diagnose

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
	"gorun/internal/account"
	"gorun/scope"
)

// ReexecuteManager says how a user manager takes up new controllers.
const ReexecuteManager = "'systemctl --user daemon-reexec', or a logout from all sessions and a new login"

// defaultControllers are those that user@.service delegates without a drop-in.
var defaultControllers = []string{"cpu", "memory", "pids"}

// lateControllers finds controllers that the user manager has been given after it had
// started, and which file did that. PID 1 delegates them at a daemon-reload. The manager
// keeps using those that it had at its start.
func (p *patient) lateControllers(delegated []string) (late []string, file string) {
	if p.manager != scope.UserManager {
		return nil, ""
	}
	if file = newDelegation(p.info.Socket); file == "" {
		return nil, ""
	}
	group, err := cgroup.At("/" + strings.Trim(p.info.Cgroup, "/"))
	if err != nil {
		return nil, ""
	}
	used, _ := os.ReadFile(filepath.Join(group.Dir, "cgroup.subtree_control")) // on an error none is known
	return without(without(delegated, defaultControllers), strings.Fields(string(used))), file
}

// newDelegation is a drop-in of the user manager's unit that delegates controllers and is
// newer than the manager, which makes its socket when it starts. Empty if there is none.
func newDelegation(socket string) string {
	for _, dir := range []string{"/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system"} {
		for _, unit := range []string{"user@.service.d", fmt.Sprintf("user@%d.service.d", account.OwnUID())} {
			files, _ := filepath.Glob(filepath.Join(dir, unit, "*.conf")) // the pattern is valid
			i := slices.IndexFunc(files, func(file string) bool {
				return isNewer(file, socket) && mentions(file, "Delegate=")
			})
			if i >= 0 {
				return files[i]
			}
		}
	}
	return ""
}

// isNewer reports whether a file has been made or changed after another. It compares the
// inodes: a package's files have the time of the package.
func isNewer(file, than string) bool {
	var a, b unix.Stat_t
	return unix.Stat(file, &a) == nil && unix.Stat(than, &b) == nil && a.Ctim.Nano() > b.Ctim.Nano()
}

// mentions reports whether a file contains a text.
func mentions(file, text string) bool {
	data, err := os.ReadFile(file)
	return err == nil && strings.Contains(string(data), text)
}
