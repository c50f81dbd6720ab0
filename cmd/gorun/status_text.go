package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// printStatus prints runs for people, one after the other. What is not known is left
// out.
func printStatus(out io.Writer, list []*unitStatus) error {
	for i, u := range list {
		if i > 0 {
			fmt.Fprintln(out)
		}
		if err := u.print(out); err != nil {
			return err
		}
	}
	return nil
}

func (u *unitStatus) print(out io.Writer) error {
	title := u.Unit
	if u.Description != nil {
		title += " - " + *u.Description
	}
	fmt.Fprintln(out, printable(title))
	table := newSheet(out)
	table.line("state", "%s", u.stateWords())
	u.useLines(table)
	for i, p := range u.Processes {
		table.line([]string{"processes", ""}[min(i, 1)], "%d %s%s", p.PID, p.line(), p.fate(u))
	}
	if u.Report != nil {
		u.Report.lines(table)
	}
	if u.Log != nil {
		table.line("output", "%s", *u.Log)
	}
	if u.LogProblem != nil {
		table.line("", "%s", *u.LogProblem)
	}
	return table.Flush() // has the errors of all before
}

// stateWords says how the run is, or what is known of its end besides a report.
func (u *unitStatus) stateWords() string {
	text := u.State
	switch {
	case u.Processes != nil:
		text += " for " + formatTime(time.Since(*u.Since))
		if u.TimeLeft != nil {
			text += ", " + formatTime(duration(*u.TimeLeft)) + " left of " + formatTime(duration(*u.RuntimeMax))
		}
	case u.Report == nil && u.Result != nil:
		text += ", with result " + *u.Result + ", says the manager; gorun was killed with it, or told to leave no record"
	case u.Report == nil:
		text += "; how is not known: it has left no record"
	}
	if u.Processes != nil && u.Result != nil && *u.Result != "success" {
		text += " (" + *u.Result + ")"
	}
	return text
}

// useLines adds what a live run uses, and may use.
func (u *unitStatus) useLines(s sheet) {
	if u.CPU != nil {
		s.line("CPU time", "%s", formatTime(duration(*u.CPU)))
	}
	if u.Memory != nil {
		text := formatBytes(*u.Memory) + ofLimit(u.MemoryMax, formatBytes)
		if u.MemoryPeak != nil {
			text += ", peak " + formatBytes(*u.MemoryPeak)
		}
		s.line("memory", "%s", text)
	}
	if u.Tasks != nil {
		s.line("tasks", "%d%s", *u.Tasks, ofLimit(u.TasksMax, func(n uint64) string { return fmt.Sprint(n) }))
	}
	if u.OOMKills != nil && *u.OOMKills > 0 {
		s.line("OOM kills", "%d", *u.OOMKills)
	}
	if u.SurvivesLogout != nil {
		s.line("logout", "%s (%s)", survivesWords(*u.SurvivesLogout), *u.SurvivalReason)
	}
	if u.Cgroup != nil && u.Report == nil {
		s.line("cgroup", "%s", *u.Cgroup)
	}
	if u.InvocationID != nil && u.Report == nil {
		s.line("invocation", "%s", *u.InvocationID)
	}
}

// ofLimit is the limit beside a figure, if there is one.
func ofLimit(limit *uint64, format func(uint64) string) string {
	if limit == nil {
		return ""
	}
	return " of " + format(*limit)
}

// line is the command line as ps(1) shows it.
func (p processStatus) line() string {
	if len(p.Command) == 0 {
		return "[" + p.Name + "]"
	}
	return strings.Join(p.Command, " ")
}

// fate says what a logout does to the process, if that is not what it does to the run.
func (p processStatus) fate(u *unitStatus) string {
	if u.SurvivesLogout == nil || p.SurvivesLogout == *u.SurvivesLogout || p.isSupervisor() {
		return ""
	}
	return "  (" + survivesWords(p.SurvivesLogout) + " a logout: " + p.SurvivalReason + ")"
}
