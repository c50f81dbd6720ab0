package scope

import (
	"context"
	"encoding/hex"
	"slices"
	"time"

	"gorun/internal/bus"
	"gorun/internal/systemd1"
	"gorun/internal/unitname"
)

// Kept is a scope that has no process, and that the manager keeps.
type Kept struct {
	Unit string
	// Result says why a scope has failed: resources (the processes could not be moved
	// into the scope), timeout, oom-kill.
	Result string
	// Documentation lists the unit's URIs, which show who started the scope.
	Documentation []string
	// InvocationID is that of its last start; empty if it has none.
	InvocationID string
}

// HasDocumentation reports whether a URI is among the unit's documentation.
func (k Kept) HasDocumentation(uri string) bool { return slices.Contains(k.Documentation, uri) }

// Failed lists the failed scopes whose names match one of the patterns, which are those
// of glob(7).
func (m Manager) Failed(ctx context.Context, patterns ...string) ([]Kept, error) {
	conn, _, err := m.reach(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	names, err := listScopes(ctx, conn, "failed", patterns...)
	if err != nil {
		return nil, err
	}
	return describe(ctx, conn, names)
}

// Empty lists the scopes that are active without a process: the manager waits for a report
// that the kernel does not send. It takes a second look at them after a second: the last process
// may have ended just now.
func (m Manager) Empty(ctx context.Context) ([]Kept, error) {
	conn, _, err := m.reach(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	names, err := listScopes(ctx, conn, "active", "*"+suffix)
	if err != nil {
		return nil, err
	}
	first, err := emptyRuns(ctx, conn, names)
	if err != nil || len(first) == 0 {
		return nil, err
	}
	select {
	case <-time.After(noticeTime):
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	second, err := emptyRuns(ctx, conn, names)
	if err != nil {
		return nil, err
	}
	var still []string
	for _, unit := range names {
		if run := second[unit]; run != "" && run == first[unit] {
			still = append(still, unit)
		}
	}
	return describe(ctx, conn, still)
}

// NotEndedError means that a scope without a process was not ended.
type NotEndedError struct {
	Unit string
	Why  string
}

func (e *NotEndedError) Error() string { return "end " + e.Unit + ": " + e.Why }

// EndEmpty ends a scope that [Manager.Empty] has found. The error is a [*NotEndedError] if it has
// got processes meanwhile, or somebody else stops it: then it is left alone, and so is a later
// run of its name.
func (m Manager) EndEmpty(ctx context.Context, k Kept) error {
	conn, _, err := m.reach(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	run, err := emptyRun(ctx, conn, k.Unit)
	if err == nil && run == k.InvocationID {
		err = endEmptyRun(ctx, conn, k)
	}
	if err != nil {
		return err
	}
	return checkEnded(ctx, conn, k)
}

func endEmptyRun(ctx context.Context, conn *bus.Conn, k Kept) error {
	var group string
	err := systemd1.Get(ctx, conn, k.InvocationID, systemd1.Scope, "ControlGroup", &group)
	switch {
	case systemd1.IsForgotten(err):
		return nil // just now
	case err != nil:
		return err
	}
	return endEmpty(ctx, conn, k.Unit, group)
}

// checkEnded says why a scope has not ended.
func checkEnded(ctx context.Context, conn *bus.Conn, k Kept) error {
	state, err := systemd1.ReadUnitState(ctx, conn, k.InvocationID)
	switch {
	case systemd1.IsForgotten(err):
		return nil
	case err != nil:
		return err
	case state.Active == "inactive" || state.Active == "failed":
		return nil
	case state.Active != "active" || state.Job != 0:
		return &NotEndedError{k.Unit, "it is being stopped"}
	}
	return &NotEndedError{k.Unit, "a process is in it again"}
}

// Loaded lists the names of all scopes that the manager has loaded, and of the services of [After],
// in whatever state.
func (m Manager) Loaded(ctx context.Context) ([]string, error) {
	conn, _, err := m.reach(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	list, err := listScopes(ctx, conn, "", "*"+suffix)
	if err != nil {
		return nil, err
	}
	services, err := systemd1.List(ctx, conn, "ListUnitsByPatterns", []string{}, []string{AfterPrefix + "-*.service"})
	for _, u := range services {
		list = append(list, u.Name)
	}
	if err != nil {
		return nil, whileAsking("list the services of hooks", err)
	}
	return list, nil
}

// listScopes lists the scopes in a state, which is empty for all.
func listScopes(ctx context.Context, conn *bus.Conn, state string, patterns ...string) ([]string, error) {
	states := []string{}
	if state != "" {
		states = append(states, state)
	}
	units, err := systemd1.List(ctx, conn, "ListUnitsByPatterns", states, patterns)
	if err != nil {
		return nil, whileAsking("list the scopes", err)
	}
	var names []string
	for _, u := range units {
		if unitname.Check(u.Name, suffix) == nil {
			names = append(names, u.Name)
		}
	}
	return names, nil
}

// emptyRuns finds the invocation IDs of the scopes that are active and empty.
func emptyRuns(ctx context.Context, conn *bus.Conn, units []string) (map[string]string, error) {
	runs := map[string]string{}
	for _, unit := range units {
		run, err := emptyRun(ctx, conn, unit)
		if err != nil {
			return nil, whileAsking("look at "+unit, err)
		}
		if run != "" {
			runs[unit] = run
		}
	}
	return runs, nil
}

// describe asks the manager for what is known of each scope.
func describe(ctx context.Context, conn *bus.Conn, units []string) ([]Kept, error) {
	var list []Kept
	for _, unit := range units {
		k := Kept{Unit: unit}
		err := systemd1.Get(ctx, conn, unit, systemd1.Scope, "Result", &k.Result)
		if err == nil {
			err = systemd1.Get(ctx, conn, unit, systemd1.Unit, "Documentation", &k.Documentation)
		}
		var id []byte
		if err == nil {
			err = systemd1.Get(ctx, conn, unit, systemd1.Unit, "InvocationID", &id)
		}
		k.InvocationID = hex.EncodeToString(id)
		if err != nil {
			return nil, whileAsking("look at "+unit, err)
		}
		list = append(list, k)
	}
	return list, nil
}
