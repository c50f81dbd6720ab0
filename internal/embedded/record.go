package embedded

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"gorun/internal/process"
)

// record is what is noted about a run while it runs.
type record struct {
	Unit          string   `json:"unit"`
	InvocationID  string   `json:"invocation_id"`
	Description   string   `json:"description"`
	Documentation []string `json:"documentation"`

	// Cgroup is the path of the run's group, and Dir its directory. Empty without a group.
	Cgroup string `json:"cgroup"`
	Dir    string `json:"dir"`
	// Legacy has the directories of the run's groups of cgroup v1, by controller.
	Legacy map[string]string `json:"legacy"`

	// Supervisor watches the run. Zero if it has left. Command is COMMAND, zero if it is not known.
	Supervisor identity `json:"supervisor"`
	Command    identity `json:"command"`
	// Others are processes that descend from the supervisor and are not the run's, for a run without
	// a group. Over says that none is the run's any more.
	Others []identity `json:"others"`
	Over   bool       `json:"over"`

	Began     time.Time     `json:"began"`
	Monotonic time.Duration `json:"monotonic"` // the same, on CLOCK_MONOTONIC

	Conduct Conduct `json:"conduct"`
	// Stopping is why the run is being stopped. Empty if it is not.
	Stopping Result `json:"stopping"`
	Killed   bool   `json:"killed"` // it had to be

	// Boot and Namespace say where the PIDs mean something.
	Boot      string `json:"boot"`
	Namespace string `json:"namespace"`
}

// identity identifies a process. No later process of the same PID is equal.
type identity struct {
	PID   int    `json:"pid"`
	Ticks uint64 `json:"ticks"` // its start, in clock ticks since boot
}

// identify looks a process up. It is zero if there is none.
func identify(pid int) identity {
	ticks, err := process.StartTicks(pid)
	if err != nil {
		return identity{}
	}
	return identity{pid, ticks}
}

// isAlive reports whether the process has not ended.
func (i identity) isAlive() bool {
	if i.PID == 0 || identify(i.PID) != i {
		return false
	}
	return !process.IsExiting(i.PID)
}

// Conduct is how a run is ended. It is the part of a description that the supervisor does itself.
type Conduct struct {
	// RuntimeMax is how long the run may take. 0 means that there is no limit.
	RuntimeMax time.Duration `json:"runtime_max"`
	// StopSignals are sent to all processes to stop them. None means that the stop begins with
	// FinalSignal.
	StopSignals []unix.Signal `json:"stop_signals"`
	// StopTimeout is the time from StopSignals to FinalSignal. Negative means that there is none.
	StopTimeout time.Duration `json:"stop_timeout"`
	// FinalSignal is sent to what is left. 0 means that nothing is sent.
	FinalSignal unix.Signal `json:"final_signal"`
	// OOMPolicy is "continue", "stop" or "kill".
	OOMPolicy string `json:"oom_policy"`
}

// Result is why a run is being stopped, in systemd's words.
type Result string

const (
	Success   Result = "success"  // on request
	TimedOut  Result = "timeout"  // its time is over
	OOMKilled Result = "oom-kill" // OOMPolicy is stop or kill, and the OOM killer has killed
)

// encode writes the record.
func (r *record) encode() []byte {
	data, err := json.Marshal(r)
	if err != nil {
		panic(err) // the types are ours
	}
	return append(data, '\n')
}

// decode reads a record.
func decode(data []byte) (*record, error) {
	r := &record{}
	return r, json.Unmarshal(data, r)
}

// check says why a record is not one that gorun has written: its groups have the run's name.
func (r *record) check() error {
	dirs := slices.Collect(maps.Values(r.Legacy))
	if r.Dir != "" {
		dirs = append(dirs, r.Dir)
	}
	for _, dir := range dirs {
		if filepath.Base(dir) != r.Unit || !filepath.IsAbs(dir) {
			return fmt.Errorf("the record of %s names the group %s", r.Unit, dir)
		}
	}
	return nil
}

// isHere reports whether the record's PIDs are those of this process's namespace.
func (r *record) isHere() bool { return r.Boot == bootID() && r.Namespace == namespace() }

// bootID identifies this boot of the machine. Empty if it cannot be read.
func bootID() string {
	id, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return strings.TrimSpace(string(id))
}

// namespace identifies the PID namespace of this process. Empty if it cannot be read.
func namespace() string {
	name, _ := os.Readlink("/proc/self/ns/pid")
	return name
}

// monotonicNow is the time on CLOCK_MONOTONIC, on which time limits run.
func monotonicNow() time.Duration {
	var now unix.Timespec
	unix.ClockGettime(unix.CLOCK_MONOTONIC, &now) // cannot fail: every Linux has the clock
	return time.Duration(now.Nano())
}
