package scope

import (
	"cmp"
	"encoding/hex"
	"errors"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/godbus/dbus/v5"

	"gorun/cgroup"
	"gorun/internal/bus/bustest"
	"gorun/internal/systemd1"
)

// emptyUnit is a manager with an active scope x.scope whose cgroup is gone.
type emptyUnit struct {
	t       *testing.T
	job     uint32 // of the run
	isLater bool   // a later run has taken the name when the run is asked for
	group   string // empty for one that is gone
	stopped atomic.Int32
}

func (m *emptyUnit) answer(call *dbus.Message) []*dbus.Message {
	path := call.Headers[dbus.FieldPath].Value()
	isOfRun := path == systemd1.UnitPath(run)
	value := func(v any) []*dbus.Message { return []*dbus.Message{bustest.Reply(call, dbus.MakeVariant(v))} }
	state := "active"
	if m.stopped.Load() > 0 || m.isLater && !isOfRun {
		state = "inactive"
	}
	removed := bustest.Signal(systemd1.Path, systemd1.Interface+".UnitRemoved", "x.scope", systemd1.UnitPath("x.scope"))
	switch member := bustest.Member(call); {
	case member == "StartTransientUnit" && m.stopped.Load() == 0:
		return []*dbus.Message{bustest.Error(call, systemd1.UnitExists, "Unit x.scope was already loaded or has a fragment file.")}
	case member == "StartTransientUnit":
		return started("done")(call)
	case member == "Stop":
		if !isOfRun {
			m.t.Errorf("Stop of %v", path)
		}
		m.stopped.Add(1)
		return []*dbus.Message{
			bustest.Reply(call, job),
			bustest.Signal(systemd1.Path, systemd1.Interface+".JobRemoved", uint32(7), job, "x.scope", "done"), removed,
		}
	case isOfRun && m.isLater:
		return []*dbus.Message{bustest.Error(call, systemd1.NoUnitForInvocationID, "No unit.")}
	case call.Body[1] == "InvocationID":
		id, _ := hex.DecodeString(run) // a constant that is valid
		return value(id)
	case call.Body[1] == "Job":
		return value(struct {
			ID   uint32
			Path dbus.ObjectPath
		}{m.job, "/"})
	case call.Body[1] == "LoadState":
		return value("loaded")
	case call.Body[1] == "ActiveState":
		return value(state)
	case call.Body[1] == "BoundBy":
		return value([]string{})
	case call.Body[1] == "ControlGroup":
		return value(cmp.Or(m.group, "/no-such-cgroup"))
	}
	m.t.Errorf("an unexpected call: %v", call)
	return nil
}

// Where the tests run, PID 1 may not be systemd.
func init() { isInNamespace = func() bool { return false } }

// A manager that gets no report of the last process's end keeps the scope without end.
func TestEmptyScopeThatTheManagerKeepsIsStoppedByItsInvocation(t *testing.T) {
	m := &emptyUnit{t: t}
	manage(t, m.answer)
	_, err := Start(t.Context(), user("x.scope"))
	var e *NotPlacedError // the job was done, and nobody was moved
	if !errors.As(err, &e) || m.stopped.Load() != 1 {
		t.Errorf("got %v after %d stops", err, m.stopped.Load())
	}
}

func TestScopeIsNotStoppedUnlessItIsCertainlyEmpty(t *testing.T) {
	for name, m := range map[string]*emptyUnit{
		"its job has not ended":       {t: t, job: 7},
		"a later run has its name":    {t: t, isLater: true},
		"a job, and then a later run": {t: t, job: 7, isLater: true},
	} {
		manage(t, m.answer)
		conn, _, err := UserManager.dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if err := stopEmpty(t.Context(), conn, "x.scope"); err != nil || m.stopped.Load() != 0 {
			t.Errorf("%s: %v, %d stops", name, err, m.stopped.Load())
		}
	}
}

func TestEmptyScopesAreListed(t *testing.T) {
	idle, busy := &emptyUnit{t: t}, &emptyUnit{t: t, job: 7}
	var isBusy atomic.Bool
	manage(t, func(call *dbus.Message) []*dbus.Message {
		switch {
		case bustest.Member(call) == "ListUnitsByPatterns":
			x := systemd1.ListedUnit{Name: "x.scope", Path: "/x", JobPath: "/"}
			return []*dbus.Message{bustest.Reply(call, []systemd1.ListedUnit{x})}
		case call.Body[1] == "Result":
			return []*dbus.Message{bustest.Reply(call, dbus.MakeVariant("success"))}
		case call.Body[1] == "Documentation":
			return []*dbus.Message{bustest.Reply(call, dbus.MakeVariant([]string{"man:x(1)"}))}
		}
		if isBusy.Load() {
			return busy.answer(call)
		}
		return idle.answer(call)
	})
	list, err := UserManager.Empty(t.Context())
	if err != nil || len(list) != 1 || list[0].Unit != "x.scope" || !slices.Equal(list[0].Documentation, []string{"man:x(1)"}) {
		t.Errorf("got %+v, %v", list, err)
	}
	isBusy.Store(true)
	if list, err := UserManager.Empty(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("with a job: got %+v, %v", list, err)
	}
}

// Whoever cleans says what has ended, and only that.
func TestEmptyScopeThatIsLeftIsNotEnded(t *testing.T) {
	own, err := cgroup.PathOf(0)
	if err != nil {
		t.Skip(err)
	}
	for name, c := range map[string]struct {
		m     *emptyUnit
		why   string
		stops int32
	}{
		"still empty":              {&emptyUnit{t: t}, "", 1},
		"a process was moved in":   {&emptyUnit{t: t, group: own}, "end x.scope: a process is in it again", 0},
		"somebody stops it":        {&emptyUnit{t: t, job: 7}, "end x.scope: it is being stopped", 0},
		"a later run has its name": {&emptyUnit{t: t, isLater: true}, "", 0},
	} {
		manage(t, c.m.answer)
		err := UserManager.EndEmpty(t.Context(), Kept{Unit: "x.scope", InvocationID: run})
		var left *NotEndedError
		if errors.As(err, &left) != (c.why != "") || left != nil && left.Error() != c.why || left == nil && err != nil || c.m.stopped.Load() != c.stops {
			t.Errorf("%s: %v, %d stops", name, err, c.m.stopped.Load())
		}
	}
}
