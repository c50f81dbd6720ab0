package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"gorun/internal/process"
	"gorun/scope"
)

// runRecord tells which processes a run with a name of its own is about: gorun and
// COMMAND. When both have ended, what still is in the scope is left over.
//
//	5d0cd0e5f4e94e34a2e4b5ad9ec1a1d3 1234:567890 1235:567893
type runRecord struct {
	invocation string
	processes  []started
}

// started is a process, which no later one of the same PID is.
type started struct {
	pid   int
	ticks uint64 // its start, since the machine's, in clock ticks
}

// runFile is a file about a unit: its record, or with the suffix the lock of those that
// wait for it.
func runFile(runtimeDir, unit, suffix string) string {
	return filepath.Join(runtimeDir, "gorun", unit+suffix)
}

// startedOf looks a process up.
func startedOf(pid int) (started, error) {
	ticks, err := process.StartTicks(pid)
	return started{pid, ticks}, err
}

// isAlive tells whether the process has not ended.
func (p started) isAlive() bool {
	now, err := process.Read(p.pid)
	if err != nil || now.Zombie {
		return false
	}
	ticks, err := process.StartTicks(p.pid)
	return err == nil && ticks == p.ticks
}

// writeRunRecord notes the run's processes. Without a record a run is taken for going
// on as long as its scope is there: who may not write one loses no more than that.
func writeRunRecord(s *scope.Scope, pids ...int) error {
	line := s.InvocationID
	for _, pid := range pids {
		p, err := startedOf(pid)
		if err != nil {
			return err
		}
		line += fmt.Sprintf(" %d:%d", p.pid, p.ticks)
	}
	file := runFile(s.RuntimeDir(), s.Unit, "")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(file+".new", []byte(line+"\n"), 0o644); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}

// noteRun writes the record of a run that others may be the same as.
func (o *options) noteRun(s *scope.Scope, pids ...int) {
	if o.unit != "" && s != nil {
		writeRunRecord(s, pids...) // see there
	}
}

// readRunRecord reads what a run of this unit has noted last.
func readRunRecord(s *scope.Scope) (runRecord, error) {
	data, err := os.ReadFile(runFile(s.RuntimeDir(), s.Unit, ""))
	if err != nil {
		return runRecord{}, err
	}
	return parseRunRecord(string(data))
}

func parseRunRecord(line string) (runRecord, error) {
	fields := strings.Fields(line)
	if len(fields) == 0 {
		return runRecord{}, fmt.Errorf("read a run's record: %q", line)
	}
	r := runRecord{invocation: fields[0]}
	for _, field := range fields[1:] {
		pid, ticks, _ := strings.Cut(field, ":")
		p, err := strconv.Atoi(pid)
		t, err2 := strconv.ParseUint(ticks, 10, 64)
		if err != nil || err2 != nil {
			return runRecord{}, fmt.Errorf("read a run's record: %q", line)
		}
		r.processes = append(r.processes, started{p, t})
	}
	return r, nil
}

// isOver tells whether the run has ended but for what it has left behind.
func (r runRecord) isOver(s *scope.Scope) bool {
	if r.invocation != s.InvocationID || len(r.processes) == 0 {
		return false // an earlier one's: this one has just begun
	}
	for _, p := range r.processes {
		if p.isAlive() {
			return false
		}
	}
	return true
}

// forgetRun removes the record of a run that leaves nothing behind.
func (o *options) forgetRun(s *scope.Scope) {
	if o.unit == "" || s == nil {
		return
	}
	group, err := s.Group()
	if err != nil {
		return
	}
	pids, err := group.Processes()
	if err == nil && len(pids) == 1 && pids[0] == os.Getpid() {
		os.Remove(runFile(s.RuntimeDir(), s.Unit, ""))
	}
}
