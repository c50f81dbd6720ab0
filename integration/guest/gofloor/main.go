// Command gofloor is the least that a launcher in Go can do, as floor.c is in C: it has the user's
// manager start a scope with this process in it, by one write to its private socket, waits until
// that is done, and executes the command.
//
//	gofloor [-wait] COMMAND [ARG...]
//
// With -wait it runs the command as a child, and ends as it did. It checks nothing. It uses none of
// the packages that start slowly.
package main

import (
	"bytes"
	"encoding/binary"
	"os"
	"strconv"
	"syscall"
)

func main() {
	args := os.Args[1:]
	wait := args[0] == "-wait"
	if wait {
		args = args[1:]
	}
	if !startScope("gofloor-" + strconv.Itoa(os.Getpid()) + ".scope") {
		os.Exit(125)
	}
	path := find(args[0])
	if !wait {
		syscall.Exec(path, args, os.Environ())
		os.Exit(127)
	}
	pid, err := syscall.ForkExec(path, args, &syscall.ProcAttr{Env: os.Environ(), Files: []uintptr{0, 1, 2}})
	if err != nil {
		os.Exit(127)
	}
	var status syscall.WaitStatus
	syscall.Wait4(pid, &status, 0, nil)
	os.Exit(status.ExitStatus())
}

// find looks for a program in PATH.
func find(name string) string {
	for _, directory := range bytes.Split([]byte(os.Getenv("PATH")), []byte(":")) {
		if path := string(directory) + "/" + name; syscall.Access(path, 1) == nil {
			return path
		}
	}
	return name
}

// startScope reports whether the manager has said that the unit's job is removed.
func startScope(unit string) bool {
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return false
	}
	if syscall.Connect(fd, &syscall.SockaddrUnix{Name: os.Getenv("XDG_RUNTIME_DIR") + "/systemd/private"}) != nil {
		return false
	}
	if _, err := syscall.Write(fd, append([]byte("\x00AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n"), request(unit)...)); err != nil {
		return false
	}
	heard, n := make([]byte, 1<<16), 0
	for {
		more, err := syscall.Read(fd, heard[n:])
		if err != nil || more <= 0 {
			return false
		}
		n += more
		if i := bytes.Index(heard[:n], []byte("JobRemoved")); i >= 0 && bytes.Contains(heard[i:n], []byte(unit)) {
			return true
		}
	}
}

// request is the message StartTransientUnit(unit, "replace", [("PIDs", [0])], []).
func request(unit string) []byte {
	var body message
	body.text(unit)
	body.text("replace")
	array := body.later()
	body.pad(8)
	first := len(body)
	body.text("PIDs")
	body.signature("au")
	body.u32(4)
	body.u32(0) // this process
	body.now(array, len(body)-first)
	body.u32(0)
	body.pad(8)

	m := message("l\x01\x00\x01")
	m.u32(uint32(len(body)))
	m.u32(1)
	fields := m.later()
	first = len(m)
	m.field(1, "o", "/org/freedesktop/systemd1")
	m.field(2, "s", "org.freedesktop.systemd1.Manager")
	m.field(3, "s", "StartTransientUnit")
	m.field(6, "s", "org.freedesktop.systemd1")
	m.field(8, "g", "ssa(sv)a(sa(sv))")
	m.now(fields, len(m)-first)
	m.pad(8)
	return append(m, body...)
}

// message is a part of a D-Bus message.
type message []byte

func (m *message) pad(to int) {
	for len(*m)%to != 0 {
		*m = append(*m, 0)
	}
}

func (m *message) u32(n uint32) {
	m.pad(4)
	*m = binary.LittleEndian.AppendUint32(*m, n)
}

// later leaves room for a number, and returns where.
func (m *message) later() int {
	m.u32(0)
	return len(*m) - 4
}

// now sets a number.
func (m message) now(at, n int) { binary.LittleEndian.PutUint32(m[at:], uint32(n)) }

func (m *message) text(s string) {
	m.u32(uint32(len(s)))
	*m = append(append(*m, s...), 0)
}

func (m *message) signature(s string) {
	*m = append(append(append(*m, byte(len(s))), s...), 0)
}

func (m *message) field(code byte, kind, value string) {
	m.pad(8)
	*m = append(*m, code)
	m.signature(kind)
	if kind == "g" {
		m.signature(value)
	} else {
		m.text(value)
	}
}
