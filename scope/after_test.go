package scope

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"

	"gorun/internal/bus"
	"gorun/internal/bus/bustest"
	"gorun/internal/systemd1"
)

// hooksJob ends the job of a service named after.service.
func hooksJob(result string) *dbus.Message {
	return bustest.Signal(systemd1.Path, systemd1.Interface+".JobRemoved", uint32(7), job, "after.service", result)
}

// stateChange says that the scope has another state.
func stateChange(state string) *dbus.Message {
	return bustest.Signal(systemd1.UnitPath("x.scope"), "org.freedesktop.DBus.Properties.PropertiesChanged",
		systemd1.Unit.Interface(), map[string]dbus.Variant{"ActiveState": dbus.MakeVariant(state)}, []string{})
}

// Who waits for the service while the manager waits for it would wait until it is killed.
func TestNobodyWaitsForTheServiceWhileTheScopeStops(t *testing.T) {
	for name, c := range map[string]struct {
		state   string // of the scope
		signals []*dbus.Message
		ran     bool
	}{
		"the command has run":             {"active", []*dbus.Message{stateChange("active"), hooksJob("done")}, true},
		"the scope stops meanwhile":       {"active", []*dbus.Message{stateChange("deactivating")}, false},
		"the scope has begun to stop":     {"deactivating", nil, false},
		"the stop of another scope first": {"active", []*dbus.Message{bustest.Signal(systemd1.Path, systemd1.Interface+".JobRemoved", uint32(8), dbus.ObjectPath("/other"), "after.service", "done"), hooksJob("done")}, true},
	} {
		manage(t, func(call *dbus.Message) []*dbus.Message {
			switch bustest.Member(call) {
			case "StopUnit":
				return []*dbus.Message{bustest.Reply(call, job)}
			case "Get":
				return append([]*dbus.Message{bustest.Reply(call, dbus.MakeVariant(c.state))}, c.signals...)
			}
			return []*dbus.Message{bustest.Reply(call)}
		})
		if ran, err := running(t).RunAfter(t.Context(), After{Unit: "after.service"}); ran != c.ran || err != nil {
			t.Errorf("%s: ran %t, %v", name, ran, err)
		}
	}
}

// The service that has been forgotten has run its command.
func TestServiceThatIsGoneHasRun(t *testing.T) {
	manage(t, func(call *dbus.Message) []*dbus.Message {
		return []*dbus.Message{bustest.Error(call, systemd1.NoSuchUnit, "Unit after.service not loaded.")}
	})
	if ran, err := running(t).RunAfter(t.Context(), After{Unit: "after.service"}); !ran || err != nil {
		t.Errorf("ran %t, %v", ran, err)
	}
}

// polkit wants a password for each call, and the command runs when the scope has ended.
func TestServiceThatMayNotBeStoppedRunsAfterTheScope(t *testing.T) {
	manage(t, func(call *dbus.Message) []*dbus.Message {
		if bustest.Member(call) == "StopUnit" {
			return []*dbus.Message{bustest.Error(call, systemd1.InteractiveAuthorizationRequired, "Interactive authentication required.")}
		}
		return []*dbus.Message{bustest.Reply(call)}
	})
	if ran, err := running(t).RunAfter(t.Context(), After{Unit: "after.service"}); ran || err != nil {
		t.Errorf("ran %t, %v", ran, err)
	}
}

// A cron job must not wait without end.
func TestManagerThatDoesNotAnswerAtTheEndIsAnError(t *testing.T) {
	for _, silent := range []string{"StopUnit", "Get"} {
		manage(t, func(call *dbus.Message) []*dbus.Message {
			switch bustest.Member(call) {
			case silent:
				return nil
			case "StopUnit":
				return []*dbus.Message{bustest.Reply(call, job)}
			}
			return []*dbus.Message{bustest.Reply(call)}
		})
		ran, err := running(t).runAfterWithin(t.Context(), After{Unit: "after.service"}, 50*time.Millisecond)
		if ran || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s is not answered: ran %t, %v", silent, ran, err)
		}
	}
}

func TestServiceThatFailsItsCheckIsAnError(t *testing.T) {
	results := make(chan string, 2) // of the jobs, which have connections of their own
	results <- "done"
	results <- "failed"
	manage(t, func(call *dbus.Message) []*dbus.Message {
		if bustest.Member(call) == "Get" {
			return []*dbus.Message{bustest.Reply(call, dbus.MakeVariant(false))}
		}
		if mode := call.Body[1]; bustest.Member(call) != "StartTransientUnit" || mode != "ignore-dependencies" {
			t.Errorf("%s with the mode %v would start the scope again", bustest.Member(call), mode)
		}
		if call.Flags&dbus.FlagAllowInteractiveAuthorization == 0 {
			t.Error("polkit may not ask for a password")
		}
		if properties := fmt.Sprint(call.Body[2]); !strings.Contains(properties, "[DefaultDependencies false]") {
			t.Errorf("a shutdown does not stop the scope, but the service: %s", properties)
		}
		return []*dbus.Message{bustest.Reply(call, job), hooksJob(<-results)}
	})
	a := After{Unit: "after.service", Check: []string{"/bin/true"}, Command: []string{"/bin/true"}, Interactive: true}
	if err := running(t).StartAfter(t.Context(), a); err != nil {
		t.Error(err)
	}
	var failed *AfterError
	if err := running(t).StartAfter(t.Context(), a); !errors.As(err, &failed) || failed.File != "/bin/true" || failed.Result != "failed" {
		t.Errorf("got %v", err)
	}
}

// The order makes the manager stop the scope first, and the lease lasts as long as the service.
func TestServiceIsBoundToTheScope(t *testing.T) {
	s := &Scope{Unit: "x.scope", Manager: UserManager}
	value := func(a After, name string) any { return valueOf(a.properties(s, true), name) }
	a := After{Unit: "after.service", Check: []string{"/bin/true"}, Command: []string{"/bin/true", "x"}, Timeout: 3 * time.Second}
	for _, name := range []string{"BindsTo", "Before"} {
		if got, _ := value(a, name).([]string); !slices.Equal(got, []string{"x.scope"}) {
			t.Errorf("%s is %v", name, got)
		}
	}
	if got := value(a, "TimeoutStopUSec"); got != uint64(3_000_000) {
		t.Errorf("TimeoutStopUSec is %v", got)
	}
	a.Timeout = 0
	if got := value(a, "TimeoutStopUSec"); got != ^uint64(0) {
		t.Errorf("TimeoutStopUSec without a limit is %v", got)
	}
	if got := value(After{Check: a.Check, Command: a.Command, UID: 1000}, "User"); got != nil {
		t.Errorf("User is %v, but a user manager's processes are the user's", got)
	}
}

// A unit that sends mail may take longer than its caller waits. It has been started all the same.
func TestUnitThatIsBeingStartedIsNoFailure(t *testing.T) {
	start := func(answers func(call *dbus.Message) []*dbus.Message) error {
		manage(t, func(call *dbus.Message) []*dbus.Message {
			if bustest.Member(call) != "StartUnit" {
				return []*dbus.Message{bustest.Reply(call)}
			}
			return answers(call)
		})
		return UserManager.StartUnit(t.Context(), "after.service")
	}
	err := start(func(call *dbus.Message) []*dbus.Message { // what ends the wait does not matter
		return []*dbus.Message{bustest.Reply(call, job), bustest.HangUp}
	})
	if !errors.Is(err, ErrStarting) || !errors.Is(err, io.EOF) {
		t.Errorf("the wait for it ends: %v", err)
	}
	err = start(func(call *dbus.Message) []*dbus.Message {
		return []*dbus.Message{bustest.Reply(call, job), hooksJob("failed")}
	})
	if failed := (*JobError)(nil); !errors.As(err, &failed) || failed.Result != "failed" {
		t.Errorf("it fails: %v", err)
	}
	err = start(func(call *dbus.Message) []*dbus.Message {
		return []*dbus.Message{bustest.Error(call, systemd1.NoSuchUnit, "Unit after.service not found.")}
	})
	if err == nil || errors.Is(err, ErrStarting) {
		t.Errorf("it does not exist: %v", err)
	}
}

// Nobody takes connections, and the queue for them is full.
func TestManagerThatCannotBeReachedAtTheEndIsAnError(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_RUNTIME_DIR", dir)
	path := filepath.Join(dir, "systemd/private")
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := errors.Join(os.Chmod(dir, 0o700), os.Mkdir(filepath.Dir(path), 0o755), unix.Bind(fd, &unix.SockaddrUnix{Name: path}), unix.Listen(fd, 0)); err != nil {
		t.Fatal(err)
	}
	first, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	ran, err := running(t).runAfterWithin(ctx, After{Unit: "after.service"}, 50*time.Millisecond)
	if timeout := (*bus.TimeoutError)(nil); ran || !errors.As(err, &timeout) || ctx.Err() != nil {
		t.Errorf("ran %t, %v", ran, err)
	}
}

// valueOf is the value of a property; nil if it is not set.
func valueOf(list []systemd1.Property, name string) any {
	i := slices.IndexFunc(list, func(p systemd1.Property) bool { return p.Name == name })
	if i < 0 {
		return nil
	}
	return list[i].Value.Value()
}

// The scope and the service are stopped together or not at all, and nothing that a hook has left
// keeps the service.
func TestServiceIsStoppedAsTheScopeIs(t *testing.T) {
	a := After{Unit: "after.service", Check: []string{"/bin/true"}, Command: []string{"/bin/true"}, UID: 1000}
	user, system := &Scope{Unit: "x.scope", Manager: UserManager}, &Scope{Unit: "x.scope", Manager: SystemManager}
	for _, hasDefaults := range []bool{true, false} {
		if got := valueOf(a.properties(user, hasDefaults), "DefaultDependencies"); got != hasDefaults {
			t.Errorf("DefaultDependencies is %v, want %t", got, hasDefaults)
		}
	}
	for name, want := range map[string]any{"IgnoreOnIsolate": true, "KillSignal": int32(9), "After": nil} {
		if got := valueOf(a.properties(user, true), name); got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	if got, _ := valueOf(a.properties(system, true), "After").([]string); !slices.Equal(got, []string{"network.target", "remote-fs.target"}) {
		t.Errorf("the network goes before the hooks: After is %v", got)
	}
}
