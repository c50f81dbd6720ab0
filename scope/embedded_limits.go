package scope

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"gorun/internal/embedded"
	"gorun/scope/property"
)

// ownProperties are those that an [Embedded] scope honours itself, or that only describe it.
// Limits are not among them.
var ownProperties = []string{
	"Description", "Documentation", "CollectMode", "OOMPolicy", "RuntimeMaxSec", "RuntimeRandomizedExtraSec",
	"TimeoutStopSec", "KillMode", "KillSignal", "FinalKillSignal", "SendSIGHUP", "SendSIGKILL",
	"RestartKillSignal", "WatchdogSignal", // without an effect on any scope
}

// foreignReasons say why some properties make no sense without a service manager.
var foreignReasons = map[string]string{
	"Slice": "there are no slices without a service manager",
}

// withoutForeign refuses what only a service manager can do. With BestEffort, and for defaults, it
// is dropped.
func (s *Scope) withoutForeign(spec Spec, properties []property.Property) (kept []property.Property, err error) {
	foreign := func(name, value, reason string) error {
		if spec.BestEffort || spec.isDefault(name) {
			s.Dropped = append(s.Dropped, name)
			return nil
		}
		return &property.Error{Name: name, Value: value, Reason: reason}
	}
	for _, p := range properties {
		why := foreignReasons[p.Name()]
		if why == "" {
			why = "needs a service manager, and this run has none"
		}
		switch {
		case p.Info().Controller != "", slices.Contains(ownProperties, p.Name()), isEmptyList(p):
			kept = append(kept, p)
		default:
			err = errors.Join(err, foreign(p.Name(), p.Text(), why))
		}
	}
	if spec.JobMode != "" {
		err = errors.Join(err, foreign("JobMode", spec.JobMode, "there are no jobs without a service manager"))
	}
	if spec.KeepFailed {
		err = errors.Join(err, foreign("CollectMode", "inactive", "no service manager keeps what has failed"))
	}
	if spec.OwnSlice {
		err = errors.Join(err, foreign("OwnSlice", "yes", foreignReasons["Slice"]))
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return nil, joined.Unwrap()[0] // one line is enough
	}
	return kept, err
}

// isEmptyList reports whether a property only resets a list.
func isEmptyList(p property.Property) bool { return p.Info().List && p.Text() == "" }

// controllersFor are the controllers that the limits need, each once.
func controllersFor(properties []property.Property) (list []string) {
	for _, l := range standing(properties) {
		switch c := l.Info().Controller; {
		case c == property.BPF, c == property.Netlink, slices.Contains(list, c):
		default:
			list = append(list, c)
		}
	}
	if p, ok := last(properties, "OOMPolicy"); ok && p.Text() != "continue" && !slices.Contains(list, "memory") {
		list = append(list, "memory")
	}
	return list
}

// limitIt writes the limits to the scope's cgroup, and makes sure that they are in force.
func (s *Scope) limitIt(spec Spec, properties []property.Property) error {
	r := s.readBack(spec)
	for _, l := range standing(properties) {
		if err := r.apply(l, properties); err != nil {
			return err
		}
	}
	if p, ok := last(properties, "OOMPolicy"); ok && p.Text() != "continue" {
		return r.applyOOMPolicy(limit{p})
	}
	return nil
}

// applyOOMPolicy makes the kernel kill all processes together, if the policy says so. Whoever
// supervises the scope has to learn of an OOM kill, which only a cgroup with the memory
// controller tells.
func (r *readBack) applyOOMPolicy(l limit) error {
	run := r.scope.held
	switch {
	case run.Cgroup() == "":
		return r.fail(l, whyNoGroup(run))
	case run.Lacks["memory"] != "":
		return r.fail(l, run.Lacks["memory"])
	case l.Text() != "kill":
		return nil
	}
	if err := r.look(); err != nil {
		return err
	}
	const file = "memory.oom.group"
	if err := r.group.Set(file, "1"); err != nil {
		return r.fail(l, fmt.Sprintf("the kernel refuses it in %s: %v", file, errnoOf(err)))
	}
	if content, err := readFile(r.group, file); err != nil || content != "1" {
		return r.fail(l, fmt.Sprintf("the kernel shows %q in %s", content, file))
	}
	return nil
}

// whyNoGroup says that a run has no cgroup. Why is known where it was started.
func whyNoGroup(run *embedded.Run) string {
	if run.Plain == nil {
		return "the run has no cgroup"
	}
	return "no cgroup can be made for the run: " + run.Plain.Error()
}

// apply writes one limit, and reads it back.
func (r *readBack) apply(l limit, all []property.Property) error {
	run, controller := r.scope.held, l.Info().Controller
	write := writers[l.Name()]
	switch {
	case controller == property.BPF, controller == property.Netlink:
		return r.fail(l, "it needs a program that a service manager attaches ("+controller+"), and this run has none")
	case run.Cgroup() == "":
		return r.fail(l, whyNoGroup(run))
	case run.HasLegacy(controller):
		return r.applyLegacy(l, write, all)
	case run.Lacks[controller] != "":
		return r.fail(l, run.Lacks[controller])
	case write == nil && l.Info().File == "" && !strings.HasSuffix(l.Name(), "Accounting"):
		return r.fail(l, "it needs a service manager, and this run has none")
	}
	if err := r.look(); err != nil {
		return err
	}
	if !l.isProvided(r.controllers, Embedded) {
		return r.fail(l, "the run's cgroup does not have the "+controller+" controller")
	}
	if write != nil {
		file, lines, err := write(l, all)
		if err == nil && len(lines) > 0 {
			err = r.group.Set(file, lines...)
		}
		switch {
		case errors.Is(err, errors.ErrUnsupported):
			return r.fail(l, "this kernel has no "+file)
		case err != nil:
			return r.fail(l, fmt.Sprintf("the kernel refuses it in %s: %v", file, errnoOf(err)))
		}
	}
	inForce := l.isProvided(r.controllers, Embedded) && (!l.hasReader() || l.isShown(r.group, l.number()))
	why := ""
	switch {
	case inForce || l.holdsAnyway(r.group):
		why = l.whyWithoutEffect(r.group)
	default:
		return r.fail(l, l.whyNoDevice())
	}
	if why != "" {
		return r.fail(l, why)
	}
	r.noteMoot(l)
	return nil
}

// applyLegacy writes a limit to a group of cgroup v1, and reads it back.
func (r *readBack) applyLegacy(l limit, write writer, all []property.Property) error {
	run, controller := r.scope.held, l.Info().Controller
	if write == nil { // accounting needs no more than the group
		if strings.HasSuffix(l.Name(), "Accounting") {
			return nil
		}
		return r.fail(l, run.Lacks[controller])
	}
	file, lines, err := write(l, all)
	if err == nil && len(lines) == 1 {
		err = run.SetLegacy(controller, file, lines[0])
	}
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		return r.fail(l, run.Lacks[controller]+", which has no such limit")
	case err != nil:
		return r.fail(l, fmt.Sprintf("the kernel refuses it in cgroup v1: %v", errnoOf(err)))
	}
	return nil
}

// errnoOf is what the system says, without the name of the file.
func errnoOf(err error) error {
	var errno unix.Errno
	if errors.As(err, &errno) {
		return errno
	}
	return err
}

// number is the value, or if that is a share of what the machine has, the number that it makes.
func (l limit) number() any {
	share, ok := l.Value().(uint32)
	if !ok || !l.isScale() {
		return l.Value()
	}
	return uint64(float64(share) / (1 << 32) * total(l.Name()))
}

// writer says which lines a limit takes in which file of the cgroup.
type writer func(l limit, all []property.Property) (file string, lines []string, err error)

// writers are the reverse of readers.
var writers = map[string]writer{
	"MemoryMin":            writeNumber,
	"MemoryLow":            writeNumber,
	"MemoryHigh":           writeNumber,
	"MemoryMax":            writeNumber,
	"MemorySwapMax":        writeNumber,
	"MemoryZSwapMax":       writeNumber,
	"MemoryZSwapWriteback": writeBool,

	"TasksMax": writeNumber,

	"CPUWeight":          writeCPUWeight,
	"CPUQuota":           writeQuota,
	"AllowedCPUs":        writeSet,
	"AllowedMemoryNodes": writeSet,
	"CPUSetPartition":    writeText,

	"IOWeight":                 writeIOWeight,
	"IODeviceWeight":           writeDevices(""),
	"IODeviceLatencyTargetSec": writeDevices("target="),
	"IOReadBandwidthMax":       writeDevices("rbps="),
	"IOWriteBandwidthMax":      writeDevices("wbps="),
	"IOReadIOPSMax":            writeDevices("riops="),
	"IOWriteIOPSMax":           writeDevices("wiops="),
}

func writeNumber(l limit, _ []property.Property) (string, []string, error) {
	n, _ := l.number().(uint64)
	return l.Info().File, []string{orMax(n)}, nil
}

// orMax writes a number, or "max" for no limit.
func orMax(n uint64) string {
	if n == math.MaxUint64 {
		return "max"
	}
	return strconv.FormatUint(n, 10)
}

func writeBool(l limit, _ []property.Property) (string, []string, error) {
	text := "0"
	if l.IsTrue() {
		text = "1"
	}
	return l.Info().File, []string{text}, nil
}

func writeText(l limit, _ []property.Property) (string, []string, error) {
	return l.Info().File, []string{l.Text()}, nil
}

func writeCPUWeight(l limit, _ []property.Property) (string, []string, error) {
	if l.Value() == idleWeight {
		return "cpu.idle", []string{"1"}, nil
	}
	return writeNumber(l, nil)
}

// The bounds of a period of cpu.max, and the shortest time in one (cgroup_cpu_adjust_period in
// systemd's cgroup.c).
const (
	minPeriod     = time.Millisecond
	maxPeriod     = time.Second
	defaultPeriod = 100 * time.Millisecond
)

// writeQuota writes the time in each period. A share that would be less than a millisecond has a
// longer period.
func writeQuota(l limit, all []property.Property) (string, []string, error) {
	perSecond, _ := l.Value().(uint64)
	period := defaultPeriod
	if p, ok := last(all, "CPUQuotaPeriodSec"); ok && p.Span() != property.Infinity {
		period = p.Span()
	}
	if perSecond > 0 {
		period = max(period, time.Duration(float64(minPeriod)*1e6/float64(perSecond)))
	}
	period = min(max(period, minPeriod), maxPeriod)
	quota := uint64(float64(perSecond) * period.Seconds())
	return l.Info().File, []string{fmt.Sprintf("%d %d", quota, period.Microseconds())}, nil
}

// writeSet writes the numbers of a bitmap: 0,1,8.
func writeSet(l limit, _ []property.Property) (string, []string, error) {
	var list []string
	set, _ := l.Value().([]byte)
	for i := range 8 * len(set) {
		if set[i/8]&(1<<(i%8)) != 0 {
			list = append(list, strconv.Itoa(i))
		}
	}
	return l.Info().File, []string{strings.Join(list, ",")}, nil
}

func writeIOWeight(l limit, _ []property.Property) (string, []string, error) {
	n, _ := l.Value().(uint64)
	return l.Info().File, []string{"default " + strconv.FormatUint(n, 10)}, nil
}

// writeDevices writes a line for each device: 8:16 rbps=2097152.
func writeDevices(key string) writer {
	return func(l limit, _ []property.Property) (string, []string, error) {
		var lines []string
		devices, _ := l.Value().([]property.DeviceValue)
		for _, d := range devices {
			number, err := diskOf(d.Path)
			if err != nil {
				return l.Info().File, nil, err
			}
			lines = append(lines, number+" "+key+orMax(d.Value))
		}
		return l.Info().File, lines, nil
	}
}

// diskOf is the number of the disk that a path means: of a partition the whole disk, of a file the
// disk that it is on.
func diskOf(path string) (number string, err error) {
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	device := st.Dev
	if st.Mode&unix.S_IFMT == unix.S_IFBLK {
		device = st.Rdev
	}
	number = fmt.Sprintf("%d:%d", unix.Major(device), unix.Minor(device))
	dir, err := filepath.EvalSymlinks("/sys/dev/block/" + number)
	if err != nil {
		return number, nil // the kernel says what it thinks of it
	}
	var none unix.Stat_t
	if unix.Stat(dir+"/partition", &none) == nil {
		whole, err := os.ReadFile(filepath.Dir(dir) + "/dev")
		return strings.TrimSpace(string(whole)), err
	}
	return number, nil
}

// setEmbedded changes properties of a scope that runs. Only limits can be changed.
func (s *Scope) setEmbedded(properties []property.Property) error {
	for _, p := range properties {
		if p.Info().Controller == "" {
			return &property.Error{Name: p.Name(), Value: p.Text(), Reason: "cannot be changed while the scope runs"}
		}
	}
	if _, err := s.held.State(); err != nil {
		return fmt.Errorf("set properties of %s: %w", s.Unit, ErrEnded)
	}
	r := s.readBack(Spec{Manager: Embedded, Unit: s.Unit, Properties: properties})
	for i, p := range properties {
		if isSuperseded(properties, i) {
			continue
		}
		if err := r.apply(limit{p}, properties); err != nil {
			return err
		}
	}
	return nil
}
