package scope

import (
	"context"
	"fmt"

	"gorun/internal/systemd1"
	"gorun/internal/unitname"
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
	units, err := systemd1.List(ctx, conn, "ListUnitsByPatterns", []string{"failed"}, patterns)
	if err != nil {
		return nil, fmt.Errorf("list failed units: %w", err)
	}
	var list []Failed
	for _, u := range units {
		f := Failed{Unit: u.Name}
		if unitname.Check(u.Name, suffix) != nil {
			continue // no scope
		}
		if err := systemd1.Get(ctx, conn, u.Name, systemd1.Scope, "Result", &f.Result); err != nil {
			return nil, fmt.Errorf("result of %s: %w", u.Name, err)
		}
		list = append(list, f)
	}
	return list, nil
}
