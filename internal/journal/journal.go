// Package journal writes structured entries about units to systemd's journal.
//
// Limitations: an entry can be lost. Whoever sends it does not learn whether journald,
// which limits how many entries a unit may send in a time, has kept it, and without a
// journal there is none.
package journal

import (
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/coreos/go-systemd/v22/journal"
)

// Priority is a level of syslog(3).
type Priority = journal.Priority

// The priorities of gorun's entries.
const (
	Warning = journal.PriWarning
	Notice  = journal.PriNotice
	Info    = journal.PriInfo
)

// Entry is an entry about a unit.
type Entry struct {
	// Message is for people, in one line.
	Message string
	// ID is MESSAGE_ID, by which a kind of message is found: 32 hex digits.
	ID       string
	Priority Priority
	// Unit is what the entry is about; empty means no unit.
	Unit string
	// OfUser says that a user's manager has the unit, not the system's.
	OfUser bool
	// Fields are more of them: names of capital letters, digits and underscores,
	// which do not begin with an underscore.
	Fields map[string]string
}

// Timeout bounds [Send]. journald takes an entry as soon as its queue has room.
const Timeout = time.Second

// ErrTimeout tells that journald has not taken an entry in time: it hangs, or is
// starting anew and has too much to read.
var ErrTimeout = errors.New("journald does not read what it is sent")

// Send sends an entry. It is there for a caller who ends right after.
func Send(e Entry) error {
	sent := make(chan error, 1)
	// The library waits without a bound while journald's queue is full.
	go func() { sent <- journal.Send(e.Message, e.Priority, e.fields()) }()
	select {
	case err := <-sent:
		if err != nil {
			return fmt.Errorf("write to the journal: %w", err)
		}
		return nil
	case <-time.After(Timeout):
		return fmt.Errorf("write to the journal: %w", ErrTimeout)
	}
}

// fields are what the library does not add by itself.
func (e Entry) fields() map[string]string {
	fields := map[string]string{"SYSLOG_IDENTIFIER": "gorun"}
	maps.Copy(fields, e.Fields)
	if e.ID != "" {
		fields["MESSAGE_ID"] = e.ID
	}
	if e.Unit != "" {
		fields[e.unitField()] = e.Unit
	}
	return fields
}

// unitField is where journalctl(1) -u looks for the units of entries that are not of
// the unit's processes: of a user's under --user, of the system's if root has sent
// the entry. journald looks up the unit of a sender in /proc, which is too late for
// one that has ended by then.
func (e Entry) unitField() string {
	if e.OfUser {
		return "USER_UNIT"
	}
	return "OBJECT_SYSTEMD_UNIT"
}
