package scope

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"gorun/internal/bus"
)

// Manager says which service manager is meant.
type Manager int

const (
	// DefaultManager is the caller's own: for root the system's, else the
	// user's.
	DefaultManager Manager = iota
	// UserManager is the manager of the calling user (user@UID.service).
	UserManager
	// SystemManager is PID 1.
	SystemManager
)

func (m Manager) String() string {
	switch m.resolve() {
	case UserManager:
		return "user"
	default:
		return "system"
	}
}

// resolve replaces the default by what it stands for.
func (m Manager) resolve() Manager {
	switch {
	case m != DefaultManager:
		return m
	case os.Geteuid() == 0:
		return SystemManager
	default:
		return UserManager
	}
}

// endpoint is a socket through which a manager may be reached.
type endpoint struct {
	address bus.Address
	// runtimeDir holds the manager's own files: /run/user/1000, for the
	// system's /run.
	runtimeDir string
}

// endpoints lists where to try, best first: the manager's private socket, which
// needs no message bus and answers in one round trip, then the buses. What was
// left out, and why, comes as errors.
func (m Manager) endpoints(getenv func(string) string) ([]endpoint, []error) {
	if m.resolve() == SystemManager {
		return systemEndpoints(getenv), nil
	}
	return userEndpoints(getenv)
}

func systemEndpoints(getenv func(string) string) []endpoint {
	var list []endpoint
	if os.Geteuid() == 0 { // the socket is root's alone
		list = append(list, endpoint{bus.Address{Path: "/run/systemd/private"}, "/run"})
	}
	address, err := bus.ParseAddress(getenv("DBUS_SYSTEM_BUS_ADDRESS"))
	if err != nil { // unset, most of the time
		address = bus.SystemBus()
	}
	return append(list, endpoint{address, "/run"})
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
			skipped = append(skipped, err)
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

// RuntimeDir is the folder with the manager's own files that can be reached now: /run/user/1000,
// for the system's /run. The error is a [*NoManagerError].
func (m Manager) RuntimeDir(ctx context.Context) (string, error) {
	conn, at, err := m.dial(ctx)
	if err != nil {
		return "", err
	}
	return at.runtimeDir, conn.Close()
}

// runtimeDir is where pam_systemd and logind put a user's sockets.
func runtimeDir() string { return "/run/user/" + strconv.Itoa(os.Geteuid()) }

// runtimeDirs lists the folders of the calling user that may hold the manager's
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

// checkOwn says why dir is not a folder of the calling user.
func checkOwn(dir string) error {
	var st unix.Stat_t
	if err := unix.Stat(dir, &st); err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	if uid := os.Geteuid(); int(st.Uid) != uid {
		return fmt.Errorf("%s: belongs to UID %d, and this is UID %d", dir, st.Uid, uid)
	}
	return nil
}

// dial connects to the first endpoint that answers.
func (m Manager) dial(ctx context.Context) (*bus.Conn, endpoint, error) {
	list, tried := m.endpoints(os.Getenv)
	for _, e := range list {
		conn, err := e.dial(ctx)
		if err == nil {
			return conn, e, nil
		}
		tried = append(tried, err)
	}
	return nil, endpoint{}, &NoManagerError{Manager: m.resolve(), Tried: tried}
}

// dial connects to one endpoint.
func (e endpoint) dial(ctx context.Context) (*bus.Conn, error) {
	conn, err := bus.Dial(ctx, e.address)
	if err != nil {
		var errno unix.Errno // without "dial unix PATH: connect: "
		if errors.As(err, &errno) {
			err = errno
		}
		return nil, fmt.Errorf("%s: %w", e.address, err)
	}
	if err := e.checkPeer(conn); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// checkPeer makes sure that a private socket is served by root or by the calling
// user. A message bus may be anybody's: it vouches for its names.
func (e endpoint) checkPeer(conn *bus.Conn) error {
	if e.address.MessageBus {
		return nil
	}
	peer, err := conn.Peer()
	if err != nil {
		return err
	}
	if uid := os.Geteuid(); peer.Uid != 0 && int(peer.Uid) != uid {
		return fmt.Errorf("%s: is served by UID %d, and this is UID %d", e.address, peer.Uid, uid)
	}
	return nil
}

// managerPID is the process of the manager at the other end, 0 if it is not known:
// over a message bus, only PID 1 is.
func managerPID(conn *bus.Conn, m Manager) int {
	if conn.Address().MessageBus {
		if m == SystemManager {
			return 1
		}
		return 0
	}
	peer, err := conn.Peer()
	if err != nil {
		return 0
	}
	return int(peer.Pid)
}
