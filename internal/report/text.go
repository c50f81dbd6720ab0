package report

import (
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"gorun/cgroup"
	"gorun/internal/account"
	"gorun/internal/text"
)

// Print writes the report for people. It leaves out what is not known.
func (rep *Report) Print(out io.Writer) error {
	sheet := text.NewSheet(out)
	rep.AddTo(sheet)
	return sheet.Flush() // returns the error of any write before
}

// AddTo adds the report to a sheet. It leaves out what is not known.
func (rep *Report) AddTo(s text.Sheet) {
	s.Line("command", "%s", strings.Join(rep.Command, " "))
	s.Line("outcome", "%s: %s", rep.Outcome, rep.end())
	s.Line("started", "%s", rep.StartedAt.Local().Format(time.DateTime))
	if rep.EndedAt != nil {
		s.Line("ended", "%s", rep.EndedAt.Local().Format(time.DateTime))
	}
	rep.addFiguresTo(s)
	if rep.SurvivalReason != nil {
		s.Line("logout", "%s", Logout(rep.SurvivesLogout, *rep.SurvivalReason))
	}
	if rep.Cgroup != nil {
		s.Line("cgroup", "%s", *rep.Cgroup)
	}
	if rep.InvocationID != nil {
		s.Line("invocation", "%s", *rep.InvocationID)
	}
}

func (rep *Report) addFiguresTo(s text.Sheet) {
	if rep.CPU != nil {
		s.Line("CPU time", "%s (user %s, system %s)", seconds(rep.CPU), seconds(rep.CPUUser), seconds(rep.CPUSystem))
	}
	if rep.MemoryPeak != nil {
		limit := ""
		if rep.memoryMax != nil && *rep.memoryMax != cgroup.Max {
			limit = " of " + text.Bytes(uint64(*rep.memoryMax))
		}
		s.Line("memory peak", "%s%s", text.Bytes(*rep.MemoryPeak), limit)
	}
	if rep.SwapPeak != nil {
		s.Line("swap peak", "%s", text.Bytes(*rep.SwapPeak))
	}
	if rep.IORead != nil && rep.IOWrite != nil {
		s.Line("disk", "%s read, %s written", text.Bytes(*rep.IORead), text.Bytes(*rep.IOWrite))
	}
	if rep.TasksPeak != nil {
		s.Line("tasks peak", "%d", *rep.TasksPeak)
	}
	if rep.OOMKills != nil && *rep.OOMKills > 0 {
		s.Line("OOM kills", "%d", *rep.OOMKills)
	}
}

func seconds(s *float64) string { return text.Duration(Duration(*s)) }

// end says how COMMAND ended: exited with status 3 after 2min 4s.
func (rep *Report) end() string {
	how := ""
	switch {
	case rep.Signal != nil:
		how = "died of " + *rep.Signal
	case rep.ExitCode != nil:
		how = fmt.Sprintf("exited with status %d", *rep.ExitCode)
	}
	if rep.Duration != nil {
		how += " after " + seconds(rep.Duration)
	}
	switch {
	case rep.Outcome == TimedOut:
		return how + ", its time limit"
	case rep.Outcome == Stopped:
		return how + ", stopped on request"
	case rep.Outcome == OOMKilled:
		return how + ", for lack of memory"
	case rep.OOMKills != nil && *rep.OOMKills > 0:
		return how + ", with " + text.Count(*rep.OOMKills, "process", "processes") + " killed for lack of memory"
	}
	return how
}

// summary is the report in one line.
func (rep *Report) summary() string {
	line := path.Base(rep.Command[0]) + " " + rep.end()
	if rep.Unit != nil {
		line = *rep.Unit + ": " + line
	}
	var used []string
	if rep.CPU != nil {
		used = append(used, "CPU "+seconds(rep.CPU))
	}
	if rep.MemoryPeak != nil {
		used = append(used, "memory peak "+text.Bytes(*rep.MemoryPeak))
	}
	if len(used) > 0 {
		line += " (" + strings.Join(used, ", ") + ")"
	}
	return text.Printable(line)
}

// Logout says in words what a logout does. If that is not known, the reason says so.
func Logout(survives *bool, reason string) string {
	if survives == nil {
		return reason
	}
	return Survives(*survives) + " (" + reason + ")"
}

// Survives is a verdict on surviving logout in words.
func Survives(survives bool) string {
	if survives {
		return "survives"
	}
	return "does not survive"
}

// KeptLease says why the user keeps lingering though no run is left, and how to end that.
// The record and this process are of the same user.
func KeptLease(objects string) string {
	return text.Printable(fmt.Sprintf("stays after the last run, since its end would remove %s; 'loginctl disable-linger %d' ends it and removes them", objects, account.OwnUID()))
}
