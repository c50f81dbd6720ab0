package scope

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gorun/cgroup"
	"gorun/scope/property"
)

// Moot is a limit that is in force and changes nothing, because of what is around the
// scope.
type Moot struct {
	Name, Value string // of the property, as it was asked for
	Why         string
}

func (m Moot) String() string {
	return fmt.Sprintf("%s=%s changes nothing: %s", m.Name, m.Value, m.Why)
}

// withoutEffect has, for some limits, the reason why one that the kernel holds has no effect.
// The reason is empty if it has one.
var withoutEffect = map[string]func(l limit, g cgroup.Group) string{
	"AllowedCPUs":        outside,
	"AllowedMemoryNodes": outside,
	"IOWeight":           withoutScheduler,
	"IODeviceWeight":     withoutScheduler,
	"MemoryLow":          unprotected,
	"MemoryMin":          unprotected,
}

// whyWithoutEffect says why the limit has no effect, empty if it has one.
func (l limit) whyWithoutEffect(g cgroup.Group) string {
	if find := withoutEffect[l.Name()]; find != nil {
		return find(l, g)
	}
	return ""
}

// effectiveSets has the files in which the kernel shows what a scope may use of the CPUs or
// memory nodes that were asked for.
var effectiveSets = map[string]string{
	"AllowedCPUs":        "cpuset.cpus.effective",
	"AllowedMemoryNodes": "cpuset.mems.effective",
}

// holdsAnyway reports whether the scope runs only on what was asked for although the kernel
// does not show that set. The kernel refuses sets with numbers that the machine cannot have.
func (l limit) holdsAnyway(g cgroup.Group) bool {
	content, err := readFile(g, effectiveSets[l.Name()])
	asked, isSet := l.Value().([]byte)
	effective, errSet := property.ParseCPUSet(content)
	return isSet && err == nil && errSet == nil && content != "" && isSubset(effective, asked)
}

// outside says whether the scope runs outside of the set that was asked for: a group above
// has another, and then the kernel ignores the scope's own (cgroup-v2.rst).
func outside(l limit, g cgroup.Group) string {
	file := effectiveSets[l.Name()]
	content, err := readFile(g, file)
	asked, _ := l.Value().([]byte)
	effective, errSet := property.ParseCPUSet(content)
	if err != nil || errSet != nil || isSubset(effective, asked) {
		return ""
	}
	return fmt.Sprintf("the kernel shows %s in %s; the slice or the machine has no others", content, file)
}

// isSubset reports whether a bitmap has no bit that the other lacks.
func isSubset(set, of []byte) bool {
	of = append(bytes.Clone(of), make([]byte, len(set))...)
	for i, b := range set {
		if b&^of[i] != 0 {
			return false
		}
	}
	return true
}

// withoutScheduler says whether no disk has a scheduler that honours weights: bfq, or the
// cost model of io.cost.qos. Only the hierarchy's root has that file. Where it cannot be
// seen, as in a container, nothing is known.
func withoutScheduler(_ limit, g cgroup.Group) string {
	schedulers, err := filepath.Glob("/sys/block/*/queue/scheduler")
	if err != nil || len(schedulers) == 0 {
		return ""
	}
	for _, file := range schedulers {
		if content, err := os.ReadFile(file); err != nil || strings.Contains(string(content), "[bfq]") {
			return ""
		}
	}
	model, err := readFile(topmost(g), "io.cost.qos")
	if err != nil || strings.Contains(model, "enable=1") {
		return ""
	}
	return "no disk has a scheduler that honours weights, bfq or io.cost"
}

// topmost is the highest group above that can be seen.
func topmost(g cgroup.Group) cgroup.Group {
	for {
		parent, ok := g.Parent()
		if !ok {
			return g
		}
		g = parent
	}
}

// unprotected says which group above takes the protection away. When memory runs out in a
// group, what protects a scope within is at most what protects each group between the two
// (page_counter_calculate_protection in page_counter.c). The nearest group with a limit is
// where it can run out first. Without any, it is the whole machine.
func unprotected(l limit, g cgroup.Group) string {
	for above, ok := g.Parent(); ok; above, ok = above.Parent() {
		if hasFiniteLimit(above, "memory.max") || hasFiniteLimit(above, "memory.high") {
			return ""
		}
		if content, err := readFile(above, l.Info().File); err == nil && content == "0" {
			return fmt.Sprintf("%s protects no memory (%s is 0)", above.Name(), l.Info().File)
		}
	}
	return ""
}

// hasFiniteLimit reports whether a file has another limit than "max".
func hasFiniteLimit(g cgroup.Group, file string) bool {
	content, err := readFile(g, file)
	return err == nil && content != "max"
}

// whyMoot says why a limit that is in force changes nothing, empty if it does.
func (l limit) whyMoot(g cgroup.Group) string {
	switch l.Info().File {
	case "cpu.weight", "io.weight":
		return whyWithoutSiblings(g)
	case "memory.max", "memory.high", "memory.swap.max", "memory.zswap.max", "pids.max", "cpu.max":
		return lowerLimitAbove(g, l.Info().File)
	}
	return ""
}

// whyWithoutSiblings says whether no other group shares with the scope by weight.
func whyWithoutSiblings(g cgroup.Group) string {
	parent, ok := g.Parent()
	if !ok {
		return ""
	}
	entries, err := os.ReadDir(parent.Dir)
	isSibling := func(e os.DirEntry) bool {
		return e.IsDir() && e.Name() != g.Name() && hasProcesses(cgroup.Group{Dir: filepath.Join(parent.Dir, e.Name())})
	}
	if err != nil || slices.ContainsFunc(entries, isSibling) {
		return ""
	}
	return "a weight counts among the units of one slice, and the scope is alone in " + parent.Name() + " now"
}

// hasProcesses reports whether a group has processes, in itself or below.
func hasProcesses(group cgroup.Group) bool {
	events, err := group.Events()
	return err == nil && events != nil && events.Populated
}

// lowerLimitAbove says which group above has a lower limit than the scope's.
func lowerLimitAbove(g cgroup.Group, file string) string {
	own, ok := asNumber(readFile(g, file))
	if !ok {
		return ""
	}
	for parent, ok := g.Parent(); ok; parent, ok = parent.Parent() {
		content, err := readFile(parent, file)
		if limit, ok := asNumber(content, err); ok && limit < own {
			if strings.HasPrefix(file, "memory.") {
				content = property.FormatSize(uint64(limit))
			}
			return fmt.Sprintf("%s has %s in %s, which is less", parent.Name(), content, file)
		}
	}
	return ""
}

// asNumber is a limit as a number. "max" is the highest, and of "50000 100000", a quota, it is
// the quotient.
func asNumber(content string, err error) (float64, bool) {
	value, per, isQuota := strings.Cut(content, " ")
	if err != nil {
		return 0, false
	}
	if value == "max" {
		return math.Inf(1), true
	}
	n, errValue := strconv.ParseFloat(value, 64)
	if !isQuota {
		return n, errValue == nil
	}
	period, errPeriod := strconv.ParseFloat(per, 64)
	return n / period, errValue == nil && errPeriod == nil && period > 0
}
