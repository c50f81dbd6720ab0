package run

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
	"gorun/internal/text"
)

// describeOOM says how many processes the kernel's OOM killer killed in the scope.
func describeOOM(kills uint64, stats cgroup.Stats, limit string, victims []victim) string {
	line := fmt.Sprintf("the kernel's OOM killer killed %s (%s", text.Count(kills, "process", "processes"), limit)
	if stats.MemoryPeakBytes != nil {
		line += ", peak " + text.Bytes(*stats.MemoryPeakBytes)
	}
	line += ")"
	names := make([]string, len(victims))
	for i, v := range victims {
		names[i] = v.String()
	}
	if len(names) > 0 {
		line += ": " + strings.Join(names, ", ")
	}
	return line
}

// oomLimit says which limit was reached. The kernel counts oom in the group of that limit
// and in the groups above, but not below. group is the one whose figures stats are.
func oomLimit(stats cgroup.Stats, group cgroup.Group, above []memoryLimit) string {
	local := stats.MemoryEventsLocal
	switch {
	case stats.MemoryEvents.OOM == 0:
		for _, l := range above {
			if l.isReached() {
				return describeLimit(l.max, l.group)
			}
		}
		return "memory ran out outside of the scope"
	case local != nil && local.OOM == 0:
		return limitWithin(group)
	case stats.MemoryMaxBytes != nil && *stats.MemoryMaxBytes != cgroup.Max:
		return "memory limit " + text.Bytes(uint64(*stats.MemoryMaxBytes))
	}
	return "memory limit of a group within the scope"
}

// limitWithin says which group right below has a limit that was reached: one that COMMAND
// made, or a scope in the run's own slice that has a limit by a drop-in. The group may be gone.
func limitWithin(group cgroup.Group) string {
	entries, _ := os.ReadDir(group.Dir) // without an answer none is known
	for _, entry := range entries {
		below := cgroup.Group{Dir: filepath.Join(group.Dir, entry.Name()), Path: path.Join(group.Path, entry.Name())}
		limit, err := below.MemoryMaxBytes() // a file's name makes an error
		if err == nil && limit != nil && *limit != cgroup.Max && (memoryLimit{group: below}).isReached() {
			return describeLimit(*limit, below)
		}
	}
	return "memory limit of a group within the scope"
}

func describeLimit(max cgroup.Limit, of cgroup.Group) string {
	return fmt.Sprintf("memory limit %s of %s", text.Bytes(uint64(max)), of.Name())
}

// memoryLimit is the limit of a group above the scope.
type memoryLimit struct {
	group   cgroup.Group
	max     cgroup.Limit
	reached uint64 // how often it was, before the run
}

// memoryLimitsAbove finds the limits of the groups above a scope, the nearest first. It
// skips those that the kernel does not show.
func memoryLimitsAbove(scope cgroup.Group) (list []memoryLimit) {
	for above, ok := scope.Parent(); ok; above, ok = above.Parent() {
		limit, err := above.MemoryMaxBytes()
		if err != nil || limit == nil || *limit == cgroup.Max {
			continue
		}
		if events, err := above.MemoryEventsLocal(); err == nil && events != nil {
			list = append(list, memoryLimit{above, *limit, events.OOM})
		}
	}
	return list
}

// isReached reports whether the limit has been reached during the run.
func (l memoryLimit) isReached() bool {
	events, err := l.group.MemoryEventsLocal()
	return err == nil && events != nil && events.OOM > l.reached
}

// oomKills is how many processes of the scope the kernel's OOM killer killed.
func oomKills(stats cgroup.Stats) uint64 {
	if stats.MemoryEvents == nil {
		return 0
	}
	return stats.MemoryEvents.OOMKill
}

// victim is a process that the OOM killer killed.
type victim struct {
	name string
	pid  int
}

func (v victim) String() string { return fmt.Sprintf("%s (process %d)", v.name, v.pid) }

// victims names the killed processes where that is known: from the kernel's log, which
// only root can read on most systems, or because the only one was COMMAND.
func (w *watch) victims(e evidence) []victim {
	group, err := w.figures()
	if err != nil {
		return nil
	}
	if list, err := readVictims(group.Path, int(e.oomKills)); err == nil && len(list) > 0 {
		return list
	}
	if e.oomKills == 1 && e.status.Signal == unix.SIGKILL {
		return []victim{{w.name, w.pid}}
	}
	return nil
}
