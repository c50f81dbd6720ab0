package report

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"gorun/internal/account"
	"gorun/internal/journal"
	"gorun/scope"
)

// The manager's own entries about units (sd-messages.h): a start job is done; a unit has
// failed, with UNIT_RESULT; the kernel's OOM killer or systemd-oomd has killed processes,
// which is not a failure under OOMPolicy=continue.
const (
	startedID = "39f53479d3a045ac8e11786248231fbf"
	failedID  = "d9b373ed55a64feb8242e02dbe79a49c"
	oomID     = "fe6faa94e7774663a0da52717891d8ef"
	oomdID    = "d989611b15e44c9dbf31e3c81256e4ed"
)

// Past is what the journal, or the file of its record, has about a run. gorun leaves no record if it was killed with
// the scope or was asked to leave none. The manager then has at least logged the start.
type Past struct {
	InvocationID string
	Began        time.Time // before COMMAND started; zero if that is not known
	Result       string    // the manager's, if the unit failed or systemd-oomd killed it
	OOMKilled    bool      // the OOM killer killed a process of the run, maybe not the last
	Report       *Report   // from the record; nil if there is none
	Log          string    // where the output is, from the record; empty if it stayed where it was
	LogProblem   string    // why some of the output may be missing; empty if that is not known
	KeptLease    string    // the IPC objects for which the user keeps lingering; empty if there are none
}

// maxEntries is how many of a unit's entries are read. A run has five
// or more.
const maxEntries = 12

// Find finds the newest run of a unit, in the journal or in the file of its record. It
// returns nil if there is none.
func Find(ctx context.Context, m scope.Manager, unit string) (*Past, error) {
	list, err := find(ctx, m, unit, maxEntries)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list[0], nil
}

// FindAll finds all runs of a unit, newest first.
func FindAll(ctx context.Context, m scope.Manager, unit string) ([]*Past, error) {
	return find(ctx, m, unit, math.MaxInt32)
}

func find(ctx context.Context, m scope.Manager, unit string, n int) ([]*Past, error) {
	uid := fmt.Sprintf("_UID=%d", account.OwnUID())
	// Anybody can write entries with these fields. The manager's own have its UID or PID.
	about := []string{"USER_UNIT=" + unit, uid}
	invocation := "USER_INVOCATION_ID"
	if !m.OfUser() {
		about, invocation = []string{"UNIT=" + unit, "_PID=1"}, "INVOCATION_ID"
	}
	matches := append([]string{"MESSAGE_ID=" + startedID, "MESSAGE_ID=" + failedID, "MESSAGE_ID=" + oomID, "MESSAGE_ID=" + oomdID}, about...)
	matches = append(matches, "+", "MESSAGE_ID="+recordID, recordPrefix+"UNIT="+unit, recordPrefix+"MANAGER="+kindOf(m), uid)
	entries, err := journal.Find(ctx, n, matches...)
	if err != nil {
		return nil, err
	}
	list, err := pasts(entries, invocation)
	if err != nil {
		return nil, err
	}
	return withKept(list, m, unit)
}

// kindOf is the manager that a record names.
func kindOf(m scope.Manager) string {
	if m.OfUser() {
		return scope.UserManager.String()
	}
	return scope.SystemManager.String()
}

// pasts collects what the entries, newest first, say about each run, the newest first. The
// manager's entries have the invocation ID in the field named invocation.
func pasts(entries []map[string]string, invocation string) (list []*Past, err error) {
	for _, e := range entries {
		id := e[invocation]
		if e["MESSAGE_ID"] == recordID {
			id = e[recordPrefix+"INVOCATION_ID"]
		}
		i := slices.IndexFunc(list, func(p *Past) bool { return p.InvocationID == id })
		if i < 0 {
			list, i = append(list, &Past{InvocationID: id}), len(list)
		}
		if err := list[i].add(e); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// add adds what an entry says.
func (p *Past) add(e map[string]string) error {
	switch e["MESSAGE_ID"] {
	case startedID:
		p.noteBegin(entryTime(e))
	case failedID:
		p.Result = e["UNIT_RESULT"]
	case oomID:
		p.OOMKilled = true
	case oomdID:
		p.Result = string(scope.OOMKilled)
	case recordID:
		report, err := readRecord(e)
		if err != nil {
			return err
		}
		p.noteBegin(report.StartedAt)
		p.Report, p.Log, p.LogProblem, p.KeptLease = report, e[logField], e[logProblemField], e[keptLeaseField]
	}
	return nil
}

// noteBegin notes a time at which the run had begun.
func (p *Past) noteBegin(t time.Time) {
	if p.Began.IsZero() || !t.IsZero() && t.Before(p.Began) {
		p.Began = t
	}
}

// entryTime is when an entry was sent, as far as that is known.
func entryTime(e map[string]string) time.Time {
	for _, name := range []string{"_SOURCE_REALTIME_TIMESTAMP", "__REALTIME_TIMESTAMP"} {
		if usec, err := strconv.ParseInt(e[name], 10, 64); err == nil {
			return time.UnixMicro(usec)
		}
	}
	return time.Time{}
}
