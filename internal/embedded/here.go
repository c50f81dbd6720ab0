package embedded

import (
	"errors"
	"io/fs"
	"os"
	"strings"
)

// bootedDir exists where systemd is the init system (sd_booted(3)).
const bootedDir = "/run/systemd/system"

// HasNoManager reports whether systemd does not run here. In a sandbox that has another /run, the
// name of the first process says that it does.
func HasNoManager() bool {
	if _, err := os.Stat(bootedDir); !errors.Is(err, fs.ErrNotExist) {
		return false
	}
	name, err := os.ReadFile("/proc/1/comm")
	return err != nil || strings.TrimSpace(string(name)) != "systemd"
}
