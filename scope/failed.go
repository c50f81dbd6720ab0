package scope

import (
	"context"
	"fmt"

	"github.com/godbus/dbus/v5"
)

// Failed is a scope that has failed and that the manager keeps.
type Failed struct {
	Unit string
	// Result says why: resources (its processes could not be placed in it),
	// timeout, oom-kill.
	Result string
}

// Failed lists the failed scopes whose names match one of the patterns, which are
// those of glob(7).
func (m Manager) Failed(ctx context.Context, patterns ...string) ([]Failed, error) {
	conn, _, err := m.dial(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	reply, err := conn.Call(ctx, managerCall("ListUnitsByPatterns", []string{"failed"}, patterns))
	// Name, description, load, active and sub state, followed unit, path; job.
	var units []struct {
		Name, Description, Load, Active, Sub, Following string
		Path                                            dbus.ObjectPath
		Job                                             uint32
		JobType                                         string
		JobPath                                         dbus.ObjectPath
	}
	if err == nil {
		err = dbus.Store(reply, &units)
	}
	if err != nil {
		return nil, fmt.Errorf("list failed units: %w", err)
	}
	var list []Failed
	for _, u := range units {
		f := Failed{Unit: u.Name}
		if checkName(u.Name, suffix) != nil {
			continue // no scope
		}
		if err := getProperty(ctx, conn, u.Name, "Scope", "Result", &f.Result); err != nil {
			return nil, fmt.Errorf("result of %s: %w", u.Name, err)
		}
		list = append(list, f)
	}
	return list, nil
}
