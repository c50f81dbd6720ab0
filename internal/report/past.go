package report

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"gorun/internal/account"
	"gorun/internal/journal"
	"gorun/internal/state"
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

// Past is what the journal, or the file of its record, has about a run. gorun leaves no
// record if it was killed with the scope or was asked to leave none. The manager then has at
// least logged the start.
type Past struct {
	UID          int // of the user whose gorun wrote the record; only [List] sets it
	InvocationID string
	Began        time.Time    // before COMMAND started; zero if that is not known
	Result       string       // the manager's, if the unit failed or systemd-oomd killed it
	Killed       bool         // the manager has sent SIGKILL to processes of the run; only known if there is no record
	OOMKilled    bool         // the OOM killer killed a process of the run, maybe not the last
	Report       *Report      // from the record; nil if there is none
	Log          string       // where the output is, from the record; empty if it stayed where it was
	LogProblem   string       // why some of the output may be missing; empty if that is not known
	KeptLease    string       // the IPC objects for which the user keeps lingering; empty if there are none
	Cursor       string       // of the first entry about it, the manager's about the start; empty if there is none
	Latest       state.Moment // when its newest entry was written; zero if there is none
}

// maxEntries is how many of a unit's entries are read. A run has five
// or more.
const maxEntries = 12

// Find finds the newest run of a unit, in the journal or in the file of its record. It
// returns nil if there is none.
//
// A launch that failed after its scope had started is a run, too. Its record says why
// COMMAND could not be started. Whoever asks how the last run went, and what it printed,
// must not be told of the run before. A launch that failed earlier has not begun a run.
func Find(ctx context.Context, m scope.Manager, unit string) (*Past, error) {
	list, err := find(ctx, m, unit, "", maxEntries, false)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list[0], nil
}

// FindRun finds the run of a unit that has the invocation ID, however many there were since. It
// returns nil if nothing is known of it.
func FindRun(ctx context.Context, m scope.Manager, unit, invocationID string) (*Past, error) {
	list, err := find(ctx, m, unit, invocationID, maxEntries, true)
	return withID(list, invocationID), err
}

// FindAll finds all runs of a unit, newest first.
func FindAll(ctx context.Context, m scope.Manager, unit string) ([]*Past, error) {
	return find(ctx, m, unit, "", math.MaxInt32, true)
}

// find finds the runs of a unit in n entries of the journal, or if run is not empty the one with
// that invocation ID.
func find(ctx context.Context, m scope.Manager, unit, run string, n int, all bool) ([]*Past, error) {
	if m == scope.Embedded {
		return addKept(nil, m, unit, run, all) // nothing is in the journal
	}
	uid := fmt.Sprintf("_UID=%d", account.OwnUID())
	// Anybody can write entries with these fields. The manager's own have its UID or PID.
	about := []string{"USER_UNIT=" + unit, uid}
	invocation := "USER_INVOCATION_ID"
	if !m.OfUser() {
		about, invocation = []string{"UNIT=" + unit, "_PID=1"}, "INVOCATION_ID"
	}
	ofUnit := slices.Clip(about)
	byGorun := []string{"MESSAGE_ID=" + recordID, recordPrefix + "UNIT=" + unit, recordPrefix + "MANAGER=" + kindOf(m), uid}
	if run != "" {
		about, byGorun = append(about, invocation+"="+run), append(byGorun, journal.InvocationField+"="+run)
	}
	matches := append([]string{"MESSAGE_ID=" + startedID, "MESSAGE_ID=" + failedID, "MESSAGE_ID=" + oomID, "MESSAGE_ID=" + oomdID}, about...)
	matches = append(append(matches, "+"), byGorun...)
	entries, err := journal.Find(ctx, n, matches...)
	if err != nil {
		return nil, err
	}
	list, err := pasts(entries, invocation)
	if err != nil {
		return nil, err
	}
	if list, err = addKept(list, m, unit, run, all); err != nil {
		return nil, err
	}
	asked := list
	if !all {
		asked = list[:min(1, len(list))]
	}
	return list, findKills(ctx, asked, ofUnit, invocation)
}

// addKept adds what is known from files.
func addKept(list []*Past, m scope.Manager, unit, run string, all bool) ([]*Past, error) {
	list, err := withKept(list, keptDirs(), m, unit, run, all)
	if err != nil {
		return nil, err
	}
	return withNoted(list, state.FindNote(state.Dirs(), kindOf(m), unit)), nil
}

// withNoted adds the run that a note says is the newest, if nothing else is known of it.
func withNoted(list []*Past, note *state.Note) []*Past {
	if note == nil || note.InvocationID == "" || withID(list, note.InvocationID) != nil || len(list) > 0 && note.At.Before(list[0].Latest) {
		return list
	}
	return slices.Insert(list, 0, &Past{InvocationID: note.InvocationID, Latest: note.At})
}

// kindOf is the manager that a record names.
func kindOf(m scope.Manager) string {
	return m.String()
}

// pasts collects what the entries, newest first, say about each run, the newest first. The
// manager's entries have the invocation ID in the field named invocation.
func pasts(entries []map[string]string, invocation string) (list []*Past, err error) {
	for _, e := range entries {
		id := e[invocation]
		if e["MESSAGE_ID"] == recordID {
			id = e[journal.InvocationField]
		}
		if e["MESSAGE_ID"] == startedID && id == "" {
			continue // a condition of the unit was not met, and it was not started
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

// add adds what an entry says. Newer entries come first.
func (p *Past) add(e map[string]string) error {
	if p.Latest == (state.Moment{}) {
		p.Latest = momentOf(e)
	}
	p.Cursor = cmp.Or(e["__CURSOR"], p.Cursor)
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
		p.takeRecord(&Past{Report: report, Log: e[logField], LogProblem: e[logProblemField], KeptLease: e[keptLeaseField]})
	}
	return nil
}

// takeRecord adds what a record says, which another Past has.
func (p *Past) takeRecord(from *Past) {
	p.noteBegin(from.Report.StartedAt)
	p.Report, p.Log, p.LogProblem, p.KeptLease = from.Report, from.Log, from.LogProblem, from.KeptLease
}

// noteBegin notes a time at which the run had begun.
func (p *Past) noteBegin(t time.Time) {
	if p.Began.IsZero() || !t.IsZero() && t.Before(p.Began) {
		p.Began = t
	}
}

// The fields in which journald notes when it got an entry. Records in files have them, too.
const (
	bootField      = "_BOOT_ID"
	monotonicField = "__MONOTONIC_TIMESTAMP"
	wallField      = "__REALTIME_TIMESTAMP"
)

// momentOf is when journald got an entry.
func momentOf(e map[string]string) state.Moment {
	var m state.Moment
	if usec, err := strconv.ParseInt(e[monotonicField], 10, 64); err == nil {
		m.Boot, m.Monotonic = e[bootField], time.Duration(usec)*time.Microsecond
	}
	if usec, err := strconv.ParseInt(e[wallField], 10, 64); err == nil {
		m.Wall = time.UnixMicro(usec)
	}
	return m
}

// addNow adds to a record's fields when it was written, as journald does.
func addNow(fields map[string]string) {
	now := state.Now()
	fields[wallField] = strconv.FormatInt(now.Wall.UnixMicro(), 10)
	if now.Boot != "" {
		fields[bootField], fields[monotonicField] = now.Boot, strconv.FormatInt(now.Monotonic.Microseconds(), 10)
	}
}

// entryTime is when an entry was sent, as far as that is known.
func entryTime(e map[string]string) time.Time {
	for _, name := range []string{"_SOURCE_REALTIME_TIMESTAMP", wallField} {
		if usec, err := strconv.ParseInt(e[name], 10, 64); err == nil {
			return time.UnixMicro(usec)
		}
	}
	return time.Time{}
}
