package main

import (
	"fmt"
	"strings"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
)

// oomWords tells what the kernel's OOM killer did in the scope.
func oomWords(stats cgroup.Stats, victims []victim) string {
	killed := oomKills(stats)
	text := fmt.Sprintf("the kernel's OOM killer killed %s (%s)", count(killed, "process", "processes"), oomReason(stats))
	names := make([]string, len(victims))
	for i, v := range victims {
		names[i] = v.String()
	}
	if len(names) > 0 {
		text += ": " + strings.Join(names, ", ")
	}
	return text
}

// oomReason says which limit was met: the kernel counts oom where that is, and in the
// groups above, but not below.
func oomReason(stats cgroup.Stats) string {
	limit := "memory ran out outside of the scope"
	switch {
	case stats.MemoryEvents.OOM == 0:
	case stats.MemoryMaxBytes != nil && *stats.MemoryMaxBytes != cgroup.Max:
		limit = "memory limit " + formatBytes(uint64(*stats.MemoryMaxBytes))
	default:
		limit = "memory limit of a group within the scope"
	}
	if stats.MemoryPeakBytes != nil {
		limit += ", peak " + formatBytes(*stats.MemoryPeakBytes)
	}
	return limit
}

// oomKills is how many processes of the scope the kernel's OOM killer has killed.
func oomKills(stats cgroup.Stats) uint64 {
	if stats.MemoryEvents == nil {
		return 0
	}
	return stats.MemoryEvents.OOMKill
}

// victim is a process that the OOM killer has killed.
type victim struct {
	name string
	pid  int
}

func (v victim) String() string { return fmt.Sprintf("%s (process %d)", printable(v.name), v.pid) }

// victims names the processes that were killed, where that is known: from the
// kernel's log, which most systems show to root alone, or since it was COMMAND.
func (w *watch) victims(e evidence) []victim {
	if list, err := readVictims(w.scope.Cgroup, int(e.oomKills)); err == nil && len(list) > 0 {
		return list
	}
	if e.oomKills == 1 && e.status.Signal == unix.SIGKILL {
		return []victim{{w.name, w.pid}}
	}
	return nil
}
