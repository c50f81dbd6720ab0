package main

import (
	"context"
	"fmt"
	"os"

	"gorun/internal/journal"
	"gorun/scope"
)

// The manager's own entries about units (sd-messages.h): a start job that is done, a
// unit that has failed, with UNIT_RESULT, and processes that systemd-oomd has killed,
// which is no failure under OOMPolicy=continue.
const (
	startedID = "39f53479d3a045ac8e11786248231fbf"
	failedID  = "d9b373ed55a64feb8242e02dbe79a49c"
	oomdID    = "d989611b15e44c9dbf31e3c81256e4ed"
)

// past is what the journal has of a run. gorun leaves no record if it was killed with
// the scope, or had been told to leave none; the manager then has logged at least that
// the run has been.
type past struct {
	invocation string
	result     string  // the manager's, if the unit failed or systemd-oomd killed it
	report     *report // from the record; nil if there is none
	log        string  // where the output is, from there; empty if it stayed where it was
	logProblem string  // why not all of it may be there; empty if nothing is known of one
}

// maxEntries is how many entries of a unit are looked at: a run has four, and the
// newest run is wanted.
const maxEntries = 12

// findPast finds the newest run of that name in the journal. It is nil if there is none.
func findPast(ctx context.Context, m scope.Manager, unit string) (*past, error) {
	uid := fmt.Sprintf("_UID=%d", os.Geteuid())
	// Anybody can write such entries: of the manager's are those of the manager.
	about := []string{"USER_UNIT=" + unit, uid}
	invocation := "USER_INVOCATION_ID"
	if m.String() == scope.SystemManager.String() {
		about, invocation = []string{"UNIT=" + unit, "_PID=1"}, "INVOCATION_ID"
	}
	matches := append([]string{"MESSAGE_ID=" + startedID, "MESSAGE_ID=" + failedID, "MESSAGE_ID=" + oomdID}, about...)
	matches = append(matches, "+", "MESSAGE_ID="+recordID, recordPrefix+"UNIT="+unit, uid)
	entries, err := journal.Find(ctx, maxEntries, matches...)
	if err != nil || len(entries) == 0 {
		return nil, err
	}
	return newPast(entries, invocation)
}

// newPast puts together what the entries, the newest first, say of the newest run. The
// manager's have its invocation ID in a field of that name.
func newPast(entries []map[string]string, invocation string) (*past, error) {
	var p *past
	for _, e := range entries {
		id := e[invocation]
		if e["MESSAGE_ID"] == recordID {
			id = e[recordPrefix+"INVOCATION_ID"]
		}
		if p == nil {
			p = &past{invocation: id}
		}
		if id != p.invocation {
			continue
		}
		switch e["MESSAGE_ID"] {
		case failedID:
			p.result = e["UNIT_RESULT"]
		case oomdID:
			p.result = string(scope.OOMKilled)
		case recordID:
			report, err := readRecord(e)
			if err != nil {
				return nil, err
			}
			p.report, p.log, p.logProblem = report, e[logField], e[logProblemField]
		}
	}
	return p, nil
}

// addPast adds what the journal has, if it is of the same run.
func (u *unitStatus) addPast(p *past) {
	if p == nil || u.InvocationID != nil && *u.InvocationID != p.invocation {
		return
	}
	u.InvocationID, u.Report = orNull(p.invocation), p.report
	u.Log, u.LogProblem = orNull(p.log), orNull(p.logProblem)
	if u.Result == nil {
		u.Result = orNull(p.result)
	}
}
