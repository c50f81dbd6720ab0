package process

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Terminal is the device number of a controlling terminal; zero means none.
type Terminal uint32

// The major numbers of terminals (Documentation/admin-guide/devices.txt).
const (
	majorConsole = 4   // tty1 to tty63, then the serial ports ttyS0...
	majorPTY     = 136 // to 143: pts/0...
)

// String is the name under /dev: pts/0, tty1.
func (t Terminal) String() string {
	major, minor := unix.Major(uint64(t)), unix.Minor(uint64(t))
	n, isPTY := t.pty()
	switch {
	case t == 0:
		return ""
	case isPTY:
		return fmt.Sprintf("pts/%d", n)
	case major == majorConsole && minor < 64:
		return fmt.Sprintf("tty%d", minor)
	case major == majorConsole:
		return fmt.Sprintf("ttyS%d", minor-64)
	}
	return fmt.Sprintf("%d:%d", major, minor)
}

// pty is the number of a pseudo terminal.
func (t Terminal) pty() (number int, ok bool) {
	major, minor := unix.Major(uint64(t)), unix.Minor(uint64(t))
	if major < majorPTY || major > majorPTY+7 {
		return 0, false
	}
	return int(major-majorPTY)<<20 | int(minor), true
}

// Emulators finds the processes that hold the master of a pseudo terminal: multiplexers,
// terminal emulators, sshd. Only root can see those of other users. When the emulator
// ends, the terminal hangs up.
func Emulators() (map[Terminal]int, error) {
	list, err := pids()
	if err != nil {
		return nil, err
	}
	emulators := map[Terminal]int{}
	for _, pid := range list {
		for _, number := range masters(pid) {
			major := uint32(majorPTY + number>>20)
			emulators[Terminal(unix.Mkdev(major, uint32(number&0xfffff)))] = pid
		}
	}
	return emulators, nil
}

// maxFDInfo bounds how much of a descriptor's information is read. Another user's file of
// that name may have many locks, with a line for each.
const maxFDInfo = 4 << 10

// masters lists the pseudo terminals whose master a process holds. It skips what it
// cannot read, because it is another user's or gone.
func masters(pid int) []int {
	dir := filepath.Join("/proc", strconv.Itoa(pid))
	fds, err := os.ReadDir(filepath.Join(dir, "fd"))
	if err != nil {
		return nil
	}
	var list []int
	for _, fd := range fds {
		target, err := os.Readlink(filepath.Join(dir, "fd", fd.Name()))
		if err != nil || !strings.HasSuffix(target, "/ptmx") {
			continue
		}
		info, err := readBegin(filepath.Join(dir, "fdinfo", fd.Name()), maxFDInfo)
		if err != nil {
			continue
		}
		if n, ok := parseIndex(info); ok {
			list = append(list, n)
		}
	}
	return list
}

// parseIndex finds the number of the pseudo terminal in /proc/PID/fdinfo/FD of a
// master:
//
//	pos:	0
//	flags:	02100002
//	mnt_id:	24
//	tty-index:	3
func parseIndex(data []byte) (int, bool) {
	_, rest, ok := bytes.Cut(data, []byte("tty-index:"))
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	n, err := strconv.Atoi(string(bytes.TrimSpace(line)))
	return n, ok && err == nil && n >= 0
}

// LeadsSession reports whether a process is the leader of its session, as a terminal's shell is.
func LeadsSession(pid int) bool {
	session, err := unix.Getsid(pid)
	return err == nil && session == pid
}
