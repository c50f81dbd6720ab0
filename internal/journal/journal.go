// Package journal writes entries to systemd's journal, and reads them with journalctl(1).
//
// Limitations: an entry can be lost. journald limits the rate of a unit's entries, and
// the sender does not learn whether it has kept an entry. Without journald there is no
// journal.
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
	// Message is one line for people.
	Message string
	// ID is MESSAGE_ID, the kind of message: 32 hex digits.
	ID       string
	Priority Priority
	// Unit is the unit that the entry is about; empty means none.
	Unit string
	// OfUser reports whether the unit belongs to a user's manager, not the system
	// manager.
	OfUser bool
	// Fields are more fields. Their names consist of capital letters, digits and
	// underscores, and do not begin with an underscore.
	Fields map[string]string
}

// InvocationField is the field of gorun's entries that says which run they are about: its
// invocation ID.
const InvocationField = "GORUN_INVOCATION_ID"

// Timeout limits how long [Send] takes. journald takes an entry as soon as its queue has
// room.
const Timeout = time.Second

// ErrTimeout means that journald has not taken an entry in time: it hangs, or has
// restarted and has too much to read.
var ErrTimeout = errors.New("journald does not read its socket")

// Send sends an entry. When it returns, the caller may exit.
func Send(e Entry) error {
	sent := make(chan error, 1)
	// The library waits without a deadline while journald's queue is full.
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

// fields are the fields that the library does not add by itself.
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

// unitField is the field for the unit of an entry that no process of the unit has sent.
// journalctl(1) -u reads it: USER_UNIT with --user, and OBJECT_SYSTEMD_UNIT if root has
// sent the entry. journald looks up a sender's unit in /proc, which is too late if the
// sender has ended.
func (e Entry) unitField() string {
	if e.OfUser {
		return "USER_UNIT"
	}
	return "OBJECT_SYSTEMD_UNIT"
}
