package diagnose

import (
	"context"

	"gorun/internal/journal"
	"gorun/internal/report"
	"gorun/internal/state"
)

// checkRecords finds out where the records of ended runs can be read.
func checkRecords(context.Context, *patient) []Finding {
	switch {
	case journal.Available() && state.JournalIsReadable():
		return ok("in the journal: how your runs end, and with -b their output")
	case report.KeptPlace() == "":
		return found(Warning, "add yourself to the group systemd-journal", "nowhere: you cannot read the journal back, and have no home directory")
	}
	return ok("in %s, because you cannot read the journal back: how your runs end, and with -b their output", report.KeptPlace())
}
