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

// findKills finds out which of the runs without a record the manager has killed, if any may have
// been: it takes another look into the journal, one for all.
func findKills(ctx context.Context, list []*Past, about []string, invocation string) error {
	asked := map[string]*Past{}
	matches := append(slices.Clip(about), "CODE_FUNC="+killFunction)
	for _, p := range list {
		if p.Report == nil && p.Result != "" && p.Result != string(scope.Success) && p.InvocationID != "" {
			asked[p.InvocationID] = p
			matches = append(matches, invocation+"="+p.InvocationID) // one of them: journalctl(1)
		}
	}
	if len(asked) == 0 {
		return nil
	}
	entries, err := journal.Find(ctx, maxKills, matches...)
	for _, e := range entries {
		if p := asked[e[invocation]]; p != nil && isKill(e) {
			p.Killed = true
		}
	}
	return err
}

func isKill(e map[string]string) bool {
	return strings.Contains(e["MESSAGE"], ": Killing process ") && strings.HasSuffix(e["MESSAGE"], " with signal SIGKILL.")
}
