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
	conn, at, err := spec.Manager.dial(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	s := &Scope{Unit: spec.Unit, Manager: spec.Manager.resolve(), at: at}
	if err := s.start(ctx, conn, spec, properties); err != nil {
		return nil, err
	}
	if s.Cgroup, err = placed(spec); err != nil {
		return nil, err
	}
	s.InvocationID = at.invocationID(spec.Unit)
	return s, nil
}

// start has the manager do the start job, and repeats the call where what the
// manager refuses can be mended: a call that fails has applied nothing.
func (s *Scope) start(ctx context.Context, conn *bus.Conn, spec Spec, properties []Property) error {
	if err := conn.Match(signalRule("JobRemoved")); err != nil {
		return err
	}
	for {
		job, err := startTransientUnit(ctx, conn, spec, properties)
		if err == nil {
			return waitForJob(ctx, conn, spec.Unit, job)
		}
		if properties, err = s.mend(ctx, conn, spec, properties, spec.startError(err)); err != nil {
			return err
		}
	}
}

// mend does what makes it worth to repeat the call that failed with refusal, and
// returns the properties that are left to ask for, or else the error.
func (s *Scope) mend(ctx context.Context, conn *bus.Conn, spec Spec, properties []Property, refusal error) ([]Property, error) {
	var exists *UnitExistsError
	var unknown *PropertyError
	switch {
	case errors.As(refusal, &exists):
		return properties, awaitRemoval(ctx, conn, spec.Unit)
	case errors.As(refusal, &unknown) && spec.isDefault(unknown.Name):
		s.Dropped = append(s.Dropped, unknown.Name)
		return slices.DeleteFunc(properties, func(p Property) bool { return p.name == unknown.Name }), nil
	}
	return nil, refusal
}

// startTransientUnit queues the start job and returns its object path.
func startTransientUnit(ctx context.Context, conn *bus.Conn, spec Spec, properties []Property) (dbus.ObjectPath, error) {
	message := make([]wireProperty, 0, len(properties)+1)
	for _, p := range properties {
		message = append(message, p.message())
	}
	message = append(message, wireProperty{"PIDs", dbus.MakeVariant(pids(spec.PIDs))})
	reply, err := conn.Call(ctx, managerCall("StartTransientUnit", spec.Unit, jobMode, message, []auxiliaryUnit{}))
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
	if path.Base(group) != unit {
		return "", &NotPlacedError{Unit: unit, PID: pid, Cgroup: group}
	}
	return group, nil
}
