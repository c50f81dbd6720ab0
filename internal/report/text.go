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
	if rep.Joined {
		s.Line("joined", "the scope is another run's, and its figures are not of this run alone")
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
		s.Line("memory peak", "%s%s", text.Bytes(*rep.MemoryPeak), rep.ofMemory())
	}
	if rep.SwapPeak != nil {
		beyond := ""
		if *rep.SwapPeak > 0 && rep.ofMemory() != "" {
			beyond = ", which the memory limit does not count"
		}
		s.Line("swap peak", "%s%s", text.Bytes(*rep.SwapPeak), beyond)
	}
	if rep.IORead != nil && rep.IOWrite != nil {
		s.Line("disk", "%s read, %s written", text.Bytes(*rep.IORead), text.Bytes(*rep.IOWrite))
	}
	if rep.TasksPeak != nil {
		s.Line("tasks peak", "%s", Tasks(*rep.TasksPeak, rep.TasksMax, rep.ForksFailed))
	}
	if rep.Elsewhere != nil && *rep.Elsewhere > 0 {
		s.Line("elsewhere", "%s", rep.whereElsewhere())
	}
	if rep.OOMKills != nil && *rep.OOMKills > 0 {
		s.Line("OOM kills", "%d", *rep.OOMKills)
	}
}

// ofMemory is the limit on memory beside what the run used, if there is one. It names the
// slice if the limit is a slice's.
func (rep *Report) ofMemory() string {
	if rep.memoryBound == (cgroup.Bound{}) { // it is not in a record
		return ofLimit(rep.MemoryMax, text.Bytes)
	}
	return OfBound(rep.memoryBound, rep.Cgroup)
}

// OfBound is the limit beside what a group used, if there is one. It names the holder of
// the limit if that is another group.
func OfBound(bound cgroup.Bound, group *string) string {
	switch {
	case bound.Limit == cgroup.Max, bound == (cgroup.Bound{}): // none, or not known
		return ""
	case group != nil && bound.Holder.Path != *group && bound.Holder.Name() != "/": // a namespace's root has no name here
		return fmt.Sprintf(" of %s (%s)", text.Bytes(uint64(bound.Limit)), bound.Holder.Name())
	}
	return " of " + text.Bytes(uint64(bound.Limit))
}

// whereElsewhere says where the processes that left are. A record has only their number.
func (rep *Report) whereElsewhere() string {
	if rep.elsewhere != "" {
		return rep.elsewhere
	}
	return text.Count(*rep.Elsewhere, "process", "processes") + " that it started left the scope: limits and figures miss them"
}

// Tasks is how many tasks a run has or had, its limit, and how many forks failed.
func Tasks(n uint64, limit, failed *uint64) string {
	line := fmt.Sprint(n) + ofLimit(limit, func(n uint64) string { return fmt.Sprint(n) })
	if failed != nil && *failed > 0 {
		line += ", and " + text.Count(*failed, "fork", "forks") + " failed"
	}
	return line
}

func ofLimit(limit *uint64, format func(uint64) string) string {
	if limit == nil {
		return ""
	}
	return " of " + format(*limit)
}

func seconds(s *float64) string { return text.Duration(Duration(*s)) }

// end says how COMMAND ended: exited with status 3 after 2min 4s.
func (rep *Report) end() string {
	if rep.Outcome == NotStarted {
		return "COMMAND could not be started: " + text.OrEmpty(rep.Error)
	}
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
