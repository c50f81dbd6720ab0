package scope

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"gorun/cgroup"
	"gorun/internal/bus/bustest"
	"gorun/internal/systemd1"
	"gorun/scope/property"
)

const job = dbus.ObjectPath("/org/freedesktop/systemd1/job/7")

// manage plays a user manager at the place where Start looks for it.
func manage(t *testing.T, answer bustest.Answer) *bustest.Peer {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("XDG_RUNTIME_DIR", dir)
	if err := errors.Join(os.Chmod(dir, 0o700), os.Mkdir(filepath.Join(dir, "systemd"), 0o755)); err != nil {
		t.Fatal(err)
	}
	return bustest.Listen(t, filepath.Join(dir, "systemd/private"), answer)
}

// started answers StartTransientUnit as a manager does whose job has the result.
func started(result string) bustest.Answer {
	return func(call *dbus.Message) []*dbus.Message {
		removed := func(path dbus.ObjectPath, result string) *dbus.Message {
			return bustest.Signal(systemd1.Path, systemd1.Interface+".JobRemoved", uint32(7), path, call.Body[0], result)
		}
		return []*dbus.Message{
			bustest.Signal(systemd1.Path, systemd1.Interface+".JobNew", uint32(7), job, call.Body[0]),
			removed("/org/freedesktop/systemd1/job/6", "canceled"), // somebody else's
			bustest.Reply(call, job),
			removed(job, result),
		}
	}
}

// sent lists the names of the properties in a call.
func sent(t *testing.T, call *dbus.Message) (names []string) {
	t.Helper()
	var unit, mode string
	var properties []systemd1.Property
	if err := dbus.Store(call.Body[:3], &unit, &mode, &properties); err != nil {
		t.Error(err)
	}
	for _, p := range properties {
		names = append(names, p.Name)
	}
	return names
}

func user(unit string) Spec { return Spec{Manager: UserManager, Unit: unit} }

// The manager that the test plays does not move the test process. The integration tests
// show that Start succeeds when the process is moved.
func TestDoneJobThatMovedNobodyIsAnError(t *testing.T) {
	peer := manage(t, started("done"))
	_, err := Start(t.Context(), user("x.scope"))
	var e *NotPlacedError
	if !errors.As(err, &e) || e.Unit != "x.scope" || !strings.HasPrefix(e.Cgroup, "/") {
		t.Errorf("got %v", err)
	}
	if c, n := peer.Connections.Load(), peer.Calls.Load(); c != 1 || n != 1 {
		t.Errorf("it took %d connections and %d calls, want one of each", c, n)
	}
}

func TestNoConnectionIsLeftOpen(t *testing.T) {
	peer := manage(t, started("done"))
	Start(t.Context(), user("x.scope")) // fails: nobody is moved here
	eventually(t, "the connection is closed", func() bool { return peer.Open.Load() == 0 })
}

func TestCallerIsNamedByTheConnection(t *testing.T) {
	manage(t, func(call *dbus.Message) []*dbus.Message {
		if names := sent(t, call); !slices.Contains(names, "PIDs") {
			t.Errorf("no PIDs among %v", names)
		}
		properties := call.Body[2].([][]any)
		last := properties[len(properties)-1]
		if pids := last[1].(dbus.Variant).Value().([]uint32); !slices.Equal(pids, []uint32{0}) {
			t.Errorf("PIDs are %v", pids)
		}
		if mode := call.Body[1]; mode != "replace" {
			t.Errorf("job mode is %v", mode)
		}
		return started("done")(call)
	})
	Start(t.Context(), user("x.scope")) // fails: nobody is moved here
}

// refuse plays a manager that does not know some properties.
func refuse(t *testing.T, unknown ...string) bustest.Answer {
	return func(call *dbus.Message) []*dbus.Message {
		for _, name := range sent(t, call) {
			if slices.Contains(unknown, name) {
				return []*dbus.Message{bustest.Error(call, systemd1.PropertyReadOnly, "Cannot set property "+name+", or unknown property.")}
			}
		}
		return started("done")(call)
	}
}

func TestUnknownDefaultsAreLeftOutForOneMoreRoundTripEach(t *testing.T) {
	peer := manage(t, refuse(t, "OOMPolicy", "MemoryZSwapMax"))
	spec := user("x.scope")
	spec.Defaults = []property.Property{parse(t, "OOMPolicy=continue"), parse(t, "MemoryZSwapMax=1G"), parse(t, "MemoryMax=1G")}
	_, err := Start(t.Context(), spec)
	var e *NotPlacedError // the job was done, and nobody was moved
	if !errors.As(err, &e) {
		t.Errorf("got %v", err)
	}
	if c, n := peer.Connections.Load(), peer.Calls.Load(); c != 1 || n != 3 {
		t.Errorf("it took %d connections and %d calls, want 1 and 3", c, n)
	}
}

func TestUnknownPropertyThatWasAskedForIsAnError(t *testing.T) {
	peer := manage(t, refuse(t, "OOMPolicy"))
	spec := user("x.scope")
	spec.Defaults = []property.Property{parse(t, "OOMPolicy=continue")}
	spec.Properties = []property.Property{parse(t, "OOMPolicy=kill")}
	_, err := Start(t.Context(), spec)
	var e *property.Error
	if !errors.As(err, &e) || e.Name != "OOMPolicy" || e.Value != "kill" || !strings.Contains(e.Reason, "253") {
		t.Errorf("got %v", err)
	}
	if n := peer.Calls.Load(); n != 1 {
		t.Errorf("it took %d calls", n)
	}
}

func TestManagerErrorsHaveTypes(t *testing.T) {
	const unit = "x.scope"
	is := func(target any) func(error) bool { return func(err error) bool { return errors.As(err, target) } }
	for name, c := range map[string]struct {
		name, text string
		is         func(error) bool
	}{
		"polkit denies":      {systemd1.AccessDenied, "Permission denied", is(new(*RefusedError))},
		"polkit would ask":   {systemd1.InteractiveAuthorizationRequired, "Interactive authentication required.", is(new(*RefusedError))},
		"no systemd on bus":  {systemd1.ServiceUnknown, "The name is not activatable", is(new(*NoManagerError))},
		"another name taken": {systemd1.UnitExists, "Unit y.service was already loaded.", is(new(*UnitExistsError))},
		"bad value":          {"org.freedesktop.DBus.Error.InvalidArgs", "Invalid slice", is(new(*ManagerError))},
	} {
		t.Run(name, func(t *testing.T) {
			manage(t, func(call *dbus.Message) []*dbus.Message {
				return []*dbus.Message{bustest.Error(call, c.name, c.text)}
			})
			if _, err := Start(t.Context(), user(unit)); !c.is(err) {
				t.Errorf("got %T: %v", err, err)
			}
		})
	}
}

// taken plays a manager with a unit of the same name in the cgroup group. The unit ends
// after the first questions about it.
func taken(group string) bustest.Answer {
	over := false
	return func(call *dbus.Message) []*dbus.Message {
		get := func(value string) []*dbus.Message {
			return []*dbus.Message{bustest.Reply(call, dbus.MakeVariant(value))}
		}
		switch {
		case bustest.Member(call) == "StartTransientUnit" && over:
			return started("done")(call)
		case bustest.Member(call) == "StartTransientUnit":
			return []*dbus.Message{bustest.Error(call, systemd1.UnitExists, "Unit x.scope was already loaded or has a fragment file.")}
		case call.Body[1] == "LoadState":
			return get("loaded")
		case call.Body[1] == "ActiveState" && over:
			return get("inactive")
		case call.Body[1] == "ActiveState":
			return get("active")
		case call.Body[1] == "Job":
			return []*dbus.Message{bustest.Reply(call, dbus.MakeVariant(struct {
				ID   uint32
				Path dbus.ObjectPath
			}{Path: "/"}))}
		case call.Body[1] == "BoundBy":
			return []*dbus.Message{bustest.Reply(call, dbus.MakeVariant([]string{}))}
		case call.Body[1] == "ControlGroup":
			over = true
			return append(get(group), bustest.Signal(systemd1.Path, systemd1.Interface+".UnitRemoved", "x.scope", systemd1.UnitPath("x.scope")))
		}
		return nil
	}
}

func TestNameOfARunningUnitIsTaken(t *testing.T) {
	group, err := cgroup.PathOf(0) // this test runs in it
	if err != nil {
		t.Skip(err)
	}
	if g, err := cgroup.At(group); err != nil {
		t.Skip(err)
	} else if events, err := g.Events(); err != nil || events == nil {
		t.Skip("the test runs in the root cgroup, which has no cgroup.events")
	}
	peer := manage(t, taken(group))
	_, err = Start(t.Context(), user("x.scope"))
	var e *UnitExistsError
	if !errors.As(err, &e) || e.Unit != "x.scope" || peer.Calls.Load() != 5 {
		t.Errorf("got %v after %d calls", err, peer.Calls.Load())
	}
}

// startingFirst plays a manager with a unit of the same name, whose start job fails after
// the first questions about it.
func startingFirst() bustest.Answer {
	type job struct {
		ID   uint32
		Path dbus.ObjectPath
	}
	active, current := "inactive", job{7, "/job/7"}
	return func(call *dbus.Message) []*dbus.Message {
		if bustest.Member(call) == "StartTransientUnit" {
			return []*dbus.Message{bustest.Error(call, systemd1.UnitExists, "Unit x.scope was already loaded or has a fragment file.")}
		}
		answer := func(value any) []*dbus.Message {
			return []*dbus.Message{bustest.Reply(call, dbus.MakeVariant(value))}
		}
		switch call.Body[1] {
		case "Job":
			return answer(current)
		case "ActiveState": // the last question
			defer func() { active, current = "failed", job{Path: "/"} }()
			return append(answer(active), bustest.Signal(systemd1.Path, systemd1.Interface+".JobRemoved", current.ID, current.Path, "x.scope", "failed"))
		case "LoadState":
			return answer("loaded")
		case "BoundBy":
			return answer([]string{"other.service"})
		}
		return answer("")
	}
}

// Many callers that asked for it over and over would keep the manager from starting it.
func TestUnitThatIsAboutToStartIsWaitedFor(t *testing.T) {
	peer := manage(t, startingFirst())
	_, err := Start(t.Context(), user("x.scope"))
	var e *UnitExistsError
	if !errors.As(err, &e) || e.Unit != "x.scope" || peer.Calls.Load() != 10 {
		t.Errorf("got %v after %d calls", err, peer.Calls.Load())
	}
}

func TestEndedUnitOfTheSameNameIsWaitedFor(t *testing.T) {
	manage(t, taken("/no-such-cgroup"))
	_, err := Start(t.Context(), user("x.scope"))
	var e *NotPlacedError // the job was done, and nobody was moved
	if !errors.As(err, &e) {
		t.Errorf("got %v", err)
	}
}

func TestFailedJobIsAnErrorWithItsResult(t *testing.T) {
	for _, result := range []string{"failed", "canceled", "timeout", "dependency", "assert"} {
		manage(t, started(result))
		_, err := Start(t.Context(), user("x.scope"))
		var e *JobError
		if !errors.As(err, &e) || e.Result != result {
			t.Errorf("%s: got %v", result, err)
		}
	}
}

func TestHungManagerIsLeftWhenTheCallersContextEnds(t *testing.T) {
	manage(t, func(*dbus.Message) []*dbus.Message { return nil })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := Start(ctx, user("x.scope")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestHungManagerIsLeftInTime(t *testing.T) {
	manage(t, func(*dbus.Message) []*dbus.Message { return nil })
	_, err := startWithin(t.Context(), 20*time.Millisecond, user("x.scope"), nil)
	var e *TimeoutError
	if !errors.As(err, &e) || !errors.Is(err, context.DeadlineExceeded) || err.Error() != "start x.scope: the manager did not answer within 20ms" {
		t.Errorf("got %v", err)
	}
}

func TestNoManagerNamesTheSocketsThatWereTried(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_RUNTIME_DIR", dir)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+dir+"/other")
	_, err := Start(t.Context(), user("x.scope"))
	var e *NoManagerError
	if !errors.As(err, &e) || e.Manager != UserManager || !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("got %v", err)
	}
	for _, socket := range []string{"/systemd/private", "/bus", "/other"} {
		if !strings.Contains(err.Error(), dir+socket) {
			t.Errorf("%s is not named in %v", socket, err)
		}
	}
}

func TestManagerThatHangsUpIsAnError(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_RUNTIME_DIR", dir)
	if err := errors.Join(os.Chmod(dir, 0o700), os.Mkdir(filepath.Join(dir, "systemd"), 0o755)); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("unix", filepath.Join(dir, "systemd/private"))
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for conn, err := listener.Accept(); err == nil; conn, err = listener.Accept() {
			conn.Close()
		}
	}()
	if _, err := Start(t.Context(), user("x.scope")); err == nil || !strings.Contains(err.Error(), "x.scope") {
		t.Errorf("got %v", err)
	}
}

func TestInvalidSpecIsNotSent(t *testing.T) {
	peer := manage(t, started("done"))
	if _, err := Start(t.Context(), user("x.service")); err == nil {
		t.Error("no error")
	}
	if n := peer.Connections.Load(); n != 0 {
		t.Errorf("%d connections", n)
	}
}
