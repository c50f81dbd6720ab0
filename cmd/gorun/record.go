package main

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"gorun/internal/journal"
	"gorun/scope"
)

// recordID is the MESSAGE_ID of the entry that each run leaves in the journal. It
// never changes: records are found by it.
const recordID = "29cfde345c784c5083ebe4ffc9f1970c"

// recordPrefix begins the names of a record's fields, which are those of the JSON
// report in capitals: GORUN_EXIT_CODE.
const recordPrefix = "GORUN_"

// The record's fields that no report has: where COMMAND's output went, in the words of
// --log-to, and why not all of it may be there.
const (
	logField        = recordPrefix + "LOG"
	logProblemField = recordPrefix + "LOG_PROBLEM"
)

// record writes the report to the journal, with where COMMAND's output is.
func (rep *report) record(out *output) error {
	kept := *rep
	ofSystem := rep.Manager != nil && *rep.Manager == scope.SystemManager.String()
	if ofSystem {
		kept.Command = kept.Command[:1] // arguments may hold secrets, and others read that journal
	}
	fields, err := kept.recordFields()
	if err != nil {
		return err
	}
	message := rep.summary()
	if place := out.place(); place != "" {
		fields[logField] = place
	}
	if err := out.check(); err != nil {
		fields[logProblemField] = err.Error()
		message += "; " + oneLine(err)
	}
	return journal.Send(journal.Entry{
		Message:  message,
		ID:       recordID,
		Priority: rep.priority(),
		Unit:     orEmpty(rep.Unit),
		OfUser:   !ofSystem,
		Fields:   fields,
	})
}

// recordFields are the report's fields that have a value: texts as they are, the rest
// as in JSON.
func (rep *report) recordFields() (map[string]string, error) {
	values := map[string]json.RawMessage{}
	data, err := json.Marshal(rep)
	if err == nil {
		err = json.Unmarshal(data, &values)
	}
	fields := map[string]string{}
	for name, value := range values {
		text := string(value)
		if err == nil && slices.Contains(recordTexts, name) && text != "null" {
			err = json.Unmarshal(value, &text)
		}
		if text != "null" {
			fields[recordPrefix+strings.ToUpper(name)] = text
		}
	}
	return fields, err
}

// recordTexts are the fields that are texts in JSON.
var recordTexts = []string{
	"unit", "invocation_id", "manager", "cgroup", "started_at", "ended_at", "outcome", "signal", "survival_reason",
	"log", "log_problem", // which no report has
}

// readRecord makes the report of a record's fields. Others are ignored.
func readRecord(fields map[string]string) (*report, error) {
	values := map[string]json.RawMessage{}
	for name, text := range fields {
		name, ok := strings.CutPrefix(name, recordPrefix)
		if !ok {
			continue
		}
		name = strings.ToLower(name)
		value := json.RawMessage(text)
		if slices.Contains(recordTexts, name) {
			value, _ = json.Marshal(text) // a text can be written always
		}
		values[name] = value
	}
	data, err := json.Marshal(values)
	if err != nil {
		return nil, fmt.Errorf("read the record: %w", err)
	}
	rep := &report{}
	if err := json.Unmarshal(data, rep); err != nil {
		return nil, fmt.Errorf("read the record: %w", err)
	}
	return rep, nil
}

// summary is the record's message: what people need to know of a run, in a line.
func (rep *report) summary() string {
	text := path.Base(rep.Command[0]) + " " + rep.endWords()
	if rep.Unit != nil {
		text = *rep.Unit + ": " + text
	}
	if used := rep.usedWords(); used != "" {
		text += " (" + used + ")"
	}
	return printable(text)
}

// priority makes what went wrong stand out, and keeps it: journald drops what comes too
// fast from a user's processes, warnings apart from lines of output, which are Info
// (journald-rate-limit.c).
func (rep *report) priority() journal.Priority {
	endedWell := rep.Outcome == exited && *rep.ExitCode == 0
	if endedWell && (rep.OOMKills == nil || *rep.OOMKills == 0) {
		return journal.Info
	}
	return journal.Warning
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
