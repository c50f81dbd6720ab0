package scope

import (
	"context"
	"errors"
	"slices"
	"time"

	"gorun/internal/account"
	"gorun/internal/bus"
	"gorun/internal/helper"
	"gorun/internal/logind"
	"gorun/internal/systemd1"
	"gorun/scope/property"
)

// StartTimeout is how long [Start] waits for a manager that is silent, if the context has
// no earlier end. An idle manager answers within milliseconds; one that is busy with many
// launches sends signals about them. On an emulated machine that was busy booting, an
// answer took seconds. A manager that sends signals and does not answer has twenty times
// as long.
const StartTimeout = 30 * time.Second

// ManagerStartTimeout is used instead if the user's manager may have to start first. It is
// what systemd gives a unit to start (DefaultTimeoutStartSec). On a machine that is busy
// booting, the last of fifty simultaneous launches need it.
const ManagerStartTimeout = 90 * time.Second

func (s Spec) startTimeout() time.Duration {
	if s.mayStartManager() && !logind.HasSession(account.OwnUID()) {
		return ManagerStartTimeout
	}
	return StartTimeout
}

// Start starts a scope and returns when its processes are inside.
//
// The error may be a [*property.Error], [*UnitNameError], [*NoManagerError],
// [*RefusedError], [*UnitExistsError], [*JobError], [*NotPlacedError], [*MovedError],
// [*NoProcessError], [*LeaseError], [*TimeoutError], [*ManagerError] or [*LimitError].
// Others come from the system.
//
// After an error the processes are where they were, with three exceptions. After a
// [*LimitError] they are in the scope. After a timeout they may still be moved. If one of
// several could not be moved, the others are in the scope.
func Start(ctx context.Context, spec Spec) (*Scope, error) {
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	properties, err := spec.properties()
	if err != nil {
		return nil, err
	}
	if spec.Manager == Embedded {
		return startEmbedded(ctx, spec, properties)
	}
	if spec.Interactive {
		return start(ctx, spec, properties)
	}
	return startWithin(ctx, spec.startTimeout(), spec, properties)
}

// startWithin starts a scope unless the manager is silent for longer than limit.
func startWithin(ctx context.Context, limit time.Duration, spec Spec, properties []property.Property) (*Scope, error) {
	bounded, cancel := bus.WithSilenceLimit(ctx, limit)
	defer cancel()
	s, err := start(bounded, spec, properties)
	var exists *UnitExistsError
	var timeout *bus.TimeoutError
	isLate := errors.As(err, &timeout) || errors.As(context.Cause(bounded), &timeout)
	if err == nil || !isLate || errors.As(err, &exists) {
		return s, err
	}
	late := &TimeoutError{Doing: "start " + spec.Unit, After: timeout.After, cause: timeout}
	if hang := (*helper.HangError)(nil); errors.As(err, &hang) {
		late.cause = hang
	}
	return nil, late
}

// maxMoves bounds how often the scope is started again because another program has moved the
// calling process. Such a program moves each process once.
const maxMoves = 5

// start starts a scope, and starts it again if another program moves the caller meanwhile.
// What another program starts, such as tmux, has its move and ours in one queue of the
// manager, whose order is not that of the calls. It also does so if the system's manager may have
// been away.
func start(ctx context.Context, spec Spec, properties []property.Property) (*Scope, error) {
	for n := 1; ; n++ {
		l := &launch{spec: spec, properties: slices.Clone(properties)} // a launch drops some
		err := l.start(ctx)
		if err == nil {
			return l.scope, nil
		}
		group := l.movedTo(err)
		switch {
		case group == "" && l.mayStartNow(ctx, err, n):
		case group == "":
			return nil, err
		case n == maxMoves:
			return nil, &MovedError{Unit: spec.Unit, Cgroup: group}
		}
	}
}

// start starts the scope once.
func (l *launch) start(ctx context.Context) (err error) {
	l.scope = &Scope{Unit: l.spec.Unit, Manager: l.spec.Manager.resolve(), lease: l.spec.lease()}
	if l.spec.OwnSlice {
		if l.properties, l.slice, err = l.spec.split(l.properties); err != nil {
			return err
		}
		l.scope.Slice = l.slice.name
	}
	if err = l.run(ctx); err != nil {
		l.scope.lease.giveBack()
	}
	return err
}

// movedTo is where another program has moved the caller during a launch that failed. It is
// empty if nobody did. A process that the manager has not moved, because of a condition, is
// where it was before.
func (l *launch) movedTo(err error) string {
	var outside *NotPlacedError
	if slices.ContainsFunc(l.spec.PIDs, isOther) {
		return ""
	}
	if errors.As(err, &outside) && outside.Cgroup != l.from {
		return outside.Cgroup
	}
	if _, now := placed(l.spec); l.entered && errors.As(now, &outside) {
		return outside.Cgroup
	}
	return ""
}

// launch starts one scope. It may take several calls and several managers.
type launch struct {
	scope      *Scope
	spec       Spec
	properties []property.Property // without those that were dropped
	slice      *ownSlice           // nil if the scope itself has the limits
	auxiliary  []systemd1.AuxiliaryUnit
	members    *members
	outside    bool   // the processes were not in a scope of that name before
	from       string // where the caller was before
	entered    bool   // the processes were seen in the scope
}

// run starts the scope, makes sure that its processes are inside, and leaves the lease to
// its unit.
func (l *launch) run(ctx context.Context) (err error) {
	if l.members, err = openMembers(l.spec); err != nil {
		return err
	}
	defer l.members.close()
	if err := l.startJob(ctx); err != nil {
		return l.members.explain(l.spec.Unit, err)
	}
	s := l.scope
	if s.Cgroup, err = l.confirm(ctx); err != nil {
		return err
	}
	l.entered = true
	s.findInvocation(ctx)
	if err := s.settleLease(ctx); err != nil {
		return err
	}
	if l.slice != nil {
		if err := s.readBackOfSlice(l.spec).check(ctx, l.slice.limits); err != nil {
			return err
		}
		if err := s.readBack(l.spec).checkBeside(ctx, l.slice.limits); err != nil {
			return err
		}
	}
	return s.readBack(l.spec).check(ctx, l.properties)
}

// startJob makes a manager do the start job. If the manager is going down, it waits for
// the next one and asks that: the release of a lease may be what ends the manager.
func (l *launch) startJob(ctx context.Context) error {
	from, err := placed(l.spec)
	l.outside = err != nil
	if outside := (*NotPlacedError)(nil); errors.As(err, &outside) {
		from = outside.Cgroup
	}
	l.from = from
	if l.scope.lease.isWanted() {
		l.properties = append(l.properties, wantsLinger())
	}
	for attempt := 1; ; attempt++ {
		again, err := l.attempt(ctx, attempt < maxAttempts)
		switch {
		case !again:
			return err
		case l.isPlaced():
			return nil // the answer was lost, not the question
		}
		if err := l.awaitManager(ctx); err != nil {
			return err
		}
	}
}

// attempt asks one manager. It reports whether another one has to be asked, because
// this one is going down.
func (l *launch) attempt(ctx context.Context, mayRepeat bool) (again bool, err error) {
	conn, err := l.dial(ctx)
	if err != nil {
		return false, err
	}
	defer conn.Close()
	l.scope.ManagerPID = managerPID(conn, l.scope.Manager)
	l.auxiliary = l.scope.lease.auxiliary(l.scope.at)
	err = l.call(ctx, conn)
	return err != nil && mayRepeat && askIfGoingDown(ctx, conn, err), err
}

// isPlaced reports whether the processes have been moved into the scope.
func (l *launch) isPlaced() bool {
	_, err := placed(l.spec)
	return err == nil && l.outside
}

// askIfGoingDown finds out whether a launch failed because the manager ends: the connection
// breaks, the queued stop of all units wins over our job, or our job is canceled. In the
// last case it asks the manager.
func askIfGoingDown(ctx context.Context, conn *bus.Conn, err error) bool {
	var refused *ManagerError
	var job *JobError
	switch {
	case errors.As(err, &refused):
		return refused.Name == systemd1.TransactionIsDestructive || refused.Name == systemd1.NoReply
	case errors.As(err, &job):
		return job.Result == "canceled" && askIfStopping(ctx, conn)
	}
	return isBroken(err)
}

// askIfStopping asks a manager whether it ends.
func askIfStopping(ctx context.Context, conn *bus.Conn) bool {
	var state string
	err := systemd1.GetManager(ctx, conn, "SystemState", &state)
	return isBroken(err) || state == "stopping"
}

// awaitManager waits for the manager that follows one that is going down.
func (l *launch) awaitManager(ctx context.Context) error {
	switch {
	case l.scope.lease.isWanted():
		return l.scope.lease.keepManager(ctx)
	case l.spec.mayStartManager():
		return awaitUserManager(ctx)
	}
	return nil // it re-executes, with the same socket
}
