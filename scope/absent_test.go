package scope

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"

	"gorun/internal/bus"
	"gorun/internal/bus/bustest"
	"gorun/internal/systemd1"
)

// refusing leaves a socket at path on which nobody listens.
func refusing(t *testing.T, path string) {
	t.Helper()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
}

// A run must not be taken for ended because its manager cannot be reached.
func TestManagerIsAbsentOnlyWithoutASocket(t *testing.T) {
	for name, prepare := range map[string]func(t *testing.T, dir string){
		"no directory": nil,
		"no socket":    func(*testing.T, string) {},
		"refused":      func(t *testing.T, dir string) { refusing(t, filepath.Join(dir, "systemd/private")) },
		"bus refused":  func(t *testing.T, dir string) { refusing(t, filepath.Join(dir, "bus")) },
	} {
		dir := t.TempDir()
		t.Setenv("XDG_RUNTIME_DIR", dir)
		t.Setenv("DBUS_SESSION_BUS_ADDRESS", "")
		if prepare == nil {
			t.Setenv("XDG_RUNTIME_DIR", dir+"/none")
		} else {
			if err := errors.Join(os.Chmod(dir, 0o700), os.Mkdir(filepath.Join(dir, "systemd"), 0o755)); err != nil {
				t.Fatal(err)
			}
			prepare(t, dir)
		}
		conn, _, err := UserManager.dial(t.Context())
		if err == nil {
			conn.Close()
			t.Skip("this user has a manager")
		}
		var none *NoManagerError
		isRefused := errors.Is(err, unix.ECONNREFUSED)
		if !errors.As(err, &none) || none.Absent() == isRefused {
			t.Errorf("%s: absent %v: %v", name, none.Absent(), err)
		}
	}
}

func TestWhatMeansThatAManagerIsAbsent(t *testing.T) {
	missing, unknown := &fs.PathError{Op: "stat", Path: "/run/user/1000", Err: unix.ENOENT}, dbus.Error{Name: systemd1.ServiceUnknown}
	unused := &unusedError{errors.New("belongs to UID 0")}
	ended := &managerEndedError{"user@1000.service", "inactive"}
	for name, c := range map[string]struct {
		tried  []error
		absent bool
	}{
		"no socket":                    {[]error{unix.ENOENT, missing}, true},
		"a file in the place":          {[]error{unix.ENOTDIR}, true},
		"not the own directory":        {[]error{unused}, false},
		"and no other":                 {[]error{unused, unix.ENOENT}, true},
		"no systemd on the system bus": {[]error{unix.ENOENT, unknown}, true},
		"refused":                      {[]error{unix.ECONNREFUSED, unix.ENOENT}, false},
		"denied":                       {[]error{unix.ENOENT, unix.EACCES}, false},
		"late":                         {[]error{unix.ENOENT, &bus.TimeoutError{After: time.Second}}, false},
		"refused, and ended":           {[]error{unix.ECONNREFUSED, ended}, true},
		"hidden":                       {[]error{unix.ENOENT, errors.New("user@1000.service is active, and cannot be reached")}, false},
		"nothing was tried":            {nil, false},
	} {
		if got := (&NoManagerError{Manager: UserManager, Tried: c.tried}).Absent(); got != c.absent {
			t.Errorf("%s: absent %v", name, got)
		}
	}
}

// Whoever lists runs reads how long the manager had, not how a context ends.
func TestLateManagerIsNamedWithItsTime(t *testing.T) {
	manage(t, func(*dbus.Message) []*dbus.Message { return nil })
	ctx, cancel := bus.WithSilenceLimit(t.Context(), 20*time.Millisecond)
	defer cancel()
	var late *TimeoutError
	_, err := UserManager.List(ctx)
	if !errors.As(err, &late) || !errors.Is(err, context.DeadlineExceeded) || err.Error() != "list the units of the user manager: the manager did not answer within 20ms" {
		t.Errorf("list: %v", err)
	}
	if _, err := running(t).State(ctx); !errors.As(err, &late) || err.Error() != "state of x.scope: the manager did not answer within 20ms" {
		t.Errorf("state: %v", err)
	}
}

// A message bus without systemd says so when a call for it arrives.
func TestManagerThatIsNotOnTheMessageBusIsAbsent(t *testing.T) {
	for name, absent := range map[string]bool{
		systemd1.ServiceUnknown: true, systemd1.NameHasNoOwner: true, systemd1.NoServer: true,
		"org.freedesktop.DBus.Error.Spawn.ChildExited": true,
		systemd1.AccessDenied:                          false,
		systemd1.NoReply:                               false,
	} {
		dir := t.TempDir()
		t.Setenv("XDG_RUNTIME_DIR", dir)
		t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+dir+"/plain")
		bustest.Listen(t, dir+"/plain", func(call *dbus.Message) []*dbus.Message {
			return []*dbus.Message{bustest.Error(call, name, "no")}
		})
		conn, _, err := UserManager.dial(t.Context())
		if err == nil {
			isBus := conn.Address().MessageBus
			conn.Close()
			if !isBus {
				t.Skip("this user has a manager")
			}
		}
		var none *NoManagerError
		if errors.As(err, &none) != absent || absent && !none.Absent() {
			t.Errorf("%s: %v", name, err)
		}
	}
}
