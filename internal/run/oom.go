package run

import (
	"fmt"
	"strings"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
	"gorun/internal/text"
)

// describeOOM says what the kernel's OOM killer did in the scope.
func describeOOM(stats cgroup.Stats, victims []victim) string {
	line := fmt.Sprintf("the kernel's OOM killer killed %s (%s)", text.Count(oomKills(stats), "process", "processes"), oomReason(stats))
	names := make([]string, len(victims))
	for i, v := range victims {
		names[i] = v.String()
	}
	if len(names) > 0 {
		line += ": " + strings.Join(names, ", ")
	}
	return line
}

// oomReason says which limit was reached. The kernel counts oom in the group of that
// limit and in the groups above, but not below.
func oomReason(stats cgroup.Stats) string {
	limit := "memory ran out outside of the scope"
	switch {
	case stats.MemoryEvents.OOM == 0:
	case stats.MemoryMaxBytes != nil && *stats.MemoryMaxBytes != cgroup.Max:
		limit = "memory limit " + text.Bytes(uint64(*stats.MemoryMaxBytes))
	default:
		limit = "memory limit of a group within the scope"
	}
	if stats.MemoryPeakBytes != nil {
		limit += ", peak " + text.Bytes(*stats.MemoryPeakBytes)
	}
	return limit
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
	if list, err := readVictims(w.scope.Cgroup, int(e.oomKills)); err == nil && len(list) > 0 {
		return list
	}
	if e.oomKills == 1 && e.status.Signal == unix.SIGKILL {
		return []victim{{w.name, w.pid}}
	}
	return nil
}
