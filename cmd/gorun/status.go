package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"gorun/cgroup"
	"gorun/internal/logind"
	"gorun/internal/process"
	"gorun/scope"
	"gorun/scope/property"
)

// The exit statuses of what is done instead of a run.
const (
	statusManagement = 1 // it failed
	statusMissing    = 4 // there is no run of that name
)

// unitStatus is how a run is, as --json prints it. What is not known, or is not so of a
// run in that state, is null.
type unitStatus struct {
	Unit         string  `json:"unit"`
	Manager      string  `json:"manager"`
	State        string  `json:"state"`  // the manager's ActiveState, or "ended" if it has forgotten the unit
	Result       *string `json:"result"` // what the manager says or has said of it
	Description  *string `json:"description"`
	InvocationID *string `json:"invocation_id"`
	Cgroup       *string `json:"cgroup"`
	// Since is when it became active.
	Since    *time.Time `json:"since"`
	TimeLeft *float64   `json:"time_left_seconds"` // null if there is no limit

	RuntimeMax *float64 `json:"runtime_max_seconds"` // null, as the next two, if there is no limit
	MemoryMax  *uint64  `json:"memory_max_bytes"`
	TasksMax   *uint64  `json:"tasks_max"`

	CPU        *float64 `json:"cpu_seconds"`
	Memory     *uint64  `json:"memory_bytes"`
	MemoryPeak *uint64  `json:"memory_peak_bytes"`
	Tasks      *uint64  `json:"tasks"`
	OOMKills   *uint64  `json:"oom_kills"`

	SurvivesLogout *bool           `json:"survives_logout"`
	SurvivalReason *string         `json:"survival_reason"`
	Processes      []processStatus `json:"processes"` // null if it has ended

	// Report is how it ended, from the record in the journal. Null if it has not, or
	// has left none.
	Report *report `json:"report"`
	// Log is where the output went that could not stay with the terminal, in the words
	// of --log-to, and LogProblem why not all of it may be there. From the record.
	Log        *string `json:"log"`
	LogProblem *string `json:"log_problem"`
}

// processStatus is a process of a run.
type processStatus struct {
	PID            int      `json:"pid"`
	Name           string   `json:"name"`
	Command        []string `json:"command"`
	SurvivesLogout bool     `json:"survives_logout"`
	SurvivalReason string   `json:"survival_reason"`
}

// status prints how runs are.
func status(ctx context.Context, o *options, out io.Writer, tui *terminal) (int, error) {
	code, list := 0, []*unitStatus{}
	for _, typed := range o.command {
		unit, err := scope.MangleName(typed)
		if err != nil {
			return 0, &usageError{option: "--status " + typed, reason: err.Error()}
		}
		switch u, err := findRun(ctx, o.manager, unit); {
		case err != nil:
			return 0, err
		case u == nil:
			tui.missing(unit)
			code = statusMissing
		default:
			list = append(list, u)
		}
	}
	if o.json {
		return code, printJSON(out, list)
	}
	return code, printStatus(out, list)
}

// findRun finds the newest run of that name: the manager's, or what the journal has of
// one that has ended. It is nil if there is none.
func findRun(ctx context.Context, m scope.Manager, unit string) (*unitStatus, error) {
	u := &unitStatus{Unit: unit, Manager: m.String(), State: "ended"}
	s, err := scope.Open(ctx, m, unit)
	if err == nil {
		err = u.ask(ctx, s)
	}
	var none *scope.NoManagerError
	if err != nil && !errors.Is(err, scope.ErrEnded) && !errors.As(err, &none) {
		return nil, err
	}
	if u.Processes != nil {
		return u, nil // it lives
	}
	past, err := findPast(ctx, m, unit)
	if err != nil || u.InvocationID == nil && past == nil {
		return nil, err
	}
	u.addPast(past)
	return u, nil
}

// ask adds what the manager and the kernel say of a run.
func (u *unitStatus) ask(ctx context.Context, s *scope.Scope) error {
	state, err := s.State(ctx)
	if err != nil {
		return err
	}
	if state.Active == "inactive" {
		return scope.ErrEnded // just now
	}
	u.State, u.Result, u.Description = state.Active, orNull(string(state.Result)), orNull(state.Description)
	u.InvocationID, u.Cgroup, u.Since = orNull(s.InvocationID), orNull(s.Cgroup), &state.Since
	if state.RuntimeMax != property.Infinity {
		u.RuntimeMax, u.TimeLeft = seconds(state.RuntimeMax), seconds(max(0, time.Until(state.Since.Add(state.RuntimeMax))))
	}
	group, err := s.Group()
	if err != nil {
		return nil // it has failed, and is kept
	}
	stats, err := group.ReadStats()
	if errors.Is(err, cgroup.ErrGone) {
		return nil // it has just ended
	}
	u.addFigures(stats) // what cannot be read is null
	return u.addProcesses(ctx, group)
}

func (u *unitStatus) addFigures(stats cgroup.Stats) {
	u.MemoryMax, u.TasksMax = limitOrNull(stats.MemoryMaxBytes), limitOrNull(stats.PIDsMax)
	u.Memory, u.MemoryPeak, u.Tasks = stats.MemoryCurrentBytes, stats.MemoryPeakBytes, stats.PIDsCurrent
	if cpu := stats.CPUStat; cpu != nil {
		u.CPU = seconds(cpu.Usage)
	}
	if events := stats.MemoryEvents; events != nil {
		u.OOMKills = &events.OOMKill
	}
}

func limitOrNull(limit *cgroup.Limit) *uint64 {
	if limit == nil || *limit == cgroup.Max {
		return nil
	}
	n := uint64(*limit)
	return &n
}

// addProcesses adds the processes, each with its verdict.
func (u *unitStatus) addProcesses(ctx context.Context, group cgroup.Group) error {
	pids, err := group.Processes()
	if errors.Is(err, cgroup.ErrGone) {
		return nil
	}
	if err != nil {
		return err
	}
	judge, err := logind.NewJudge(ctx)
	if err != nil {
		return err
	}
	u.Processes = []processStatus{}
	for _, pid := range pids {
		p, err := process.Read(pid)
		if err != nil || p.Zombie {
			continue // it has just ended
		}
		verdict, err := judge.Process(ctx, p)
		if err != nil {
			return fmt.Errorf("process %d: %w", pid, err)
		}
		u.Processes = append(u.Processes, processStatus{pid, p.Name, append([]string{}, p.Args...), verdict.Survives, string(verdict.Reason)})
	}
	u.judge()
	return nil
}

// judge takes a run to survive if one of its processes does that is not gorun itself,
// as a multiplexer's server does and its client does not.
func (u *unitStatus) judge() {
	for _, p := range u.Processes {
		if p.isSupervisor() && len(u.Processes) > 1 || u.SurvivesLogout != nil && !p.SurvivesLogout {
			continue
		}
		u.SurvivesLogout, u.SurvivalReason = &p.SurvivesLogout, &p.SurvivalReason
	}
}

// isSupervisor tells gorun's own process.
func (p processStatus) isSupervisor() bool {
	return p.Name == "gorun"
}
