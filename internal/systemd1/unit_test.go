package systemd1

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/godbus/dbus/v5"

	"gorun/internal/bus"
	"gorun/internal/bus/bustest"
)

// On a busy machine a unit may start between two of the questions.
func TestUnitThatStartsMeanwhileDoesNotLookEnded(t *testing.T) {
	for changes := range 4 { // after so many answers the start job is done
		path := filepath.Join(t.TempDir(), "bus")
		asked := 0
		bustest.Listen(t, path, func(call *dbus.Message) []*dbus.Message {
			if bustest.Member(call) != "Get" {
				return []*dbus.Message{bustest.Reply(call)}
			}
			hasStarted := asked >= changes
			asked++
			job, active := uint32(7), "inactive"
			if hasStarted {
				job, active = 0, "active"
			}
			value := dbus.MakeVariant(active)
			switch call.Body[1] {
			case "Job":
				value = dbus.MakeVariant(struct {
					ID   uint32
					Path dbus.ObjectPath
				}{job, "/"})
			case "LoadState":
				value = dbus.MakeVariant("loaded")
			}
			return []*dbus.Message{bustest.Reply(call, value)}
		})
		conn, err := bus.Dial(context.Background(), bus.Address{Path: path, MessageBus: true})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		state, err := ReadUnitState(context.Background(), conn, "x.service")
		if err != nil || state.Job == 0 && state.Active == "inactive" {
			t.Errorf("started after %d answers: %v, got %+v", changes, err, state)
		}
	}
}
