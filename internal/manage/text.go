package manage

import (
	"io"
	"strings"

	"gorun/internal/report"
	"gorun/internal/text"
	"gorun/scope"
)

// Print prints runs for people, one after the other. It leaves out what is not known.
func Print(out io.Writer, list []*Status) error {
	for i, u := range list {
		if i > 0 {
			text.Fprintf(out, "\n")
		}
		if err := u.print(out); err != nil {
			return err
		}
	}
	return nil
}

func (u *Status) print(out io.Writer) error {
	title := u.Unit
	if u.Description != nil {
		title += " - " + *u.Description
	}
	text.Fprintf(out, "%s\n", title)
	table := text.NewSheet(out)
	table.Line("state", "%s", u.describeState())
	u.addUsage(table)
	for i, p := range u.Processes {
		table.Line([]string{"processes", ""}[min(i, 1)], "%d %s%s", p.PID, p.line(), p.exception(u))
	}
	if u.Report != nil {
		u.Report.AddTo(table)
	}
	if u.Log != nil {
		table.Line("output", "%s", *u.Log)
	}
	if u.LogProblem != nil {
		table.Line("", "%s", *u.LogProblem)
	}
	if u.KeptLease != nil {
		table.Line("lingering", "%s", report.KeptLease(*u.KeptLease))
	}
	return table.Flush() // returns the error of any write before
}

// describeState says how the run is, or what is known of its end besides a report.
func (u *Status) describeState() string {
	state := u.State
	switch {
	case u.Processes != nil:
		if u.isFrozen() {
			state += " (frozen)"
		}
		state += " for " + u.age()
		if len(u.Processes) == 0 {
			state += ", without a process"
		}
		if u.TimeLeft != nil {
			state += ", " + text.Duration(report.Duration(*u.TimeLeft)) + " left of " + text.Duration(report.Duration(*u.RuntimeMax))
		}
	case u.Report == nil:
		state += u.describeLost()
	}
	if u.Processes != nil && u.Result != nil && *u.Result != "success" {
		state += " (" + *u.Result + ")"
	}
	return state
}

// describeLost says what is known of the end of a run without a record.
func (u *Status) describeLost() (known string) {
	if u.Result != nil && *u.Result != string(scope.Success) {
		known = " with result " + *u.Result
	}
	if u.killed {
		known += "; processes of it were killed (no journal record)"
	} else {
		known += "; exit status unknown (no journal record)"
	}
	if u.OutOfMemory {
		known += "; the OOM killer killed processes of the run"
	}
	return known
}

// isFrozen reports whether the run's processes are suspended.
func (u *Status) isFrozen() bool { return u.Frozen != nil && *u.Frozen }

// age is for how long the run has been active.
func (u *Status) age() string {
	if u.Age == nil {
		return "an unknown time"
	}
	return text.Duration(report.Duration(*u.Age))
}

// addUsage adds what a running run uses, and its limits.
func (u *Status) addUsage(s text.Sheet) {
	if u.CPU != nil {
		s.Line("CPU time", "%s", text.Duration(report.Duration(*u.CPU)))
	}
	if u.Memory != nil {
		memory := text.Bytes(*u.Memory) + report.OfBound(u.bound, u.Cgroup)
		if u.MemoryPeak != nil {
			memory += ", peak " + text.Bytes(*u.MemoryPeak)
		}
		s.Line("memory", "%s", memory)
	}
	if u.Tasks != nil {
		s.Line("tasks", "%s", report.Tasks(*u.Tasks, u.TasksMax, u.ForksFailed))
	}
	if u.elsewhere != "" {
		s.Line("elsewhere", "%s", u.elsewhere)
	}
	if u.OOMKills != nil && *u.OOMKills > 0 {
		s.Line("OOM kills", "%d", *u.OOMKills)
	}
	if u.SurvivalReason != nil {
		s.Line("logout", "%s", report.Logout(u.SurvivesLogout, *u.SurvivalReason))
	}
	if u.Cgroup != nil && u.Report == nil {
		s.Line("cgroup", "%s", *u.Cgroup)
	}
	if u.InvocationID != nil && u.Report == nil {
		s.Line("invocation", "%s", *u.InvocationID)
	}
}

// line is the command line, as ps(1) shows it.
func (p Process) line() string {
	if len(p.Command) == 0 {
		return "[" + p.Name + "]"
	}
	return strings.Join(p.Command, " ")
}

// exception says what a logout does to the process, if it does something else to the run.
func (p Process) exception(u *Status) string {
	switch {
	case u.SurvivalReason == nil || p.isSupervisor() || hope(p.SurvivesLogout) == hope(u.SurvivesLogout):
		return ""
	case p.SurvivesLogout == nil:
		return "  (logout: " + p.SurvivalReason + ")"
	}
	return "  (" + report.Survives(*p.SurvivesLogout) + " a logout: " + p.SurvivalReason + ")"
}
