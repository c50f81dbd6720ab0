package diagnose

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gorun/cgroup"
	"gorun/internal/account"
	"gorun/scope"
)

// StartManagerAnew says how a user manager takes up new controllers.
const StartManagerAnew = "'systemctl --user daemon-reexec', or a logout from all sessions and a new login"

// defaultControllers are those that user@.service delegates without a drop-in.
var defaultControllers = []string{"cpu", "memory", "pids"}

// lateControllers finds controllers that the user manager has been given after it had
// started, and which file did that. PID 1 delegates them at a daemon-reload. The manager
// goes on with those that it had at its start.
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
	started, err := os.Stat(socket)
	if err != nil {
		return ""
	}
	for _, dir := range []string{"/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system"} {
		for _, unit := range []string{"user@.service.d", fmt.Sprintf("user@%d.service.d", account.OwnUID())} {
			files, _ := filepath.Glob(filepath.Join(dir, unit, "*.conf")) // the pattern is valid
			i := slices.IndexFunc(files, func(file string) bool {
				st, err := os.Stat(file)
				return err == nil && st.ModTime().After(started.ModTime()) && mentions(file, "Delegate=")
			})
			if i >= 0 {
				return files[i]
			}
		}
	}
	return ""
}

// mentions reports whether a file contains a text.
func mentions(file, text string) bool {
	data, err := os.ReadFile(file)
	return err == nil && strings.Contains(string(data), text)
}
