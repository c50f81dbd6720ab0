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

// launch is one call of StartTransientUnit, which may have to be repeated.
type launch struct {
	scope      *Scope
	spec       Spec
	properties []property.Property
	auxiliary  []systemd1.AuxiliaryUnit
	members    *members
	outside    bool // the processes were not in a scope of that name before
}

// leaseLingering has the scope hold the linger lease, whose unit comes with the
// same call unless it is there already.
func (l *launch) leaseLingering() {
	lease := l.scope.lease
	if lease == nil {
		return
	}
	l.properties = append(l.properties, wantsLinger())
	if l.scope.at.invocationID(lingerUnit) == "" {
		l.auxiliary = []systemd1.AuxiliaryUnit{{Name: lingerUnit, Properties: lingerService(*lease)}}
	}
}

// run has the manager do the start job, and repeats the call where what the
// manager refuses can be mended: a call that fails has applied nothing.
func (l *launch) run(ctx context.Context, conn *bus.Conn) error {
	if err := conn.Match(systemd1.Rule("JobRemoved")); err != nil {
		return err
	}
	for {
		job, err := l.call(ctx, conn)
		if err == nil {
			return waitForJob(ctx, conn, l.spec.Unit, job)
		}
		if errors.Is(err, bus.ErrNoFiles) {
			err = l.members.fallBack(l.spec.Unit)
		} else {
			err = l.mend(ctx, conn, l.spec.startError(err))
		}
		if errors.Is(err, errPlaced) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// errPlaced tells that an earlier call did it, whose answer was lost.
var errPlaced = errors.New("already placed")

// isPlaced tells whether the processes have been moved into the scope.
func (l *launch) isPlaced() bool {
	_, err := placed(l.spec)
	return err == nil && l.outside
}

// mend does what makes it worth to repeat the call that was refused, or returns
// why it was.
func (l *launch) mend(ctx context.Context, conn *bus.Conn, refusal error) error {
	var exists *UnitExistsError
	var unknown *property.Error
	switch {
	case errors.As(refusal, &exists) && exists.Unit == l.spec.Unit:
		return l.makeRoom(ctx, conn, exists)
	case errors.As(refusal, &exists) && exists.Unit == lingerUnit && l.auxiliary != nil:
		l.auxiliary = nil
		return nil
	case errors.As(refusal, &unknown) && unknown.Name == "PIDFDs":
		return l.members.fallBack(l.spec.Unit)
	case errors.As(refusal, &unknown) && (l.spec.BestEffort || l.spec.isDefault(unknown.Name)):
		l.scope.Dropped = append(l.scope.Dropped, unknown.Name)
		l.properties = slices.DeleteFunc(l.properties, func(p property.Property) bool { return p.Name() == unknown.Name })
		return nil
	}
	return refusal
}

// makeRoom waits until the unit that exists is gone, if it is about to be, or finds that
// it is ours: an earlier call may have queued its job.
func (l *launch) makeRoom(ctx context.Context, conn *bus.Conn, exists *UnitExistsError) error {
	if l.isPlaced() {
		return errPlaced
	}
	err := awaitRemoval(ctx, conn, exists)
	if err != nil && l.isPlaced() {
		return errPlaced
	}
	return err
}

// call queues the start job and returns its object path.
func (l *launch) call(ctx context.Context, conn *bus.Conn) (dbus.ObjectPath, error) {
	message := append(encode(l.properties), l.members.property())
	auxiliary := append([]systemd1.AuxiliaryUnit{}, l.auxiliary...) // never nil, which has no type
	call := systemd1.Call("StartTransientUnit", l.spec.Unit, l.spec.jobMode(), message, auxiliary)
	call.Interactive = l.spec.Interactive
	reply, err := conn.Call(ctx, call)
	if err != nil {
		return "", err
	}
	var job dbus.ObjectPath
	return job, dbus.Store(reply, &job)
}

// waitForJob waits until a job for the unit has been done.
func waitForJob(ctx context.Context, conn *bus.Conn, unit string, job dbus.ObjectPath) error {
	result, err := systemd1.WaitForJob(ctx, conn, job)
	if err == nil && result != "done" {
		err = &JobError{Unit: unit, Result: result}
	}
	return err
}

// encode makes the properties what a call takes.
func encode(properties []property.Property) []systemd1.Property {
	message := make([]systemd1.Property, len(properties))
	for i, p := range properties {
		message[i] = systemd1.Set(p.WireName(), p.Value())
	}
	return message
}
