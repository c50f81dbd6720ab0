package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"gorun/cgroup"
)

// endWords says how COMMAND ended: exited with status 3 after 2min 4s.
func (rep *report) endWords() string {
	how := ""
	switch {
	case rep.Signal != nil:
		how = "died of " + *rep.Signal
	case rep.ExitCode != nil:
		how = fmt.Sprintf("exited with status %d", *rep.ExitCode)
	}
	how += " after " + formatTime(rep.duration())
	switch {
	case rep.Outcome == timedOut:
		return how + ", its time limit"
	case rep.Outcome == stopped:
		return how + ", stopped on request"
	case rep.Outcome == oomKilled:
		return how + ", for lack of memory"
	case rep.OOMKills != nil && *rep.OOMKills > 0:
		return how + ", with " + count(*rep.OOMKills, "process", "processes") + " killed for lack of memory"
	}
	return how
}

// usedWords says what the run used, in brief.
func (rep *report) usedWords() string {
	var list []string
	if rep.CPU != nil {
		list = append(list, "CPU "+formatTime(duration(*rep.CPU)))
	}
	if rep.MemoryPeak != nil {
		list = append(list, "memory peak "+formatBytes(*rep.MemoryPeak))
	}
	return strings.Join(list, ", ")
}

func (rep *report) duration() time.Duration { return duration(rep.Duration) }

func duration(seconds float64) time.Duration {
	return time.Duration(seconds * float64(time.Second)).Round(time.Microsecond)
}

// print prints the report for people.
func (rep *report) print(out io.Writer) error {
	table := newSheet(out)
	rep.lines(table)
	return table.Flush() // has the errors of all before
}

// lines adds the report to what is printed. What is not known is left out.
func (rep *report) lines(s sheet) {
	s.line("command", "%s", strings.Join(rep.Command, " "))
	s.line("outcome", "%s: %s", rep.Outcome, rep.endWords())
	s.line("started", "%s", rep.StartedAt.Local().Format(time.DateTime))
	s.line("ended", "%s", rep.EndedAt.Local().Format(time.DateTime))
	rep.figureLines(s)
	if rep.SurvivesLogout != nil {
		s.line("logout", "%s (%s)", survivesWords(*rep.SurvivesLogout), orEmpty(rep.SurvivalReason))
	}
	if rep.Cgroup != nil {
		s.line("cgroup", "%s", *rep.Cgroup)
	}
	if rep.InvocationID != nil {
		s.line("invocation", "%s", *rep.InvocationID)
	}
}

func (rep *report) figureLines(s sheet) {
	if rep.CPU != nil {
		s.line("CPU time", "%s (user %s, system %s)",
			formatTime(duration(*rep.CPU)), formatTime(duration(*rep.CPUUser)), formatTime(duration(*rep.CPUSystem)))
	}
	if rep.MemoryPeak != nil {
		limit := ""
		if rep.memoryMax != nil && *rep.memoryMax != cgroup.Max {
			limit = " of " + formatBytes(uint64(*rep.memoryMax))
		}
		s.line("memory peak", "%s%s", formatBytes(*rep.MemoryPeak), limit)
	}
	if rep.SwapPeak != nil {
		s.line("swap peak", "%s", formatBytes(*rep.SwapPeak))
	}
	if rep.IORead != nil && rep.IOWrite != nil {
		s.line("disk", "%s read, %s written", formatBytes(*rep.IORead), formatBytes(*rep.IOWrite))
	}
	if rep.TasksPeak != nil {
		s.line("tasks peak", "%d", *rep.TasksPeak)
	}
	if rep.OOMKills != nil && *rep.OOMKills > 0 {
		s.line("OOM kills", "%d", *rep.OOMKills)
	}
}

// survivesWords is the verdict in words.
func survivesWords(survives bool) string {
	if survives {
		return "survives"
	}
	return "does not survive"
}

// sheet is a list of names and values in two columns.
type sheet struct{ *tabwriter.Writer }

func newSheet(out io.Writer) sheet { return sheet{tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)} }

// line adds a value, made safe for a terminal.
func (s sheet) line(name, format string, args ...any) {
	fmt.Fprintf(s, "  %s\t%s\n", name, printable(fmt.Sprintf(format, args...)))
}
