package main

import (
	"time"

	"gorun/cgroup"
	"gorun/internal/signals"
)

// report is how a run ended and what it used, as --report-json prints it. A figure that
// is not to be had is nil, null in JSON. gorun is in the scope, and its own share is
// included: some milliseconds of CPU, one to two MiB, some ten tasks.
type report struct {
	Version      int       `json:"version"`
	Unit         *string   `json:"unit"` // nil, with the next three, if there was no scope
	InvocationID *string   `json:"invocation_id"`
	Manager      *string   `json:"manager"`
	Cgroup       *string   `json:"cgroup"`
	Command      []string  `json:"command"`
	StartedAt    time.Time `json:"started_at"`
	EndedAt      time.Time `json:"ended_at"`
	Duration     float64   `json:"duration_seconds"`
	Outcome      outcome   `json:"outcome"`
	// ExitCode and Signal are COMMAND's, also where gorun's own status is another;
	// one of them is nil.
	ExitCode *int    `json:"exit_code"`
	Signal   *string `json:"signal"` // SIGTERM, SIGRTMIN+1

	OOMKills   *uint64  `json:"oom_kills"` // by the kernel
	CPU        *float64 `json:"cpu_seconds"`
	CPUUser    *float64 `json:"cpu_user_seconds"`
	CPUSystem  *float64 `json:"cpu_system_seconds"`
	MemoryPeak *uint64  `json:"memory_peak_bytes"`
	SwapPeak   *uint64  `json:"swap_peak_bytes"`
	IORead     *uint64  `json:"io_read_bytes"` // from and to block devices
	IOWrite    *uint64  `json:"io_write_bytes"`
	TasksPeak  *uint64  `json:"tasks_peak"`

	SurvivesLogout *bool   `json:"survives_logout"`
	SurvivalReason *string `json:"survival_reason"`

	memoryMax *cgroup.Limit // for people, beside the peak
}

// reportVersion is raised when a field changes its meaning or goes.
const reportVersion = 1

// report describes the run.
func (r *supervision) report(e ending) *report {
	rep := &report{
		Version: reportVersion,
		Command: r.options.command, StartedAt: r.started.UTC(), EndedAt: e.at.UTC(), Duration: e.at.Sub(r.started).Seconds(),
		Outcome: e.outcome(),
	}
	if r.scope != nil {
		rep.Unit, rep.InvocationID, rep.Cgroup = &r.scope.Unit, orNull(r.scope.InvocationID), orNull(r.scope.Cgroup)
		rep.Manager = orNull(r.scope.Manager.String())
	}
	if e.status.Signal != 0 {
		rep.Signal = orNull(signals.Name(e.status.Signal))
	} else {
		rep.ExitCode = &e.status.Code
	}
	rep.addFigures(e.stats)
	rep.addSurvival(r.survival)
	return rep
}

// addFigures takes over what the kernel says.
func (rep *report) addFigures(stats cgroup.Stats) {
	rep.MemoryPeak, rep.SwapPeak, rep.TasksPeak = stats.MemoryPeakBytes, stats.MemorySwapPeakBytes, stats.PIDsPeak
	rep.memoryMax = stats.MemoryMaxBytes
	if events := stats.MemoryEvents; events != nil {
		rep.OOMKills = &events.OOMKill
	}
	if cpu := stats.CPUStat; cpu != nil {
		rep.CPU, rep.CPUUser, rep.CPUSystem = seconds(cpu.Usage), seconds(cpu.User), seconds(cpu.System)
	}
	if io := stats.IOStat; io != nil {
		rep.IORead, rep.IOWrite = &io.Total.ReadBytes, &io.Total.WriteBytes
	}
}

// addSurvival takes over the verdict, which a run may end before.
func (rep *report) addSurvival(verdict <-chan survival) {
	if verdict == nil {
		return
	}
	select {
	case s := <-verdict:
		rep.SurvivesLogout, rep.SurvivalReason = s.survives, orNull(s.reason)
	case <-time.After(questionTimeout):
	}
}

func seconds(d time.Duration) *float64 {
	s := d.Seconds()
	return &s
}
