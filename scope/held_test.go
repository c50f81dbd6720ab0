package scope

import (
	"errors"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"

	"gorun/internal/bus/bustest"
	"gorun/internal/systemd1"
)

// held plays a manager with a scope that has ended, whose hooks work until somebody waits for
// their end.
func held(scopeState string) bustest.Answer {
	const service = AfterPrefix + "-1.service"
	over := false
	return func(call *dbus.Message) []*dbus.Message {
		answer := func(value any) []*dbus.Message {
			return []*dbus.Message{bustest.Reply(call, dbus.MakeVariant(value))}
		}
		path := call.Headers[dbus.FieldPath].Value().(dbus.ObjectPath)
		switch member := bustest.Member(call); {
		case member == "StartTransientUnit" && !over:
			return []*dbus.Message{bustest.Error(call, systemd1.UnitExists, "Unit x.scope was already loaded or has a fragment file.")}
		case member == "StartTransientUnit":
			return started("done")(call)
		case member != "Get":
			return []*dbus.Message{bustest.Reply(call)}
		}
		switch isService := path == systemd1.UnitPath(service); {
		case call.Body[1] == "Job":
			return answer(struct {
				ID   uint32
				Path dbus.ObjectPath
			}{Path: "/"})
		case call.Body[1] == "LoadState":
			return answer("loaded")
		case call.Body[1] == "ActiveState" && isService:
			return answer("deactivating")
		case call.Body[1] == "ActiveState":
			return answer(scopeState)
		case call.Body[1] == "BoundBy":
			defer func() { over = true }()
			return append(answer([]string{"other.service", service}),
				bustest.Signal(systemd1.Path, systemd1.Interface+".UnitRemoved", service, systemd1.UnitPath(service)))
		}
		return answer("") // no cgroup
	}
}

func TestNameIsHeldUntilTheHooksOfTheLastRunHaveEnded(t *testing.T) {
	for _, state := range []string{"inactive", "failed"} {
		manage(t, held(state))
		_, err := Start(t.Context(), user("x.scope"))
		var e *HeldError
		if !errors.As(err, &e) || !strings.HasPrefix(e.By, AfterPrefix) || !errors.As(err, new(*UnitExistsError)) {
			t.Fatalf("%s: got %v", state, err)
		}
		if err := e.Wait(t.Context()); err != nil {
			t.Errorf("%s: the wait: %v", state, err)
		}
		if _, err = Start(t.Context(), user("x.scope")); !errors.As(err, new(*NotPlacedError)) { // the job was done, and nobody was moved
			t.Errorf("%s: after the wait: %v", state, err)
		}
	}
}
