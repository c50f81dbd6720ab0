// Package report describes how a run ended and what it used: as a value, as text, as
// JSON in a file, and as a record in the journal, where a later gorun finds it again.
package report

import (
	"encoding/json"
	"time"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
	"gorun/internal/signals"
	"gorun/internal/text"
)

// Report is how a run ended and what it used, as --report-json prints it. A figure that
// is not known is nil, null in JSON. gorun is in the scope, so that the figures include
// its own share: some milliseconds of CPU, one to two MiB, about ten tasks.
type Report struct {
	Version int `json:"version"` // [Version]
	// Unit, InvocationID, Manager and Cgroup are nil if there was no scope. Cgroup is the
	// scope's, or the one in which COMMAND ended if COMMAND had left the scope.
	Unit         *string   `json:"unit"`
	InvocationID *string   `json:"invocation_id"`
	Manager      *string   `json:"manager"` // user or system
	Cgroup       *string   `json:"cgroup"`
	Command      []string  `json:"command"`
	StartedAt    time.Time `json:"started_at"`
	// EndedAt, Duration and Outcome are null while COMMAND runs, and stay null if
	// gorun was killed.
	EndedAt  *time.Time `json:"ended_at"`
	Duration *float64   `json:"duration_seconds"`
	Outcome  Outcome    `json:"outcome"`
	// Error is why COMMAND was not started. Nil if it was.
	Error *string `json:"error"`
	// ExitCode and Signal are COMMAND's, also where gorun's own status differs. One of
	// them is nil, or both if COMMAND was not started.
	ExitCode *int    `json:"exit_code"`
	Signal   *string `json:"signal"` // SIGTERM, SIGRTMIN+1
	// ExitStatus is gorun's, as a shell shows it: 128 and the signal's number if COMMAND died of
	// a signal, 124 at the time limit, 125 to 127 if COMMAND was not started. It is nil while
	// COMMAND runs.
	ExitStatus *int `json:"exit_status"`

	OOMKills   *uint64  `json:"oom_kills"` // processes that the kernel's OOM killer killed
	CPU        *float64 `json:"cpu_seconds"`
	CPUUser    *float64 `json:"cpu_user_seconds"`
	CPUSystem  *float64 `json:"cpu_system_seconds"`
	MemoryPeak *uint64  `json:"memory_peak_bytes"`
	MemoryMax  *uint64  `json:"memory_max_bytes"` // the scope's own limit, nil if there is none
	SwapPeak   *uint64  `json:"swap_peak_bytes"`
	IORead     *uint64  `json:"io_read_bytes"` // from block devices
	IOWrite    *uint64  `json:"io_write_bytes"`
	TasksPeak  *uint64  `json:"tasks_peak"`
	TasksMax   *uint64  `json:"tasks_max"` // the scope's own limit, nil if there is none
	// ForksFailed is how many forks failed at the limit on tasks. Linux 6.11 and later do not
	// count those that failed at a slice's limit.
	ForksFailed *uint64 `json:"forks_failed"`

	// Elsewhere is how many processes that were started from within the scope ran outside
	// of it at the end, as far as that can be seen. The figures miss them.
	Elsewhere *uint64 `json:"processes_elsewhere"`

	SurvivesLogout *bool   `json:"survives_logout"`
	SurvivalReason *string `json:"survival_reason"`

	// Joined says that the run has joined another one, whose scope it is. What the scope used
	// is then not known of this run alone, and nil.
	Joined bool `json:"joined"`

	memoryBound cgroup.Bound // printed beside the peak
	elsewhere   string       // where the processes of Elsewhere are
}

// Version is the version of the JSON format. It is raised when a field changes its
// meaning or is removed.
const Version = 1

// Outcome is how a run ended.
type Outcome string

const (
	Exited    Outcome = "exited"   // with a status
	Signaled  Outcome = "signaled" // died of a signal
	TimedOut  Outcome = "timeout"  // RuntimeMaxSec was over
	OOMKilled Outcome = "oom-kill" // by the kernel or systemd-oomd
	Stopped   Outcome = "stopped"  // on request: systemctl stop, a shutdown

	// NotStarted means that the launch failed, and COMMAND never ran.
	NotStarted Outcome = "not-started"
)

// MarshalJSON writes null if the outcome is not known.
func (o Outcome) MarshalJSON() ([]byte, error) { return json.Marshal(text.OrNull(string(o))) }

// AddFigures adds what the kernel counted, and the lowest limit on memory of the scope and
// the groups above it.
func (rep *Report) AddFigures(stats cgroup.Stats, bound cgroup.Bound) {
	rep.MemoryPeak, rep.SwapPeak, rep.TasksPeak = stats.MemoryPeakBytes, stats.MemorySwapPeakBytes, stats.PIDsPeak
	rep.memoryBound = bound
	rep.MemoryMax, rep.TasksMax = OrNoLimit(stats.MemoryMaxBytes), OrNoLimit(stats.PIDsMax)
	if events := stats.MemoryEvents; events != nil {
		rep.OOMKills = &events.OOMKill
	}
	if cpu := stats.CPUStat; cpu != nil {
		rep.CPU, rep.CPUUser, rep.CPUSystem = Seconds(cpu.Usage), Seconds(cpu.User), Seconds(cpu.System)
	}
	if io := stats.IOStat; io != nil {
		rep.IORead, rep.IOWrite = &io.Total.ReadBytes, &io.Total.WriteBytes
	}
}

// OrNoLimit is nil, which is null in JSON, for no limit and for an unknown one.
func OrNoLimit(limit *cgroup.Limit) *uint64 {
	if limit == nil || *limit == cgroup.Max {
		return nil
	}
	return new(uint64(*limit))
}

// Fail makes it the report of a launch that failed. gorun then exits with the status.
func (rep *Report) Fail(why error, status int) {
	rep.EndedAt, rep.Outcome, rep.Error = new(time.Now().UTC()), NotStarted, new(why.Error())
	rep.ExitStatus = &status
}

// NeverStarted describes a launch that failed before there was a scope. gorun then exits with
// the status.
func NeverStarted(command []string, why error, status int) *Report {
	rep := &Report{Version: Version, Command: append([]string{}, command...), StartedAt: time.Now().UTC()}
	rep.Fail(why, status)
	return rep
}

// SetStatus sets how COMMAND ended: by a signal, or if sig is 0 with an exit code.
func (rep *Report) SetStatus(code int, sig unix.Signal) {
	rep.ExitCode, rep.Signal = &code, nil
	if sig != 0 {
		rep.ExitCode, rep.Signal = nil, text.OrNull(signals.Name(sig))
	}
}

// Seconds is a duration as JSON has it.
func Seconds(d time.Duration) *float64 {
	s := d.Seconds()
	return &s
}

// EndedWell reports whether the run ended well: gorun exits with 0, and no OOM kill has ended the
// run. With OOMPolicy=stop, COMMAND may exit with 0 when it is stopped for one.
func (rep *Report) EndedWell() bool {
	return rep.ExitStatus != nil && *rep.ExitStatus == 0 && rep.Outcome != OOMKilled
}

// How says how COMMAND ended, in words: exited with status 3 after 2min 4s.
func (rep *Report) How() string { return rep.end() }

// Duration is the reverse of [Seconds], to the microsecond.
func Duration(seconds float64) time.Duration {
	return time.Duration(seconds * float64(time.Second)).Round(time.Microsecond)
}

// Status is the exit status with which gorun ended, as a shell shows it. A record that an older
// gorun has left does not say it; what can be told from the rest is told. ok is false if that is
// nothing.
func (rep *Report) Status() (status int, ok bool) {
	switch {
	case rep.ExitStatus != nil:
		return *rep.ExitStatus, true
	case rep.ExitCode != nil && rep.Outcome != TimedOut:
		return *rep.ExitCode, true
	case rep.Signal != nil && rep.Outcome != TimedOut:
		sig := unix.SignalNum(*rep.Signal)
		return 128 + int(sig), sig != 0
	}
	return 0, false
}
