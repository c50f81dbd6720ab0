package scope

import (
	"context"
	"errors"
	"slices"

	"github.com/godbus/dbus/v5"

	"gorun/internal/bus"
	"gorun/internal/systemd1"
	"gorun/scope/property"
)

// call makes the manager do the start job. It repeats the call if what the manager
// refuses can be fixed: a call that fails has changed nothing.
func (l *launch) call(ctx context.Context, conn *bus.Conn) error {
	if err := conn.Match(systemd1.JobRemovedRule(l.spec.Unit)); err != nil {
		return err
	}
	for {
		if err := l.members.check(l.spec.Unit); err != nil {
			return err
		}
		job, err := l.queueJob(ctx, conn)
		if err == nil {
			return l.awaitJob(ctx, conn, job)
		}
		if errors.Is(err, bus.ErrNoFiles) {
			l.members.byPID, err = true, nil
		} else {
			err = l.fix(ctx, conn, l.spec.startError(err))
		}
		if errors.Is(err, errPlaced) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// queueJob queues the start job and returns its object path.
func (l *launch) queueJob(ctx context.Context, conn *bus.Conn) (dbus.ObjectPath, error) {
	message := append(encode(slices.Concat(l.properties, l.slice.lifted())), l.members.property())
	auxiliary := append([]systemd1.AuxiliaryUnit{}, l.auxiliary...) // nil would have no type
	auxiliary = append(auxiliary, l.slice.auxiliary(l.spec)...)
	call := systemd1.Call("StartTransientUnit", l.spec.Unit, l.spec.jobMode(), message, auxiliary)
	call.Interactive = l.spec.Interactive
	reply, err := conn.Call(ctx, call)
	if err != nil {
		return "", err
	}
	var job dbus.ObjectPath
	return job, dbus.Store(reply, &job)
}

// awaitJob waits until the start job has been done.
func (l *launch) awaitJob(ctx context.Context, conn *bus.Conn, job dbus.ObjectPath) error {
	result, err := systemd1.WaitForJob(ctx, conn, job)
	if err == nil && result != "done" {
		return &JobError{Unit: l.spec.Unit, Manager: l.scope.Manager, Result: result}
	}
	return err
}

// encode turns properties into what a call takes.
func encode(properties []property.Property) []systemd1.Property {
	message := make([]systemd1.Property, len(properties))
	for i, p := range properties {
		message[i] = systemd1.Set(p.WireName(), p.Value())
	}
	return message
}

// errPlaced means that an earlier call has moved the processes and that its answer was
// lost.
var errPlaced = errors.New("already placed")

// fix removes the reason for a refusal, so that the call can be repeated. If it cannot, it
// returns the refusal.
func (l *launch) fix(ctx context.Context, conn *bus.Conn, refusal error) error {
	var exists *UnitExistsError
	var unknown *property.Error
	switch {
	case errors.As(refusal, &exists) && exists.Unit == l.spec.Unit:
		return l.makeRoom(ctx, conn, exists)
	case errors.As(refusal, &exists) && exists.Unit == lingerUnit && l.auxiliary != nil:
		l.auxiliary = nil
		return nil
	case errors.As(refusal, &unknown) && unknown.Name == "PIDFDs":
		l.members.byPID = true
		return nil
	case errors.As(refusal, &unknown) && (l.spec.BestEffort || l.spec.isDefault(unknown.Name)):
		l.scope.Dropped = append(l.scope.Dropped, unknown.Name)
		l.drop(unknown.Name)
		return nil
	}
	return refusal
}

// drop leaves a property out.
func (l *launch) drop(name string) {
	isNamed := func(p property.Property) bool { return p.Name() == name }
	l.properties = slices.DeleteFunc(l.properties, isNamed)
	if l.slice != nil {
		l.slice.limits = slices.DeleteFunc(l.slice.limits, isNamed)
	}
}

// makeRoom waits for the end of a unit that has the scope's name and is about to end. The
// unit may also be the scope itself: an earlier call may have queued its job.
func (l *launch) makeRoom(ctx context.Context, conn *bus.Conn, exists *UnitExistsError) error {
	if l.isPlaced() {
		return errPlaced
	}
	// The manager may speak of other units all the time.
	bounded, cancel := context.WithTimeoutCause(ctx, StartTimeout, &bus.TimeoutError{After: StartTimeout})
	defer cancel()
	err := awaitRemoval(bounded, conn, exists)
	if err != nil && l.isPlaced() {
		return errPlaced
	}
	return err
}
