package run

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gorun/internal/process"
	"gorun/internal/safefile"
	"gorun/internal/unitname"
	"gorun/scope"
)

// processes are gorun and COMMAND of a run with a chosen name, as noted in a file of the
// manager's runtime directory. When both have ended, all other processes in the scope are
// leftovers.
//
//	5d0cd0e5f4e94e34a2e4b5ad9ec1a1d3 1234:567890 1235:567893
type processes struct {
	invocation string
	list       []processID
}

// processID identifies a process. No later process of the same PID is equal.
type processID struct {
	pid   int
	ticks uint64 // its start, in clock ticks since boot
}

// unitFile is a file about a unit: its processes, or with the suffix .lock the lock of
// the runs that wait for it.
func unitFile(runtimeDir, unit, suffix string) string {
	return filepath.Join(runtimeDir, "gorun", unitname.File(unit, suffix))
}

// processIDOf looks a process up.
func processIDOf(pid int) (processID, error) {
	ticks, err := process.StartTicks(pid)
	return processID{pid, ticks}, err
}

// isAlive reports whether the process has not ended.
func (p processID) isAlive() bool {
	now, err := process.Read(p.pid)
	if err != nil || now.Zombie {
		return false
	}
	ticks, err := process.StartTicks(p.pid)
	return err == nil && ticks == p.ticks
}

// note writes the file of a run that other runs may find. An error does little harm:
// without the file, other runs take a run to be running as long as its scope exists.
func (r *run) note(pids ...int) {
	if r.Named && r.scope != nil && !r.joined && r.scope.RuntimeDir() != "" {
		writeProcesses(r.scope, pids...)
	}
}

func writeProcesses(s *scope.Scope, pids ...int) error {
	line := s.InvocationID
	for _, pid := range pids {
		p, err := processIDOf(pid)
		if err != nil {
			return err
		}
		line += fmt.Sprintf(" %d:%d", p.pid, p.ticks)
	}
	return writeNote(s.RuntimeDir(), s.Unit, line+"\n")
}

func writeNote(runtimeDir, unit, text string) error {
	dir, name := filepath.Split(unitFile(runtimeDir, unit, ""))
	at, err := safefile.MakeDir(dir, 0o755)
	if err != nil {
		return err
	}
	defer at.Close()
	return at.WriteFile(name, []byte(text), 0o644)
}

// maxNote is more than the length of any such file: an ID and two processes.
const maxNote = 256

// readProcesses reads what the newest run of a unit noted.
func readProcesses(s *scope.Scope) (processes, error) {
	data, err := readNote(s.RuntimeDir(), s.Unit)
	if err != nil {
		return processes{}, err
	}
	return parseProcesses(string(data))
}

func readNote(runtimeDir, unit string) ([]byte, error) {
	dir, name := filepath.Split(unitFile(runtimeDir, unit, ""))
	at, err := safefile.OpenDir(dir)
	if err != nil {
		return nil, err
	}
	defer at.Close()
	return at.ReadFile(name, maxNote)
}

func parseProcesses(line string) (processes, error) {
	fields := strings.Fields(line)
	if len(fields) == 0 {
		return processes{}, fmt.Errorf("read the processes of a run: %q", line)
	}
	r := processes{invocation: fields[0]}
	for _, field := range fields[1:] {
		pid, ticks, _ := strings.Cut(field, ":")
		p, err := strconv.Atoi(pid)
		t, err2 := strconv.ParseUint(ticks, 10, 64)
		if err != nil || err2 != nil {
			return processes{}, fmt.Errorf("read the processes of a run: %q", line)
		}
		r.list = append(r.list, processID{p, t})
	}
	return r, nil
}

// isOver reports whether the run has ended, except for leftover processes.
func (r processes) isOver(s *scope.Scope) bool {
	if r.invocation != s.InvocationID || len(r.list) == 0 {
		return false // noted by an earlier run: this one has just begun
	}
	for _, p := range r.list {
		if p.isAlive() {
			return false
		}
	}
	return true
}

// forget removes the file of a run without leftover processes.
func (r *run) forget() {
	if !r.Named || r.scope == nil {
		return
	}
	pids, err := r.scope.Processes()
	if err == nil && r.scope.RuntimeDir() != "" && !slices.ContainsFunc(pids, func(pid int) bool { return pid != os.Getpid() }) {
		os.Remove(unitFile(r.scope.RuntimeDir(), r.scope.Unit, ""))
	}
}
