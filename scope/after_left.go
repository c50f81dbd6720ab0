package scope

import (
	"context"
	"slices"
	"strings"

	"gorun/internal/bus"
	"gorun/internal/systemd1"
	"gorun/internal/unitname"
)

// LeftService is a service of [After] that is of no use any more.
type LeftService struct {
	Unit string
	// Result says why it has failed and is kept. Empty if it has not: then it waits for the end of
	// a scope that the manager does not run.
	Result string
}

// LeftServices lists the services of [After] that are of no use any more.
func (m Manager) LeftServices(ctx context.Context) ([]LeftService, error) {
	conn, _, err := m.reach(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	list, err := leftServices(ctx, conn)
	if err != nil {
		return list, whileAsking("look at the services of hooks", err)
	}
	return list, nil
}

func leftServices(ctx context.Context, conn *bus.Conn) (list []LeftService, err error) {
	units, err := systemd1.List(ctx, conn, "ListUnitsByPatterns", []string{"active", "failed"}, []string{AfterPrefix + "-*.service"})
	if err != nil {
		return nil, err
	}
	for _, u := range units {
		isLeft, err := isLeft(ctx, conn, u)
		l := LeftService{Unit: u.Name}
		if err == nil && isLeft && u.Active == "failed" {
			err = systemd1.Get(ctx, conn, u.Name, systemd1.Service, "Result", &l.Result)
		}
		switch {
		case systemd1.IsForgotten(err): // it has just ended
		case err != nil:
			return list, err
		case isLeft:
			list = append(list, l)
		}
	}
	return list, nil
}

// isLeft reports whether a service of gorun's has failed, or waits for no scope.
func isLeft(ctx context.Context, conn *bus.Conn, u systemd1.ListedUnit) (bool, error) {
	var documentation []string
	err := systemd1.Get(ctx, conn, u.Name, systemd1.Unit, "Documentation", &documentation)
	switch {
	case err != nil || !slices.Contains(documentation, unitname.Documentation):
		return false, err
	case u.Active == "failed":
		return true, nil
	}
	return isOrphan(ctx, conn, u.Name)
}

// isOrphan reports whether a service waits for the end of a scope that does not run. The manager
// stops the service in the moment in which the scope ends, and then it has a job.
func isOrphan(ctx context.Context, conn *bus.Conn, service string) (bool, error) {
	var bound []string
	if err := systemd1.Get(ctx, conn, service, systemd1.Unit, "BindsTo", &bound); err != nil {
		return false, err
	}
	for _, unit := range bound {
		state, err := systemd1.ReadUnitState(ctx, conn, unit)
		if err != nil || strings.HasSuffix(unit, suffix) && !state.HasEnded() {
			return false, err
		}
	}
	state, err := systemd1.ReadUnitState(ctx, conn, service)
	return err == nil && state.Active == "active" && state.Job == 0, err
}

// End makes the manager forget the service, if it has failed, or stop it: then it runs its command.
func (l LeftService) End(ctx context.Context, m Manager) error {
	conn, _, err := m.reach(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if l.Result != "" {
		_, err = conn.Call(ctx, systemd1.Call("ResetFailedUnit", l.Unit))
	} else {
		_, err = conn.Call(ctx, systemd1.Call("StopUnit", l.Unit, replace))
	}
	if systemd1.IsForgotten(err) {
		return nil // somebody else has done it
	}
	return err
}
