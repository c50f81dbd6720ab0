package run

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// kernelLog has a record for each read(2).
const kernelLog = "/dev/kmsg"

// recordSize is the most that the kernel puts into a record (CONSOLE_EXT_LOG_MAX in
// include/linux/printk.h).
const recordSize = 8192

// readVictims finds in the kernel's log the last n processes of a cgroup and of those below
// it that the OOM killer killed.
func readVictims(group string, n int) ([]victim, error) {
	fd, err := unix.Open(kernelLog, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", kernelLog, err)
	}
	defer unix.Close(fd) // opened for reading: nothing can fail late
	var list []victim
	for buf := make([]byte, recordSize); ; {
		size, err := unix.Read(fd, buf)
		switch {
		case errors.Is(err, unix.EAGAIN):
			return list[max(0, len(list)-n):], nil
		case errors.Is(err, unix.EPIPE), errors.Is(err, unix.EINTR): // EPIPE: the kernel dropped older records
		case err != nil:
			return nil, fmt.Errorf("read %s: %w", kernelLog, err)
		default:
			if v, ok := parseVictim(buf[:size], group); ok {
				list = append(list, v)
			}
		}
	}
}

// parseVictim reads a record of an OOM kill in a group or below it, in the format of Linux
// 5.0 and later. It is one line:
//
//	6,1214,51190230,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,
//	oom_memcg=/system.slice/x.scope,task_memcg=/system.slice/x.scope,task=tail,pid=4711,uid=0
func parseVictim(record []byte, group string) (victim, bool) {
	line, _, _ := bytes.Cut(record, []byte("\n"))
	_, text, _ := strings.Cut(string(line), ";")
	_, rest, ok := strings.Cut(text, ",task_memcg="+group)
	if !strings.HasPrefix(text, "oom-kill:") || !ok || !strings.HasPrefix(rest, ",") && !strings.HasPrefix(rest, "/") {
		return victim{}, false
	}
	// A task may have any name. What follows the name are numbers.
	_, rest, _ = strings.Cut(rest, ",task=")
	rest, _, _ = cutLast(rest, ",uid=")
	name, number, _ := cutLast(rest, ",pid=")
	pid, err := strconv.Atoi(number)
	return victim{name, pid}, err == nil
}

// cutLast is strings.Cut at the last separator.
func cutLast(s, separator string) (before, after string, found bool) {
	if i := strings.LastIndex(s, separator); i >= 0 {
		return s[:i], s[i+len(separator):], true
	}
	return s, "", false
}
