package report

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"gorun/internal/account"
	"gorun/internal/journal"
	"gorun/scope"
)

// List lists the runs of a manager that the caller has started and that left a record, the
// newest first, at most n.
func List(ctx context.Context, m scope.Manager, n int) ([]*Past, error) {
	var found []*Past
	if m != scope.Embedded { // whose records are in files
		var err error
		if found, err = list(ctx, n, recordPrefix+"MANAGER="+kindOf(m), fmt.Sprintf("_UID=%d", account.OwnUID())); err != nil {
			return nil, err
		}
	}
	for _, dir := range keptDirs() {
		for _, k := range listKept(dir) {
			// A record may be in both places. What cannot be read is no record.
			if p, err := k.read(); err == nil && isKeptFor(p, m) && withID(found, p.InvocationID) == nil {
				p.UID = account.OwnUID()
				found = append(found, p)
			}
		}
	}
	slices.SortStableFunc(found, newestFirst)
	return found[:min(n, len(found))], nil
}

// isKeptFor reports whether a record in a file is one of a run of the manager.
func isKeptFor(p *Past, m scope.Manager) bool {
	return p.Report != nil && p.Report.Unit != nil && p.Report.Manager != nil && *p.Report.Manager == kindOf(m)
}

// newestFirst puts runs in order by their records.
func newestFirst(a, b *Past) int {
	switch {
	case b.Latest.Before(a.Latest):
		return -1
	case a.Latest.Before(b.Latest):
		return 1
	}
	return 0
}

// ListAll lists the runs of all users, for root. Records in files of users are not among them.
func ListAll(ctx context.Context, n int) ([]*Past, error) { return list(ctx, n) }

// list lists the runs with records in the journal, newest first. Anybody can write an entry that
// looks like a record, but for the user in it: what is no record is left out.
func list(ctx context.Context, n int, matches ...string) (list []*Past, err error) {
	entries, err := journal.Find(ctx, n, append([]string{"MESSAGE_ID=" + recordID}, matches...)...)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		p := &Past{InvocationID: e[journal.InvocationField]}
		uid, bad := strconv.Atoi(e["_UID"])
		if err := p.add(e); err != nil || bad != nil || p.Report.Unit == nil || p.Report.Manager == nil || len(p.Report.Command) == 0 {
			continue
		}
		p.UID = uid
		list = append(list, p)
	}
	return list, nil
}
