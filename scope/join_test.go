package scope

import (
	"encoding/hex"
	"errors"
	"maps"
	"path"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/godbus/dbus/v5"

	"gorun/cgroup"
	"gorun/internal/bus/bustest"
	"gorun/internal/systemd1"
	"gorun/scope/property"
)

// host plays a manager with a running scope that has properties by their wire names. It counts
// the scopes that are to be started.
type host struct {
	has     map[string]any
	started atomic.Int32
}

func newHost(t *testing.T, has map[string]any) *host {
	t.Helper()
	id, err := hex.DecodeString(run)
	if err != nil {
		t.Fatal(err)
	}
	h := &host{has: map[string]any{
		"InvocationID": id, "ActiveState": "active", "LoadState": "loaded", "Wants": []string{}, "RuntimeMaxUSec": uint64(0), "TimeoutStopUSec": uint64(0),
		"Result": "success", "ActiveEnterTimestamp": uint64(1), "ActiveEnterTimestampMonotonic": uint64(1), "Description": "", "Documentation": []string{},
		"Job": struct {
			ID   uint32
			Path dbus.ObjectPath
		}{0, "/"},
	}}
	maps.Copy(h.has, has)
	manage(t, h.answer)
	return h
}

func (h *host) answer(call *dbus.Message) []*dbus.Message {
	switch bustest.Member(call) {
	case "StartTransientUnit":
		h.started.Add(1)
		return started("done")(call)
	case "Get":
		if value, ok := h.has[call.Body[1].(string)]; ok {
			return []*dbus.Message{bustest.Reply(call, dbus.MakeVariant(value))}
		}
		return []*dbus.Message{bustest.Error(call, systemd1.UnknownProperty, "Unknown property")}
	}
	return []*dbus.Message{bustest.Error(call, systemd1.InvalidArgs, "Not here")}
}

// asking describes a scope with properties.
func asking(t *testing.T, assignments ...string) Spec {
	t.Helper()
	spec := user("x.scope")
	spec.Description, spec.Documentation = "other words", []string{"man:gorun(1)"}
	spec.Defaults = []property.Property{parse(t, "OOMPolicy=continue")}
	for _, a := range assignments {
		spec.Properties = append(spec.Properties, parse(t, a))
	}
	return spec
}

// The scope has no cgroup, and so ends as soon as nothing is wrong with the properties.
func TestJoinComparesWhatIsAskedForWithTheScopeThatRuns(t *testing.T) {
	newHost(t, map[string]any{
		"KillSignal": int32(15), "RuntimeMaxUSec": uint64(3600e6), "After": []string{"a.service", "b.service"}, "Slice": "app.slice",
		"IPAddressDeny": []struct {
			Family int32
			Bytes  []byte
			Prefix uint32
		}{},
	})
	for assignment, want := range map[string]bool{
		"": true, "KillSignal=TERM": true, "KillSignal=INT": false, "RuntimeMaxSec=1h": true, "RuntimeMaxSec=2h": false,
		"After=b.service": true, "After=c.service": false, "Slice=app.slice": true, "Slice=other.slice": false,
		"OOMPolicy=kill": false, "Delegate=yes": false, "IPAddressDeny=any": false, "ConditionACPower=no": true,
		"IPAddressDeny=": true, "CollectMode=inactive": true, "Description=new": true,
	} {
		var list []string
		if assignment != "" {
			list = append(list, assignment)
		}
		s := running(t)
		s.Cgroup = "/nowhere/x.scope"
		err := s.Join(t.Context(), asking(t, list...))
		var limit *LimitError
		switch {
		case want && !errors.Is(err, ErrEnded):
			t.Errorf("%s: %v", assignment, err)
		case !want && (!errors.As(err, &limit) || !limit.Running || limit.Name+"="+limit.Value != assignment):
			t.Errorf("%s: %v", assignment, err)
		}
	}
}

func TestJoinWithBestEffortOnlyNotesWhatTheScopeLacks(t *testing.T) {
	newHost(t, map[string]any{"KillSignal": int32(15)})
	s := running(t)
	s.Cgroup = "/nowhere/x.scope"
	spec := asking(t, "KillSignal=INT")
	spec.BestEffort = true
	if err := s.Join(t.Context(), spec); !errors.Is(err, ErrEnded) || len(s.Unenforced) != 1 || s.Unenforced[0].Name != "KillSignal" {
		t.Errorf("got %v, noted %v", err, s.Unenforced)
	}
}

// ownScope is the test's own cgroup, as that of a scope that the test joins: it is there.
func ownScope(t *testing.T) *Scope {
	t.Helper()
	own, err := cgroup.PathOf(0)
	if err != nil {
		t.Skip(err)
	}
	if own == "/" {
		t.Skip("the test runs in the root cgroup, which is no unit's")
	}
	group, err := cgroup.At(own)
	if err == nil {
		err = group.Enter()
	}
	if err != nil {
		t.Skip("the test may not enter its own cgroup:", err)
	}
	s := running(t)
	s.Unit, s.Cgroup = path.Base(own), own
	return s
}

func TestJoinedScopeIsConfirmedByTheManager(t *testing.T) {
	own, _ := cgroup.PathOf(0)
	for _, c := range []struct {
		name  string
		has   map[string]any
		ended bool
	}{
		{"it runs", nil, false},
		{"it is being stopped", map[string]any{"ActiveState": "deactivating"}, true},
		{"it has ended", map[string]any{"ActiveState": "inactive", "InvocationID": []byte{}, "ControlGroup": ""}, true},
		{"a later run has the name", map[string]any{"InvocationID": make([]byte, 16)}, true},
		{"it has another cgroup", map[string]any{"ControlGroup": "/other/x.scope"}, true},
	} {
		has := map[string]any{"ControlGroup": own}
		maps.Copy(has, c.has)
		h := newHost(t, has)
		err := ownScope(t).Join(t.Context(), asking(t))
		if c.ended != (err != nil) {
			t.Errorf("%s: %v", c.name, err)
		}
		// Out of a scope that ends, the process moves into one of its own. The manager that
		// the test plays moves nobody: without that the process may be killed, which is said.
		var notPlaced *NotPlacedError
		if c.ended && !errors.As(err, &notPlaced) {
			t.Errorf("%s: %v", c.name, err)
		}
		if got := h.started.Load(); got != 0 != c.ended {
			t.Errorf("%s: %d scopes were started", c.name, got)
		}
	}
}

func TestJoinedRunHasNoLeaseIfTheScopeHasNone(t *testing.T) {
	own, _ := cgroup.PathOf(0)
	for _, wants := range [][]string{nil, {lingerUnit}} {
		newHost(t, map[string]any{"ControlGroup": own, "Wants": append([]string{}, wants...)})
		s, spec := ownScope(t), asking(t)
		spec.Linger = LeaseLingering
		if err := s.Join(t.Context(), spec); err != nil {
			t.Fatal(err)
		}
		wanted := spec.lease()
		if got := s.lease.isWanted(); got != (wanted.isWanted() && wants != nil) {
			t.Errorf("the scope wants %v: the lease is expected to be held: %t", wants, got)
		}
		if wanted.isWanted() && wants == nil && (s.lease.refused == nil || !strings.Contains(s.lease.refused.Error(), "without a lease")) {
			t.Errorf("refused: %v", s.lease.refused)
		}
	}
}

func TestSharesAreComparedWithWhatTheMachineHas(t *testing.T) {
	half, all := limit{parse(t, "MemoryMax=50%")}, uint64(total("MemoryMax"))
	for number, want := range map[uint64]bool{all / 2: true, all/2 + 4096: true, all: false, all / 3: false, 0: false} {
		if got := half.isSameAs(number); got != want {
			t.Errorf("50%% of %d, and the manager holds %d: %t", all, number, got)
		}
	}
	tasks := limit{parse(t, "TasksMax=10%")}
	if n := uint64(total("TasksMax") / 10); !tasks.isSameAs(n) || tasks.isSameAs(2*n) {
		t.Errorf("10%% of the tasks are not %d", n)
	}
}

func TestOuterSliceIsTheOneBeforeTheLastDash(t *testing.T) {
	for name, want := range map[string]string{"app-x.slice": "app.slice", "a-b-c.slice": "a-b.slice", `app-x\x2d0123.slice`: "app.slice", "x.slice": "-.slice"} {
		if got := outerSlice(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}
