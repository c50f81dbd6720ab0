package logind

import (
	"context"
	"time"

	"gorun/cgroup"
	"gorun/internal/bus"
	"gorun/internal/systemd1"
)

// stopQuestionTimeout bounds a question to the system manager, which may be stopping many
// units at the time.
const stopQuestionTimeout = 5 * time.Second

// AskIfKilledByLogout reports whether logind kills the session that a process is in, and has
// begun to do so after a time on CLOCK_MONOTONIC.
//
// logind kills a session by a stop of its scope. That the session is closing says nothing: it
// is closing for as long as it has processes, which without KillUserProcesses= may be for
// ever. Also, logind asks for the stop before it records that the session is closing.
func AskIfKilledByLogout(pid int, since time.Duration) bool {
	group, err := cgroup.PathOf(pid)
	if err != nil {
		return false
	}
	place := PlaceOf(group)
	if place.Session == "" {
		return false
	}
	begun, err := stopBegun(place.Unit)
	return err == nil && begun > since
}

// stopBegun returns when the system manager has begun to stop a unit, on CLOCK_MONOTONIC. It
// is 0 if the unit is not stopping.
func stopBegun(unit string) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(context.Background(), stopQuestionTimeout)
	defer cancel()
	conn, err := bus.Dial(ctx, bus.SystemBus())
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	var active string
	if err := systemd1.Get(ctx, conn, unit, systemd1.Unit, "ActiveState", &active); err != nil || active != "deactivating" {
		return 0, err
	}
	var left uint64 // the active state, in microseconds
	err = systemd1.Get(ctx, conn, unit, systemd1.Unit, "ActiveExitTimestampMonotonic", &left)
	return time.Duration(left) * time.Microsecond, err
}
