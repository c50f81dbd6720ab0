package scope

import (
	"context"
	"errors"
	"path"
	"slices"
	"time"

	"github.com/godbus/dbus/v5"

	"gorun/cgroup"
	"gorun/internal/bus"
)

// StartTimeout bounds [Start] where the context has no earlier end. A manager
// answers within milliseconds; one on an emulated machine that is busy booting
// has taken seconds.
const StartTimeout = 30 * time.Second

// jobMode replaces conflicting jobs. With "fail", a launch that meets a unit it
// wants in the middle of stopping succeeds and loses that unit.
const jobMode = "replace"

// Start starts a scope and returns when its processes are inside.
//
// Errors are of type [*PropertyError], [*UnitNameError], [*NoManagerError],
// [*RefusedError], [*UnitExistsError], [*JobError], [*NotPlacedError],
// [*TimeoutError] or [*ManagerError]; after any of them the processes are where
// they were, but for a timeout, after which they may still be moved.
func Start(ctx context.Context, spec Spec) (*Scope, error) {
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	properties, err := spec.properties()
	if err != nil {
		return nil, err
	}
	bounded, cancel := context.WithTimeout(ctx, StartTimeout)
	defer cancel()
	s, err := start(bounded, spec, properties)
	if err != nil && bounded.Err() != nil && ctx.Err() == nil {
		return nil, &TimeoutError{Doing: "start " + spec.Unit, After: StartTimeout, cause: bounded.Err()}
	}
	return s, err
}

func start(ctx context.Context, spec Spec, properties []Property) (*Scope, error) {
	lease, err := spec.lease()
	if err != nil {
		return nil, err
	}
	s := &Scope{Unit: spec.Unit, Manager: spec.Manager.resolve(), lease: lease}
	if err := s.enter(ctx, spec, properties); err != nil {
		return nil, errors.Join(err, s.giveBack(ctx))
	}
	return s, nil
}

// enter starts the scope, makes sure of it, and leaves the lease to its unit.
func (s *Scope) enter(ctx context.Context, spec Spec, properties []Property) (err error) {
	if err := s.launch(ctx, spec, properties); err != nil {
		return err
	}
	if s.Cgroup, err = placed(spec); err != nil {
		return err
	}
	s.InvocationID = s.at.invocationID(spec.Unit)
	return s.settle(ctx)
}

// launch has a manager start the scope. One that is going down is waited for, and
// the next one asked: the release of a lease may be what ends it.
func (s *Scope) launch(ctx context.Context, spec Spec, properties []Property) error {
	_, outside := placed(spec) // a scope of that name may be where we are
	for attempt := 1; ; attempt++ {
		conn, err := s.connect(ctx, spec)
		if err != nil {
			return err
		}
		l := &launch{scope: s, spec: spec, properties: properties, outside: outside != nil}
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

// maxAttempts bounds how often a manager that goes away is asked again.
const maxAttempts = 5

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

// launch is one call of StartTransientUnit, which may have to be repeated.
type launch struct {
	scope      *Scope
	spec       Spec
	properties []Property
	auxiliary  []auxiliaryUnit
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
		l.auxiliary = []auxiliaryUnit{{lingerUnit, lingerService(*lease)}}
	}
}

// run has the manager do the start job, and repeats the call where what the
// manager refuses can be mended: a call that fails has applied nothing.
func (l *launch) run(ctx context.Context, conn *bus.Conn) error {
	if err := conn.Match(signalRule("JobRemoved")); err != nil {
		return err
	}
	for {
		job, err := l.call(ctx, conn)
		if err == nil {
			return waitForJob(ctx, conn, l.spec.Unit, job)
		}
		err = l.mend(ctx, conn, l.spec.startError(err))
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
	var unknown *PropertyError
	switch {
	case errors.As(refusal, &exists) && exists.Unit == l.spec.Unit && l.isPlaced():
		return errPlaced
	case errors.As(refusal, &exists) && exists.Unit == l.spec.Unit:
		return awaitRemoval(ctx, conn, exists)
	case errors.As(refusal, &exists) && exists.Unit == lingerUnit && l.auxiliary != nil:
		l.auxiliary = nil
		return nil
	case errors.As(refusal, &unknown) && l.spec.isDefault(unknown.Name):
		l.scope.Dropped = append(l.scope.Dropped, unknown.Name)
		l.properties = slices.DeleteFunc(l.properties, func(p Property) bool { return p.name == unknown.Name })
		return nil
	}
	return refusal
}

// call queues the start job and returns its object path.
func (l *launch) call(ctx context.Context, conn *bus.Conn) (dbus.ObjectPath, error) {
	message := make([]wireProperty, 0, len(l.properties)+1)
	for _, p := range l.properties {
		message = append(message, p.message())
	}
	message = append(message, wireProperty{"PIDs", dbus.MakeVariant(pids(l.spec.PIDs))})
	auxiliary := append([]auxiliaryUnit{}, l.auxiliary...) // never nil, which has no type
	reply, err := conn.Call(ctx, managerCall("StartTransientUnit", l.spec.Unit, jobMode, message, auxiliary))
	if err != nil {
		return "", err
	}
	var job dbus.ObjectPath
	return job, dbus.Store(reply, &job)
}

// pids is the processes in the bus's type. The manager takes 0 for whoever holds
// the other end of the socket, by the kernel's word.
func pids(list []int) []uint32 {
	if len(list) == 0 {
		return []uint32{0}
	}
	wire := make([]uint32, len(list))
	for i, pid := range list {
		wire[i] = uint32(pid)
	}
	return wire
}

// signalRule matches a signal of the manager's on a message bus.
func signalRule(member string) string {
	return "type='signal',path='" + managerPath + "',interface='" + managerInterface + "',member='" + member + "'"
}

// waitForJob waits for the end of the start job. A direct peer sends its signals
// unasked; over a bus the manager sends them to whoever queued the job.
func waitForJob(ctx context.Context, conn *bus.Conn, unit string, job dbus.ObjectPath) error {
	removed, err := conn.Signal(ctx, func(m *dbus.Message) bool {
		// JobRemoved(u id, o job, s unit, s result)
		return m.Headers[dbus.FieldMember].Value() == "JobRemoved" && len(m.Body) == 4 && m.Body[1] == job
	})
	if err != nil {
		return err
	}
	if result := removed.Body[3]; result != "done" {
		text, _ := result.(string)
		return &JobError{Unit: unit, Result: text}
	}
	return nil
}

// placed makes sure that the processes are in the scope: a job is done also when
// a condition of the unit failed, and then nothing was moved. It returns the
// scope's cgroup, as in /proc/PID/cgroup.
func placed(spec Spec) (group string, err error) {
	for _, pid := range pids(spec.PIDs) {
		if group, err = placedPID(spec.Unit, int(pid)); err != nil {
			return "", err
		}
	}
	return group, nil
}

func placedPID(unit string, pid int) (string, error) {
	group, err := cgroup.PathOf(pid)
	if err != nil {
		return "", err
	}
	// Names that the kernel's files have, too, get an underscore (cg_escape in
	// cgroup-util.c).
	if base := path.Base(group); base != unit && base != "_"+unit {
		return "", &NotPlacedError{Unit: unit, PID: pid, Cgroup: group}
	}
	return group, nil
}
