package process

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
)

// Process is a process at one moment.
type Process struct {
	PID    int
	Parent int
	// UID is the real one: of who started it.
	UID int
	// Name is comm: the file's name, or what the process calls itself.
	Name string
	// Args is the command line, empty for a kernel thread or a zombie.
	Args []string
	// Terminal is the controlling terminal, zero if there is none.
	Terminal Terminal
	// HandlesHangup tells whether the process ignores or catches SIGHUP, and so
	// does not simply die of it.
	HandlesHangup bool
	// Kernel tells a kernel thread, Zombie a process that has ended.
	Kernel, Zombie bool
	// Cgroup is its path in the hierarchy of version 2, empty for a zombie whose
	// group is gone.
	Cgroup string
}

// Read reads about one process. The error is [unix.ESRCH] if there is none.
func Read(pid int) (Process, error) {
	p, err := read(pid)
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ESRCH) {
		err = unix.ESRCH // the file's name says no more than the PID
	}
	if err != nil {
		return Process{}, fmt.Errorf("process %d: %w", pid, err)
	}
	return p, nil
}

func read(pid int) (Process, error) {
	dir := "/proc/" + strconv.Itoa(pid)
	p := Process{PID: pid}
	stat, err := os.ReadFile(dir + "/stat")
	if err == nil {
		err = p.parseStat(stat)
	}
	if err != nil {
		return p, err
	}
	status, err := os.ReadFile(dir + "/status")
	if err == nil {
		err = p.parseStatus(status)
	}
	if err != nil {
		return p, err
	}
	line, err := os.ReadFile(dir + "/cmdline")
	if err != nil {
		return p, err
	}
	p.Args = parseCmdline(line)
	p.Cgroup, err = cgroup.PathOf(pid)
	if errors.Is(err, cgroup.ErrGone) {
		err = nil
	}
	return p, err
}

// List reads about all processes that this one may see. Those that end meanwhile
// are left out.
func List() ([]Process, error) {
	pids, err := pids()
	if err != nil {
		return nil, err
	}
	var list []Process
	for _, pid := range pids {
		p, err := Read(pid)
		if errors.Is(err, unix.ESRCH) {
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}

// pids lists /proc.
func pids() ([]int, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	var list []int
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil { // the others are no processes
			list = append(list, pid)
		}
	}
	return list, nil
}

// parseCmdline splits /proc/PID/cmdline, whose words end in NUL. A process that
// has written over it, as sshd does, leaves one word and padding, for which a last
// empty word is given up.
func parseCmdline(data []byte) []string {
	data = bytes.TrimRight(data, "\x00")
	if len(data) == 0 {
		return nil
	}
	var args []string
	for word := range bytes.SplitSeq(data, []byte{0}) {
		args = append(args, string(word))
	}
	return args
}
