package process

import (
	"errors"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// IsStopped reports whether a signal has stopped a process.
func IsStopped(pid int) bool {
	state, err := stateOf(pid)
	return err == nil && state == "T"
}

// IsStopping reports whether a signal has stopped a process, or has arrived and is about to.
func IsStopping(pid int) bool {
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return false
	}
	return IsStopped(pid) || hasPendingStop(string(status))
}

// hasPendingStop reads from /proc/PID/status whether a stop signal is pending. The sets have a
// bit for each signal, the lowest for number 1.
func hasPendingStop(status string) bool {
	const stops = 1<<(unix.SIGSTOP-1) | 1<<(unix.SIGTSTP-1) | 1<<(unix.SIGTTIN-1) | 1<<(unix.SIGTTOU-1)
	for line := range strings.Lines(status) {
		key, value, _ := strings.Cut(line, ":")
		if key == "SigPnd" || key == "ShdPnd" {
			set, err := strconv.ParseUint(strings.TrimSpace(value), 16, 64)
			if err == nil && set&stops != 0 {
				return true
			}
		}
	}
	return false
}

// HasBegun reports whether a program has done what it does first: it waits for something, or
// is stopped. A process that is gone has.
func HasBegun(pid int) bool {
	state, err := stateOf(pid)
	return err != nil || state == "S" || state == "T"
}

// stateOf is a process's state, as a letter of proc(5): S if it waits for something that a
// signal can end, T if a signal has stopped it.
func stateOf(pid int) (string, error) {
	stat, err := readStat(pid)
	if err != nil {
		return "", err
	}
	_, fields, err := splitStat(stat)
	if err != nil {
		return "", err
	}
	return fields[0], nil
}

// readStat reads /proc/PID/stat.
func readStat(pid int) ([]byte, error) {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ESRCH) {
		return nil, unix.ESRCH
	}
	return stat, err
}
