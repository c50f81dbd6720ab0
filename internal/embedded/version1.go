package embedded

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
	"gorun/internal/process"
)

// On a hybrid machine version 1 of cgroups holds controllers that the run's group, of version 2,
// cannot have. Where they may be written to, the run has a group in these hierarchies, too: for
// memory, pids and cpu, whose limits mean the same there.

// legacyRoots finds the groups of this thread in the hierarchies of version 1, by controller.
func legacyRoots() map[string]string { return legacyRootsOf("thread-self") }

// legacyRootsOf finds the groups of a process or thread, by its name in /proc.
func legacyRootsOf(name string) map[string]string {
	mounts, _ := os.ReadFile("/proc/self/mountinfo") // without it there are none
	own, _ := os.ReadFile("/proc/" + name + "/cgroup")
	return parseLegacy(string(mounts), string(own))
}

// parseLegacy reads the mounts of version 1 and the groups of a process:
//
//	35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
//	4:memory:/user/7
func parseLegacy(mounts, own string) map[string]string {
	roots := map[string]string{}
	for line := range strings.Lines(own) {
		fields := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		if len(fields) != 3 {
			continue
		}
		for controller := range strings.SplitSeq(fields[1], ",") {
			if dir := legacyDir(mounts, controller, fields[2]); dir != "" {
				roots[controller] = dir
			}
		}
	}
	return roots
}

// legacyDir finds the directory of a group of a hierarchy. Empty if it is not mounted.
func legacyDir(mounts, controller, path string) string {
	for line := range strings.Lines(mounts) {
		before, after, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " - ")
		place, kind := strings.Fields(before), strings.Fields(after)
		if len(place) < 5 || len(kind) < 3 || kind[0] != "cgroup" || !slices.Contains(strings.Split(kind[2], ","), controller) {
			continue
		}
		if below, ok := strings.CutPrefix(path, strings.TrimSuffix(place[3], "/")); ok && isBelow(below) {
			return filepath.Join(place[4], below)
		}
	}
	return ""
}

// isBelow reports whether the rest of a path is below its beginning, or nothing. The kernel writes
// "/.." for a group that is outside of the caller's namespace (cgroup_namespaces(7)).
func isBelow(rest string) bool {
	return rest == "" || rest[0] == '/' && !slices.Contains(strings.Split(rest, "/"), "..")
}

// legacyControllers are those of version 1 that are used.
var legacyControllers = []string{"memory", "pids", "cpu"}

// planLegacy names groups of version 1 for the controllers that the run's group lacks.
func planLegacy(unit string, lacks map[string]string) map[string]string {
	if len(lacks) == 0 {
		return nil
	}
	var planned map[string]string
	roots := legacyRoots()
	for controller := range lacks {
		root, ok := roots[controller]
		if !ok || !slices.Contains(legacyControllers, controller) || unix.Access(root, unix.W_OK) != nil {
			continue
		}
		if planned == nil {
			planned = map[string]string{}
		}
		planned[controller] = filepath.Join(root, unit)
	}
	return planned
}

// makeLegacy makes the groups of version 1 that are planned. Those that cannot be made stay in Lacks.
func (r *Run) makeLegacy() {
	made := map[string]string{}
	for controller, dir := range r.record.Legacy {
		isOurs := slices.Contains(slices.Collect(maps.Values(made)), dir) // a hierarchy may have several
		if isOurs || os.Mkdir(dir, 0o755) == nil {                        // if it exists, somebody else has made it
			made[controller] = dir
		}
	}
	if len(made) < len(r.record.Legacy) {
		r.update(func(n *record) { n.Legacy = made })
	}
}

// HasLegacy reports whether the run has a group of version 1 for a controller.
func (r *Run) HasLegacy(controller string) bool { return r.record.Legacy[controller] != "" }

// setting is what a file of version 1 is to have.
type setting struct{ file, value string }

// legacySettings are those of version 1 that mean the same as a file's value of version 2. The error
// is [errors.ErrUnsupported] if there are none.
func legacySettings(file, value string) ([]setting, error) {
	number, period, _ := strings.Cut(value, " ")
	switch {
	case file == "pids.max":
		return []setting{{"pids.max", value}}, nil
	case file == "memory.max" && value == "max":
		return []setting{{"memory.limit_in_bytes", "-1"}}, nil
	case file == "memory.max":
		return []setting{{"memory.limit_in_bytes", value}}, nil
	case file == "cpu.max" && number == "max":
		return []setting{{"cpu.cfs_quota_us", "-1"}}, nil
	case file == "cpu.max":
		return []setting{{"cpu.cfs_period_us", period}, {"cpu.cfs_quota_us", number}}, nil
	case file == "cpu.weight":
		weight, err := strconv.ParseUint(value, 10, 64)
		return []setting{{"cpu.shares", strconv.FormatUint(max(2, weight*1024/100), 10)}}, err // both defaults
	}
	return nil, errors.ErrUnsupported
}

// SetLegacy writes what version 2 takes in a file to the run's group of version 1, and reads it
// back. It is [errors.ErrUnsupported] if version 1 has nothing that means the same.
func (r *Run) SetLegacy(controller, file, value string) error {
	settings, err := legacySettings(file, value)
	for _, s := range settings {
		if err == nil {
			err = s.set(r.record.Legacy[controller])
		}
	}
	return err
}

// HasLegacyLimit reports whether the run's group of version 1 has what version 2 takes in a file.
func (r *Run) HasLegacyLimit(controller, file, value string) bool {
	settings, err := legacySettings(file, value)
	for _, s := range settings {
		if err == nil {
			err = s.check(r.record.Legacy[controller])
		}
	}
	return err == nil
}

// set writes to a file, and reads it back.
func (s setting) set(dir string) error {
	err := os.WriteFile(filepath.Join(dir, s.file), []byte(s.value), 0)
	if errors.Is(err, os.ErrNotExist) {
		return errors.ErrUnsupported
	}
	if err != nil {
		return err
	}
	return s.check(dir)
}

// check compares a file with what it is to have. The kernel rounds sizes of memory down to pages.
func (s setting) check(dir string) error {
	text, err := os.ReadFile(filepath.Join(dir, s.file))
	if err != nil {
		return err
	}
	shown := strings.TrimSpace(string(text))
	asked, errAsked := strconv.ParseUint(s.value, 10, 64)
	held, errHeld := strconv.ParseUint(shown, 10, 64)
	rounding := uint64(1)
	if strings.HasSuffix(s.file, "_in_bytes") {
		rounding = uint64(os.Getpagesize())
	}
	switch {
	case shown == s.value:
		return nil
	case errAsked != nil && (errHeld != nil || held > 1<<62): // -1 is shown as a large number
		return nil
	case errAsked != nil, errHeld != nil, held > asked, asked-held >= rounding:
		return fmt.Errorf("it shows %s", shown)
	}
	return nil
}

// MoveLegacy moves a process into the run's groups of version 1; 0 is the caller. back undoes it as far
// as possible.
func (r *Run) MoveLegacy(pid int) (back func(), err error) {
	name := "self"
	if pid != 0 {
		name = strconv.Itoa(pid)
	}
	was := legacyRootsOf(name)
	back = func() {
		for controller := range r.record.Legacy {
			if dir := was[controller]; dir != "" {
				writeProcess(dir, pid) // on failure it stays, and the group with it
			}
		}
	}
	for _, dir := range r.record.Legacy {
		if err := writeProcess(dir, pid); err != nil {
			back()
			return nil, err
		}
	}
	return back, nil
}

// writeProcess moves a process into a group.
func writeProcess(dir string, pid int) error {
	return os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte(strconv.Itoa(pid)), 0)
}

// threadsFile takes threads one by one. If this process entered with all of its threads, TasksMax
// would count them while it forks.
const threadsFile = "tasks"

// legacyThread says where a thread was in the hierarchies of version 1 that it has entered: the
// directories by controller.
type legacyThread map[string]string

// enterLegacy moves this thread into the groups of version 1, where what it forks starts. After an
// error, what it has entered is returned, too.
func (r *record) enterLegacy() (legacyThread, error) {
	if len(r.Legacy) == 0 {
		return nil, nil
	}
	was, entered := legacyRoots(), legacyThread{}
	for controller, dir := range r.Legacy {
		back := was[controller]
		if back == "" {
			return entered, fmt.Errorf("the cgroup v1 of this process for the %s controller cannot be seen", controller)
		}
		if err := os.WriteFile(filepath.Join(dir, threadsFile), []byte("0"), 0); err != nil {
			return entered, err
		}
		entered[controller] = back
	}
	return entered, nil
}

// leave moves this thread back to where it was.
func (t legacyThread) leave() error {
	var errs error
	for _, back := range t {
		errs = errors.Join(errs, os.WriteFile(filepath.Join(back, threadsFile), []byte("0"), 0))
	}
	return errs
}

// check says why a process was not forked by this thread: it is where the thread was before. A
// process that ends is in no group of version 1.
func (t legacyThread) check(pid int) error {
	if len(t) == 0 || process.IsExiting(pid) {
		return nil
	}
	now := legacyRootsOf(strconv.Itoa(pid))
	for controller, back := range t {
		if now[controller] == back && !process.IsExiting(pid) {
			return fmt.Errorf("process %d is in %s, without the run's limits", pid, back)
		}
	}
	return nil
}

// removeLegacy removes the groups of version 1.
func (r *record) removeLegacy() error {
	for _, dir := range r.Legacy {
		if err := unix.Rmdir(dir); err != nil && err != unix.ENOENT {
			return &os.PathError{Op: "remove", Path: dir, Err: err}
		}
	}
	return nil
}

// AddLegacyStats adds the figures that version 1 has.
func (r *Run) AddLegacyStats(s *cgroup.Stats) {
	if dir := r.record.Legacy["memory"]; dir != "" {
		s.MemoryCurrentBytes, s.MemoryPeakBytes = number(dir, "memory.usage_in_bytes"), number(dir, "memory.max_usage_in_bytes")
		s.MemoryMaxBytes = (*cgroup.Limit)(number(dir, "memory.limit_in_bytes"))
		if kills := keyed(dir, "memory.oom_control", "oom_kill"); kills != nil {
			s.MemoryEvents = &cgroup.MemoryEvents{OOM: *kills, OOMKill: *kills}
		}
	}
	if dir := r.record.Legacy["pids"]; dir != "" {
		s.PIDsCurrent, s.PIDsPeak = number(dir, "pids.current"), number(dir, "pids.peak")
		if s.PIDsMax = (*cgroup.Limit)(number(dir, "pids.max")); s.PIDsMax != nil {
			if failed := keyed(dir, "pids.events", "max"); failed != nil {
				s.PIDsEvents = &cgroup.PIDsEvents{Max: *failed}
			}
		}
	}
}

// number reads a file with a number. Nil if there is none.
func number(dir, file string) *uint64 {
	text, _ := os.ReadFile(filepath.Join(dir, file))
	n, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		return nil
	}
	return &n
}

// keyed reads the number behind a key of a file. Nil if there is none:
//
//	oom_kill_disable 0
//	oom_kill 2
func keyed(dir, file, key string) *uint64 {
	text, _ := os.ReadFile(filepath.Join(dir, file))
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), key+" "); ok {
			if n, err := strconv.ParseUint(value, 10, 64); err == nil {
				return &n
			}
		}
	}
	return nil
}
