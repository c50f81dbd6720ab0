package scope

import (
	"context"
	"errors"
	"os"
	"time"

	"gorun/internal/logind"
	"gorun/scope/property"
)

// StartTimeout bounds [Start] where the context has no earlier end. A manager
// answers within milliseconds; one on an emulated machine that is busy booting
// has taken seconds.
const StartTimeout = 30 * time.Second

// ManagerStartTimeout bounds [Start] instead where the user's manager may have to
// start first: what systemd gives a unit to start (DefaultTimeoutStartSec). Of fifty
// launches at once on a machine that is busy booting the last ones need it.
const ManagerStartTimeout = 90 * time.Second

func (s Spec) startTimeout() time.Duration {
	if s.mayStartManager() && !logind.HasSession(os.Geteuid()) {
		return ManagerStartTimeout
	}
	return StartTimeout
}

// Start starts a scope and returns when its processes are inside.
//
// Errors are of type [*property.Error], [*UnitNameError], [*NoManagerError],
// [*RefusedError], [*UnitExistsError], [*JobError], [*NotPlacedError], [*NoProcessError],
// [*LeaseError], [*TimeoutError], [*ManagerError] or [*LimitError]; after any of them the
// processes are where they were, but for a limit, and for a timeout, after which they may
// still be moved; and of several, those that could be moved are in the scope if one
// could not.
func Start(ctx context.Context, spec Spec) (*Scope, error) {
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	properties, err := spec.properties()
	if err != nil {
		return nil, err
	}
	if spec.Interactive {
		return start(ctx, spec, properties)
	}
	timeout := spec.startTimeout()
	bounded, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	s, err := start(bounded, spec, properties)
	var exists *UnitExistsError
	if err != nil && bounded.Err() != nil && ctx.Err() == nil && !errors.As(err, &exists) {
		return nil, &TimeoutError{Doing: "start " + spec.Unit, After: timeout, cause: bounded.Err()}
	}
	return s, err
}

func start(ctx context.Context, spec Spec, properties []property.Property) (*Scope, error) {
	s := &Scope{Unit: spec.Unit, Manager: spec.Manager.resolve()}
	s.lease, s.noLease = spec.lease()
	if err := s.enter(ctx, spec, properties); err != nil {
		s.giveBack()
		return nil, err
	}
	return s, nil
}

// enter starts the scope, makes sure of it, and leaves the lease to its unit.
func (s *Scope) enter(ctx context.Context, spec Spec, properties []property.Property) (err error) {
	members, err := openMembers(spec.Unit, spec.PIDs)
	if err != nil {
		return err
	}
	defer members.close()
	if err := s.launch(ctx, spec, properties, members); err != nil {
		return members.explain(spec.Unit, err)
	}
	if s.Cgroup, err = s.confirm(ctx, spec, members); err != nil {
		return err
	}
	s.InvocationID = s.at.invocationID(spec.Unit)
	if err := s.settle(ctx); err != nil {
		return err
	}
	readBack := &readBack{scope: s, spec: spec}
	return readBack.check(ctx, properties)
}

// launch has a manager start the scope. One that is going down is waited for, and
// the next one asked: the release of a lease may be what ends it.
func (s *Scope) launch(ctx context.Context, spec Spec, properties []property.Property, members *members) error {
	_, outside := placed(spec) // a scope of that name may be where we are
	for attempt := 1; ; attempt++ {
		conn, err := s.connect(ctx, spec)
		if err != nil {
			return err
		}
		s.ManagerPID = managerPID(conn, s.Manager)
		l := &launch{scope: s, spec: spec, properties: properties, members: members, outside: outside != nil}
		l.leaseLingering()
		err = l.run(ctx, conn)
		again := err != nil && attempt < maxAttempts && isGoingDown(ctx, conn, err)
		conn.Close()
		if !again {
			return err
		}
		if l.isPlaced() {
			return nil // the answer was lost, not the question
		}
		if err := s.awaitManager(ctx, spec); err != nil {
			return err
		}
	}
}

// maxAttempts bounds how often a manager that goes away is asked again. On a busy
// machine one that executed itself anew every 0.2 s was not met five times in a row.
const maxAttempts = 50

// awaitManager waits for the manager that follows one that is going down.
func (s *Scope) awaitManager(ctx context.Context, spec Spec) error {
	switch {
	case s.lease != nil:
		return s.keepManager(ctx)
	case spec.mayStartManager():
		return awaitUserManager(ctx)
	}
	return nil // it executes itself anew, with the same socket
}
