package diagnose

import (
	"context"
	"slices"

	"gorun/internal/unitname"
	"gorun/scope"
)

// checkRuns finds runs that the manager keeps though they have ended, whatever their names.
func checkRuns(ctx context.Context, p *patient) []Finding {
	if p.silent != nil {
		return nil // checkManager reports it
	}
	var list []Finding
	failed, err := p.manager.Failed(ctx, "*.scope")
	list = append(list, unseen(err)...)
	for _, k := range runs(failed) {
		list = append(list, found(Warning, "gorun --clean",
			"%s has failed with result %s and was kept", k.Unit, k.Result)...)
	}
	empty, err := p.manager.Empty(ctx)
	list = append(list, unseen(err)...)
	for _, k := range runs(empty) {
		list = append(list, found(Warning, "gorun --clean; the next run of that name does so too",
			"%s is active without a process: the kernel has not reported the end of the last one", k.Unit)...)
	}
	if len(list) == 0 {
		return ok("no failed or empty scope")
	}
	return list
}

// unseen is the Finding of what could not be looked at, if anything.
func unseen(err error) []Finding {
	if err == nil {
		return nil
	}
	return found(Warning, "", "%v", err)
}

// runs are those of the scopes that gorun started.
func runs(list []scope.Kept) []scope.Kept {
	return slices.DeleteFunc(list, func(k scope.Kept) bool { return !k.HasDocumentation(unitname.Documentation) })
}
