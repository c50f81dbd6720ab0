package scope

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"gorun/internal/account"
	"gorun/internal/bus"
)

// endpoint is a socket through which a manager may be reached.
type endpoint struct {
	address bus.Address
	// runtimeDir holds the manager's own files: /run/user/1000, or [systemRuntimeDir].
	runtimeDir string
}

// systemRuntimeDir is the runtime directory of the system's manager.
const systemRuntimeDir = "/run"

// endpoints lists the sockets to try, best first: the manager's private socket, which
// needs no message bus and answers in one round trip, then the buses. The errors say
// which were left out, and why.
func (m Manager) endpoints(getenv func(string) string) ([]endpoint, []error) {
	switch m.resolve() {
	case Embedded:
		return nil, []error{errNoManager}
	case SystemManager:
		return systemEndpoints(getenv), nil
	}
	return userEndpoints(getenv)
}

func systemEndpoints(getenv func(string) string) []endpoint {
	var list []endpoint
	if account.OwnUID() == 0 { // the socket is root's alone
		list = append(list, endpoint{bus.Address{Path: "/run/systemd/private"}, systemRuntimeDir})
	}
	address, err := bus.ParseAddress(getenv("DBUS_SYSTEM_BUS_ADDRESS"))
	if err != nil { // unset, most of the time
		address = bus.SystemBus()
	}
	return append(list, endpoint{address, systemRuntimeDir})
}

func userEndpoints(getenv func(string) string) (list []endpoint, skipped []error) {
	dirs, skipped := runtimeDirs(getenv)
	for _, dir := range dirs {
		list = append(list, endpoint{bus.Address{Path: filepath.Join(dir, "systemd/private")}, dir})
	}
	fallback := runtimeDir()
	if len(dirs) > 0 {
		fallback = dirs[0]
	}
	if s := getenv("DBUS_SESSION_BUS_ADDRESS"); s != "" {
		address, err := bus.ParseAddress(s)
		if err == nil {
			list = append(list, endpoint{address, fallback})
		} else {
			skipped = append(skipped, &unusedError{err})
		}
	}
	for _, dir := range dirs {
		address := bus.Address{Path: filepath.Join(dir, "bus"), MessageBus: true}
		if !slices.Contains(list, endpoint{address, dir}) {
			list = append(list, endpoint{address, dir})
		}
	}
	return list, skipped
}

// runtimeDir is where pam_systemd and logind put a user's sockets.
func runtimeDir() string { return "/run/user/" + strconv.Itoa(account.OwnUID()) }

// runtimeDirs lists the directories of the calling user that may hold the manager's
// socket. After su(1) or sudo -E the environment may name another user's.
func runtimeDirs(getenv func(string) string) (dirs []string, skipped []error) {
	for _, dir := range []string{getenv("XDG_RUNTIME_DIR"), runtimeDir()} {
		if dir == "" || slices.Contains(dirs, dir) {
			continue
		}
		if err := checkOwn(dir); err != nil {
			skipped = append(skipped, err)
			continue
		}
		dirs = append(dirs, dir)
	}
	return dirs, skipped
}

// checkOwn says why dir is not a directory of the calling user.
func checkOwn(dir string) error {
	var st unix.Stat_t
	if err := unix.Stat(dir, &st); err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	if uid := os.Geteuid(); int(st.Uid) != uid {
		return &unusedError{fmt.Errorf("%s: belongs to UID %d, and this is UID %d", dir, st.Uid, uid)}
	}
	return nil
}

// invocationID reads what the manager notes of every running unit, before it moves
// processes in. Empty if it cannot be read.
func (e endpoint) invocationID(unit string) string {
	id, err := os.Readlink(filepath.Join(e.runtimeDir, "systemd/units/invocation:"+unit))
	if err != nil {
		return "" // no such unit, or a manager that keeps no such notes
	}
	return id
}
