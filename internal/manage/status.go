// Package manage shows how runs are or how they ended, and does something to them: it lists,
// waits, stops, freezes and changes.
package manage

import (
	"context"
	"errors"
	"slices"
	"time"

	"gorun/cgroup"
	"gorun/internal/logind"
	"gorun/internal/process"
	"gorun/internal/report"
	"gorun/internal/text"
	"gorun/scope"
	"gorun/scope/property"
)

// Status is how a run is, as --json prints it. What is not known, or does not apply to a
// run in that state, is null.
type Status struct {
	Unit         string  `json:"unit"`
	Manager      string  `json:"manager"`
	User         *string `json:"user"`   // whose manager or gorun it is, null for the caller's own; a UID without a name is a number
	State        string  `json:"state"`  // the manager's ActiveState, or "ended" if it has forgotten the unit
	Result       *string `json:"result"` // the manager's
	Frozen       *bool   `json:"frozen"` // null if the run has ended, or it is not known
	Description  *string `json:"description"`
	InvocationID *string `json:"invocation_id"`
	Cgroup       *string `json:"cgroup"`
	// Since is when the unit became active, by the clock at that time, and Age how long ago
	// that was.
	Since    *time.Time `json:"since"`
	Age      *float64   `json:"age_seconds"`
	TimeLeft *float64   `json:"time_left_seconds"` // null if there is no limit

	// The limits are null if there is none.
	RuntimeMax *float64 `json:"runtime_max_seconds"`
	MemoryMax  *uint64  `json:"memory_max_bytes"`
	TasksMax   *uint64  `json:"tasks_max"`

	CPU        *float64 `json:"cpu_seconds"`
	Memory     *uint64  `json:"memory_bytes"`
	MemoryPeak *uint64  `json:"memory_peak_bytes"`
	Tasks      *uint64  `json:"tasks"`
	OOMKills   *uint64  `json:"oom_kills"`
	// ForksFailed is how many forks failed at the limit on tasks.
	ForksFailed *uint64 `json:"forks_failed"`

	SurvivesLogout *bool     `json:"survives_logout"`
	SurvivalReason *string   `json:"survival_reason"`
	Processes      []Process `json:"processes"` // null if the run has ended
	// Command is COMMAND's command line, as it is now if it runs. Null if it is not known.
	Command []string `json:"command"`

	// Report is how the run ended, from its record in the journal. Null if the run has
	// not ended, or left no record.
	Report *report.Report `json:"report"`
	// Log is where the output went, as --log-to names it, if it was redirected.
	// LogProblem is why some of the output may be missing. Both are from the record.
	Log        *string `json:"log"`
	LogProblem *string `json:"log_problem"`
	// KeptLease names the IPC objects for which the user keeps lingering, from the
	// record.
	KeptLease *string `json:"kept_lease"`
	// OutOfMemory says that the manager saw the OOM killer kill a process of an ended run.
	// A run without a report may then have lost gorun, too.
	OutOfMemory bool `json:"out_of_memory"`

	// Elsewhere is how many processes that were started from within the scope run outside
	// of it, as far as that can be seen. The figures miss them.
	Elsewhere *uint64 `json:"processes_elsewhere"`

	killed    bool         // the processes of an ended run, by SIGKILL; set if that is certain
	bound     cgroup.Bound // on memory
	elsewhere string       // where the processes of Elsewhere are
}

// Process is a process of a run.
type Process struct {
	PID            int      `json:"pid"`
	Name           string   `json:"name"`
	Command        []string `json:"command"`
	SurvivesLogout *bool    `json:"survives_logout"` // null if it is not known
	SurvivalReason string   `json:"survival_reason"`
}

// Find finds the newest run of a unit: the one that the manager has, or one that has ended
// and left a record, or an entry of the manager's in the journal. With all it finds the
// earlier ones, too. The list is empty if there is none.
func Find(ctx context.Context, m scope.Manager, unit string, all bool) ([]*Status, error) {
	current, err := findCurrent(ctx, m, unit)
	if err != nil {
		return nil, err
	}
	if current != nil && current.Processes != nil && !all {
		return []*Status{current}, nil // it is running
	}
	past, err := findPast(ctx, m, unit, all)
	if err != nil {
		return nil, err
	}
	var list []*Status
	if current != nil && !slices.ContainsFunc(past, current.isOf) {
		list = append(list, current)
	}
	for _, p := range past {
		u := current
		if u == nil || !u.isOf(p) {
			u = ended(m, unit)
		}
		u.addPast(p)
		list = append(list, u)
	}
	if !all {
		list = list[:min(len(list), 1)]
	}
	return list, nil
}

// findCurrent finds the run that the manager has, nil if it has none.
func findCurrent(ctx context.Context, m scope.Manager, unit string) (*Status, error) {
	ctx, cancel := asking(ctx)
	defer cancel()
	u := ended(m, unit)
	s, err := scope.Open(ctx, m, unit)
	if err == nil {
		err = u.ask(ctx, s)
	}
	switch {
	case errors.Is(err, scope.ErrEnded) || isNoManager(ctx, err):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return u, nil
}

// findPast finds the newest run that left something, or all.
func findPast(ctx context.Context, m scope.Manager, unit string, all bool) ([]*report.Past, error) {
	if all {
		return report.FindAll(ctx, m, unit)
	}
	p, err := report.Find(ctx, m, unit)
	if err != nil || p == nil {
		return nil, err
	}
	return []*report.Past{p}, nil
}

// ended is a run of which the manager knows nothing.
func ended(m scope.Manager, unit string) *Status {
	return &Status{Unit: unit, Manager: m.String(), State: "ended"}
}

// isOf reports whether the past run is this one.
func (u *Status) isOf(p *report.Past) bool {
	return u.InvocationID != nil && *u.InvocationID == p.InvocationID
}

// ask adds what the manager and the kernel say about a run.
func (u *Status) ask(ctx context.Context, s *scope.Scope) error {
	state, err := s.State(ctx)
	if err != nil {
		return err
	}
	if state.Active == "inactive" {
		return scope.ErrEnded // just now
	}
	u.addState(s, state)
	u.add(ctx, look(s, state, cgroup.Group.ReadStats), logind.NewJudge(ctx))
	if group, err := s.Figures(); err == nil && u.Processes != nil && (s.IsEmbedded() || !logind.InNamespace()) {
		u.bound, _ = group.MemoryBound()
		u.findElsewhere(group)
	}
	return nil
}

// addState adds what the manager says.
func (u *Status) addState(s *scope.Scope, state scope.State) {
	if state.Unsupervised {
		state.Active = unsupervised
	}
	u.State, u.Result, u.Description = state.Active, text.OrNull(string(state.Result)), text.OrNull(state.Description)
	u.InvocationID, u.Cgroup = text.OrNull(s.InvocationID), text.OrNull(s.Cgroup)
	if state.Age > 0 {
		u.Since, u.Age = &state.Since, report.Seconds(state.Age)
	}
	if state.RuntimeMax != property.Infinity {
		u.RuntimeMax, u.TimeLeft = report.Seconds(state.RuntimeMax), report.Seconds(state.TimeLeft())
	}
}

// seen is what the kernel says about a run.
type seen struct {
	stats     cgroup.Stats
	processes []process.Process
	alive     bool // there is a scope
	elsewhere bool // its group cannot be seen from here
	embedded  bool // it has no service manager
}

// look asks the kernel about a run. read reads the figures.
func look(s *scope.Scope, state scope.State, read func(cgroup.Group) (cgroup.Stats, error)) (k seen) {
	if s.IsEmbedded() {
		return lookEmbedded(s, read)
	}
	if logind.InNamespace() && state.Active != "failed" {
		return seen{elsewhere: true}
	}
	group, err := s.Figures()
	if err != nil {
		return seen{} // it has failed, and the manager keeps it
	}
	if k.stats, err = read(group); errors.Is(err, cgroup.ErrGone) {
		return seen{} // it has just ended
	}
	pids, err := group.Processes()
	if err != nil {
		return seen{} // as before
	}
	k.alive = true
	for _, pid := range pids {
		if p, err := process.Read(pid); err == nil && !p.Zombie { // else it has just ended
			k.processes = append(k.processes, p)
		}
	}
	return k
}

// add adds what the kernel says. What cannot be read is null.
func (u *Status) add(ctx context.Context, k seen, judge *logind.Judge) {
	if k.elsewhere {
		u.Processes, u.SurvivalReason = []Process{}, text.OrNull(string(logind.NamespaceVerdict().Reason))
	}
	if !k.alive {
		return
	}
	u.addFigures(k.stats)
	u.Processes = []Process{}
	for _, p := range k.processes {
		verdict := logind.NoManager()
		if !k.embedded {
			verdict = judge.Process(ctx, p)
		}
		u.Processes = append(u.Processes, Process{p.PID, p.Name, append([]string{}, p.Args...), verdict.SurvivesOrNil(), string(verdict.Reason)})
	}
	u.judge()
	u.Command = commandOf(k.processes)
}

func (u *Status) addFigures(stats cgroup.Stats) {
	u.MemoryMax, u.TasksMax = report.OrNoLimit(stats.MemoryMaxBytes), report.OrNoLimit(stats.PIDsMax)
	u.Memory, u.MemoryPeak, u.Tasks = stats.MemoryCurrentBytes, stats.MemoryPeakBytes, stats.PIDsCurrent
	if events := stats.Events; events != nil {
		u.Frozen = &events.Frozen
	}
	if cpu := stats.CPUStat; cpu != nil {
		u.CPU = report.Seconds(cpu.Usage)
	}
	if events := stats.MemoryEvents; events != nil {
		u.OOMKills = &events.OOMKill
	}
	if events := stats.PIDsEvents; events != nil {
		u.ForksFailed = &events.Max
	}
}

// findElsewhere looks for processes that left the scope.
func (u *Status) findElsewhere(group cgroup.Group) {
	list, _, err := process.List()
	if err != nil {
		return
	}
	if left := process.Elsewhere(list, group.Path, process.Job{}); len(left) > 0 {
		u.Elsewhere, u.elsewhere = new(uint64(len(left))), report.Elsewhere(left)
	}
}

// commandOf is the command line of COMMAND among the processes of a run: of gorun's child, or if
// that is gone or there is no gorun, of the first process.
func commandOf(list []process.Process) (command []string) {
	supervisor := 0
	for _, p := range list {
		switch {
		case p.Name == supervisorName && supervisor == 0:
			supervisor = p.PID
		case supervisor != 0 && p.Parent == supervisor:
			return p.Args
		case command == nil:
			command = p.Args
		}
	}
	return command
}

// supervisorName is the name of gorun's own processes.
const supervisorName = "gorun"

// judge sums up: a run survives if one of its processes other than gorun survives, such
// as a multiplexer's server, whose client does not.
func (u *Status) judge() {
	for _, p := range u.Processes {
		if p.isSupervisor() && len(u.Processes) > 1 || u.SurvivalReason != nil && hope(p.SurvivesLogout) <= hope(u.SurvivesLogout) {
			continue
		}
		u.SurvivesLogout, u.SurvivalReason = p.SurvivesLogout, &p.SurvivalReason
	}
}

// hope puts verdicts on surviving logout in order, the best last.
func hope(survives *bool) int {
	switch {
	case survives == nil:
		return 1
	case *survives:
		return 2
	}
	return 0
}

// isSupervisor reports whether the process is gorun.
func (p Process) isSupervisor() bool {
	return p.Name == supervisorName
}

// isOOMKilled reports whether the manager says that the OOM killer ended the run.
func (u *Status) isOOMKilled() bool { return u.Result != nil && *u.Result == string(scope.OOMKilled) }

// addPast adds what a run has left.
func (u *Status) addPast(p *report.Past) {
	u.InvocationID, u.Report = text.OrNull(p.InvocationID), p.Report
	u.Log, u.LogProblem, u.KeptLease = text.OrNull(p.Log), text.OrNull(p.LogProblem), text.OrNull(p.KeptLease)
	u.OutOfMemory, u.killed = p.OOMKilled, p.Killed
	if p.Report != nil {
		u.Command = p.Report.Command
	}
	if u.Result == nil {
		u.Result = text.OrNull(p.Result)
	}
}
