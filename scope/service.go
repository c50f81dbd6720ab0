package scope

import (
	"context"

	"gorun/internal/bus"
	"gorun/internal/systemd1"
)

// ServiceProcesses asks the scope's manager for the main and the control process of a
// service. The manager signals these by themselves, even if they have moved into the scope.
// The list has no PID of a process that does not run. The context should have a deadline.
// The error is a [*CallError], or from the system.
func (s *Scope) ServiceProcesses(ctx context.Context, service string) (list []int, err error) {
	err = s.ask(ctx, "ask about "+service+" for", func(conn *bus.Conn) (err error) {
		list, err = serviceProcesses(ctx, conn, service)
		return err
	})
	return list, err
}

// ServiceProcesses is like [Scope.ServiceProcesses], and asks a manager that may not be the
// scope's. The error may be a [*NoManagerError].
func (m Manager) ServiceProcesses(ctx context.Context, service string) (list []int, err error) {
	reached, err := m.ask(ctx, func(conn *bus.Conn, _ endpoint) (err error) {
		list, err = serviceProcesses(ctx, conn, service)
		return err
	})
	if reached && err != nil {
		err = whileAsking("ask about "+service, err)
	}
	return list, err
}

func serviceProcesses(ctx context.Context, conn *bus.Conn, service string) (list []int, err error) {
	for _, name := range []string{"MainPID", "ControlPID"} {
		var pid uint32
		if err := systemd1.Get(ctx, conn, service, systemd1.Service, name, &pid); err != nil {
			return nil, err
		}
		if pid != 0 {
			list = append(list, int(pid))
		}
	}
	return list, nil
}

// KillMode asks a manager which processes of a service its stop ends: control-group (all),
// mixed (all), process (the main process) or none. The error may be a [*NoManagerError].
func (m Manager) KillMode(ctx context.Context, service string) (string, error) {
	return m.getText(ctx, service, systemd1.Service, "KillMode")
}

// OOMPolicy asks a manager what an OOM kill in a scope means for the rest of it. It is empty if
// the manager knows no such policy for scopes (before systemd 253).
func (m Manager) OOMPolicy(ctx context.Context, scope string) (string, error) {
	policy, err := m.getText(ctx, scope, systemd1.Scope, "OOMPolicy")
	if systemd1.IsError(err, systemd1.UnknownProperty) {
		return "", nil
	}
	return policy, err
}

// getText asks for one property of a unit.
func (m Manager) getText(ctx context.Context, unit string, kind systemd1.Kind, name string) (text string, err error) {
	conn, _, err := m.dial(ctx)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	err = systemd1.Get(ctx, conn, unit, kind, name, &text)
	return text, err
}
