package scope

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/godbus/dbus/v5"

	"gorun/cgroup"
	"gorun/internal/bus/bustest"
)

// moving plays a manager, and another program that moves the test process somewhere after
// each start. It returns the number of starts so far.
func moving(t *testing.T, after func(start int) (group string)) *atomic.Int32 {
	t.Helper()
	var starts atomic.Int32
	var group atomic.Pointer[string]
	before := "/user.slice/session-2.scope"
	group.Store(&before)
	pathOf = func(int) (string, error) { return *group.Load(), nil }
	t.Cleanup(func() { pathOf = cgroup.PathOf })
	manage(t, func(call *dbus.Message) []*dbus.Message {
		if bustest.Member(call) != "StartTransientUnit" {
			return []*dbus.Message{bustest.Reply(call, dbus.MakeVariant([]byte{}))}
		}
		now := after(int(starts.Add(1)))
		group.Store(&now)
		return started("done")(call)
	})
	return &starts
}

func TestScopeThatTheCallerWasMovedOutOfIsStartedAgain(t *testing.T) {
	starts := moving(t, func(start int) string {
		if start < 3 {
			return fmt.Sprintf("/app.slice/tmux-spawn-%d.scope", start)
		}
		return "/app.slice/x.scope"
	})
	s, err := Start(t.Context(), user("x.scope"))
	if err != nil || s.Cgroup != "/app.slice/x.scope" || starts.Load() != 3 {
		t.Errorf("got %+v, %v after %d starts", s, err, starts.Load())
	}
}

func TestCallerThatIsMovedEachTimeIsAnError(t *testing.T) {
	starts := moving(t, func(start int) string { return fmt.Sprintf("/app.slice/tmux-spawn-%d.scope", start) })
	_, err := Start(t.Context(), user("x.scope"))
	var e *MovedError
	if !errors.As(err, &e) || e.Cgroup != "/app.slice/tmux-spawn-5.scope" || starts.Load() != 5 {
		t.Errorf("got %v after %d starts", err, starts.Load())
	}
}

// Another program has moved the process, and then a condition of the unit is not met.
func TestFailedConditionOfAMovedCallerIsToldAsSuch(t *testing.T) {
	starts := moving(t, func(int) string { return "/app.slice/tmux-spawn-1.scope" })
	_, err := Start(t.Context(), user("x.scope"))
	var e *NotPlacedError
	if !errors.As(err, &e) || starts.Load() != 2 {
		t.Errorf("got %v after %d starts", err, starts.Load())
	}
}
