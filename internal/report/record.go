package report

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"
	"time"

	"gorun/internal/journal"
	"gorun/internal/state"
	"gorun/internal/text"
	"gorun/scope"
)

// recordID is the MESSAGE_ID of the entry that each run leaves in the journal. It
// never changes, because records are found by it.
const recordID = "29cfde345c784c5083ebe4ffc9f1970c"

// recordPrefix begins the names of a record's fields, which are those of the JSON
// report in capitals: GORUN_EXIT_CODE.
const recordPrefix = "GORUN_"

// Fields that a record has and a report has not.
const (
	logField        = recordPrefix + "LOG"
	logProblemField = recordPrefix + "LOG_PROBLEM"
	keptLeaseField  = recordPrefix + "KEPT_LEASE"
)

// Log is where COMMAND's output went, if that was not where the caller sent it.
type Log struct {
	Place   string // journal, null, file:PATH or append:PATH; empty if the output stayed
	File    string // PATH; empty if it is none
	Problem error  // why some of the output may be missing; nil if that is not known
}

// WithoutArguments is the report with COMMAND's base name in the place of the command line, and
// of COMMAND in the error.
func (rep *Report) WithoutArguments() *Report {
	bare, name := *rep, path.Base(rep.Command[0])
	bare.Command = []string{name}
	if rep.Error != nil {
		bare.Error = new(strings.ReplaceAll(*rep.Error, rep.Command[0], name))
	}
	return &bare
}

// KeepError means that a record that cannot be read back from the journal could not be kept
// in a file either.
type KeepError struct {
	Unit string
	Err  error
}

func (e *KeepError) Error() string {
	return fmt.Sprintf("%s: how it ended cannot be found again: you cannot read the journal back, and no file can be written: %v", e.Unit, e.Err)
}

func (e *KeepError) Unwrap() error { return e.Err }

// Record writes the report to the journal, and to a file if the caller cannot read it there.
// If the output's disk is full, it does both: the journal may be on that disk, and the file
// is then in memory. named says that the caller chose the unit's name. keptLease names the
// IPC objects for which the user keeps lingering; it is empty if there are none. The error is
// a [*KeepError], or from the system: then there is at least a file.
func (rep *Report) Record(log Log, named bool, keptLease string) error {
	ofSystem := rep.Manager != nil && *rep.Manager == scope.SystemManager.String()
	fields, err := rep.recordFields()
	if err != nil {
		return err
	}
	message := rep.summary()
	if log.Place != "" {
		fields[logField] = log.Place
	}
	if log.Problem != nil {
		fields[logProblemField] = log.Problem.Error()
		message += "; " + text.Printable(log.Problem.Error())
	}
	if keptLease != "" {
		fields[keptLeaseField] = keptLease
		message += "; lingering: " + KeptLease(keptLease)
	}
	if rep.Manager != nil && *rep.Manager == scope.Embedded.String() {
		if err := rep.keep(ownStore(), fields, log, named); err != nil {
			return &KeepError{*rep.Unit, err}
		}
		return nil
	}
	err = journal.Send(journal.Entry{
		Message:  message,
		ID:       recordID,
		Priority: rep.priority(),
		Unit:     text.OrEmpty(rep.Unit),
		OfUser:   !ofSystem,
		Fields:   fields,
	})
	if err == nil && log.Problem == nil && state.JournalIsReadable() {
		rep.setRecorded(ownStore(), log, named)
		return nil
	}
	if err := rep.keep(ownStore(), fields, log, named); err != nil {
		return &KeepError{*rep.Unit, err}
	}
	return err
}

// joinedID is the MESSAGE_ID of the entry that each joined run leaves in the journal. It is no
// record: those are found by their unit, which tells of the run that has started the scope.
const joinedID = "f0a2b61d9c3347c3a8d5e4470b1c96d2"

// RecordJoined writes to the journal how a run ended that had joined another one.
func (rep *Report) RecordJoined() error {
	if rep.Manager != nil && *rep.Manager == scope.Embedded.String() {
		return nil // there is no journal
	}
	ofSystem := rep.Manager != nil && *rep.Manager == scope.SystemManager.String()
	return journal.Send(journal.Entry{
		Message:  rep.summary() + ", in a run that it had joined",
		ID:       joinedID,
		Priority: rep.priority(),
		Unit:     text.OrEmpty(rep.Unit),
		OfUser:   !ofSystem,
		Fields:   map[string]string{journal.InvocationField: text.OrEmpty(rep.InvocationID)},
	})
}

// keep keeps the record in a file. A run without a unit could not be found again. A run that
// has a name notes that it is the newest, so that a later one that leaves no record can be
// told from it.
func (rep *Report) keep(in store, fields map[string]string, log Log, named bool) error {
	if rep.Unit == nil || rep.Manager == nil {
		return nil
	}
	fields = maps.Clone(fields) // a journal that is late still reads them
	fields["MESSAGE_ID"] = recordID
	addNow(fields)
	data, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	var noted *state.Note
	if named {
		noted = &state.Note{InvocationID: text.OrEmpty(rep.InvocationID), Output: log.File}
	}
	return in.keep(record{*rep.Manager, *rep.Unit, text.OrEmpty(rep.InvocationID), data}, noted)
}

// setRecorded notes that the record has been sent to the journal. A run that has no name and no
// file for its output has no note.
func (rep *Report) setRecorded(in store, log Log, named bool) {
	if rep.Unit != nil && rep.Manager != nil && (named || log.File != "") {
		in.setRecorded(*rep.Manager, *rep.Unit, text.OrEmpty(rep.InvocationID))
	}
}

// priority is Warning if something went wrong. journald limits the rate of a user's
// entries for each priority (journald-rate-limit.c): a Warning is not lost among the
// lines of output, which are Info.
func (rep *Report) priority() journal.Priority {
	endedWell := rep.Outcome == Exited && *rep.ExitCode == 0
	if endedWell && (rep.OOMKills == nil || *rep.OOMKills == 0) {
		return journal.Info
	}
	return journal.Warning
}

// recordFields returns the report's fields that have a value: strings as they are, other
// values as in JSON. To make JSON of the whole report, and read that, takes ten times as long.
func (rep *Report) recordFields() (map[string]string, error) {
	fields := map[string]string{}
	all := reflect.ValueOf(rep).Elem()
	for i := range all.NumField() {
		name, inJSON := all.Type().Field(i).Tag.Lookup("json")
		if !inJSON {
			continue
		}
		text, err := fieldText(all.Field(i).Interface())
		if err != nil {
			return fields, err
		}
		if text != "null" {
			fields[recordPrefix+strings.ToUpper(name)] = text
		}
	}
	return fields, nil
}

// fieldText is a value as it is in a record: null if there is none.
func fieldText(value any) (string, error) {
	switch value := value.(type) {
	case *string:
		if value != nil {
			return string([]rune(*value)), nil // in UTF-8
		}
	case Outcome:
		if value != "" {
			return string(value), nil
		}
	case *time.Time:
		if value != nil {
			return value.Format(time.RFC3339Nano), nil
		}
	case time.Time:
		return value.Format(time.RFC3339Nano), nil
	}
	data, err := json.Marshal(value)
	return string(data), err
}

// recordTexts lists the fields that are strings in JSON.
var recordTexts = []string{
	"unit", "invocation_id", "manager", "cgroup", "started_at", "ended_at", "outcome", "signal", "survival_reason",
	"error", "log", "log_problem", "kept_lease",
}

// readRecord makes a report from a record's fields. It ignores other fields.
func readRecord(fields map[string]string) (*Report, error) {
	values := map[string]json.RawMessage{}
	for name, text := range fields {
		name, ok := strings.CutPrefix(name, recordPrefix)
		if !ok {
			continue
		}
		name = strings.ToLower(name)
		value := json.RawMessage(text)
		if slices.Contains(recordTexts, name) {
			value, _ = json.Marshal(text) // a string can always be written
		}
		values[name] = value
	}
	data, err := json.Marshal(values)
	if err != nil {
		return nil, fmt.Errorf("read the record: %w", err)
	}
	rep := &Report{}
	if err := json.Unmarshal(data, rep); err != nil {
		return nil, fmt.Errorf("read the record: %w", err)
	}
	return rep, nil
}
