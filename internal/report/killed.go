package report

import (
	"context"
	"slices"
	"strings"

	"gorun/internal/journal"
	"gorun/scope"
)

// killFunction is the function of the manager's that logs each SIGKILL (unit.c in systemd):
//
//	x.scope: Killing process 146 (gorun) with signal SIGKILL.
const killFunction = "log_kill"

// maxKills is how many such entries are read. The manager also logs other signals, but no more
// than one for a process.
const maxKills = 1000

// findKills finds out which of the runs without a record the manager has killed. It asks only
// about those that may have been: it takes another look into the journal.
func findKills(ctx context.Context, list []*Past, about []string, invocation string) error {
	for _, p := range list {
		if p.Report != nil || p.Result == "" || p.Result == string(scope.Success) || p.InvocationID == "" {
			continue
		}
		matches := append(slices.Clip(about), "CODE_FUNC="+killFunction, invocation+"="+p.InvocationID)
		entries, err := journal.Find(ctx, maxKills, matches...)
		if err != nil {
			return err
		}
		p.Killed = slices.ContainsFunc(entries, isKill)
	}
	return nil
}

func isKill(e map[string]string) bool {
	return strings.Contains(e["MESSAGE"], ": Killing process ") && strings.HasSuffix(e["MESSAGE"], " with signal SIGKILL.")
}
