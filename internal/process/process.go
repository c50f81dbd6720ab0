package process

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
)

// Process is the state of a process at one moment.
type Process struct {
	PID    int
	Parent int
	Group  int // its process group
	// UID is the real UID: of the user who started it.
	UID int
	// Name is comm: the file's name, or a name that the process gave itself.
	Name string
	// Args is the command line, empty for a kernel thread or a zombie. A line of more
	// than 64 KiB is cut.
	Args []string
	// Terminal is the controlling terminal, zero if there is none.
	Terminal Terminal
	// HandlesHangup reports whether the process ignores or catches SIGHUP, so that
	// SIGHUP need not kill it.
	HandlesHangup bool
	// Kernel reports whether it is a kernel thread, Zombie whether it has ended.
	Kernel, Zombie bool
	// Cgroup is the path of its cgroup v2, empty for a zombie whose group is gone.
	Cgroup string
}

// Read reads one process. The error is [unix.ESRCH] if there is no such process.
func Read(pid int) (Process, error) {
	p, err := read(pid)
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ESRCH) {
		err = unix.ESRCH // the message has the PID; the file's name adds nothing
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
	line, err := readBegin(dir+"/cmdline", maxCmdline)
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

// List reads all processes in /proc, except those that end meanwhile. A few may be
// unreadable: where /proc is mounted with hidepid=noaccess, those of other users.
func List() (list []Process, unreadable []Unreadable, err error) {
	pids, err := pids()
	if err != nil {
		return nil, nil, err
	}
	for _, pid := range pids {
		switch p, err := Read(pid); {
		case err == nil:
			list = append(list, p)
		case !errors.Is(err, unix.ESRCH):
			unreadable = append(unreadable, newUnreadable(pid, err))
		}
	}
	return list, unreadable, nil
}

// pids lists the process IDs in /proc.
func pids() ([]int, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	var list []int
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil { // other entries are not processes
			list = append(list, pid)
		}
	}
	return list, nil
}

// maxCmdline bounds how much of a command line is read. Any user can make one of any
// length, with prctl(PR_SET_MM_MAP) also of more than all memory.
const maxCmdline = 64 << 10

// readBegin reads the first max bytes of a file.
func readBegin(file string, max int64) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, max))
}

// parseCmdline splits /proc/PID/cmdline into words that end in NUL. A process that has
// overwritten it, such as sshd, leaves one word and padding. To drop the padding, empty
// words at the end are dropped.
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
