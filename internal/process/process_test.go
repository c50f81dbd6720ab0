package process

import (
	"errors"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestReadFillsInAllFields(t *testing.T) {
	cmd := exec.Command("sh", "-c", "trap : HUP; echo ready; read line", "a b", "")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer in.Close()
	if _, err := out.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	p, err := Read(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	want := Process{
		PID: cmd.Process.Pid, Parent: os.Getpid(), Group: unix.Getpgrp(), UID: os.Getuid(), Name: "sh",
		Args: []string{"sh", "-c", "trap : HUP; echo ready; read line", "a b"}, HandlesHangup: true,
	}
	want.Cgroup, want.Terminal = p.Cgroup, p.Terminal // the same as the test's, whatever they are
	if !reflect.DeepEqual(p, want) || p.Cgroup == "" {
		t.Errorf("got %+v, want %+v", p, want)
	}
	if list, _, err := List(); err != nil || !slices.ContainsFunc(list, func(q Process) bool { return q.PID == p.PID }) {
		t.Errorf("not in the list: %v, %v", list, err)
	}
}

func TestLongCommandLineIsCut(t *testing.T) {
	args := []string{"-c", "echo; read line"}
	for range 4 {
		args = append(args, strings.Repeat("x", 30<<10))
	}
	cmd := exec.Command("sh", args...)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer in.Close()
	if _, err := out.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	p, err := Read(cmd.Process.Pid)
	if length := len(strings.Join(p.Args, " ")); err != nil || length != maxCmdline || p.Args[0] != "sh" {
		t.Errorf("%v, read %d bytes", err, length)
	}
}

func TestReadOfAMissingProcessIsESRCH(t *testing.T) {
	cmd := exec.Command("true")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(cmd.Process.Pid); !errors.Is(err, unix.ESRCH) {
		t.Errorf("got %v", err)
	}
}

func TestEmulatorsFindsTheHolderOfATerminal(t *testing.T) {
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no pseudo terminals: ", err)
	}
	defer master.Close()
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	emulators, err := Emulators()
	if err != nil {
		t.Fatal(err)
	}
	if pid := emulators[Terminal(unix.Mkdev(136, uint32(n)))]; pid != os.Getpid() {
		t.Errorf("pts/%d is held by %d, want %d", n, pid, os.Getpid())
	}
}

func TestTerminalIsNamedAsUnderDev(t *testing.T) {
	for device, want := range map[Terminal]string{
		0: "", 0x8800: "pts/0", 0x8803: "pts/3", 0x401: "tty1", 0x440: "ttyS0",
		Terminal(unix.Mkdev(136, 300)): "pts/300", Terminal(unix.Mkdev(229, 0)): "229:0",
	} {
		if got := device.String(); got != want {
			t.Errorf("%#x: got %q, want %q", uint32(device), got, want)
		}
	}
}

func TestParseStat(t *testing.T) {
	var p Process
	if err := p.parseStat([]byte("412 (a) b (c) S 7 412 412 34816 -1 4194624 512")); err != nil {
		t.Fatal(err)
	}
	if want := (Process{Name: "a) b (c", Parent: 7, Group: 412, Terminal: 34816}); !reflect.DeepEqual(p, want) {
		t.Errorf("got %+v, want %+v", p, want)
	}
	if err := p.parseStat([]byte("2 (kthreadd) Z 0 0 0 0 -1 2129984 0")); err != nil || !p.Kernel || !p.Zombie {
		t.Errorf("got %+v, %v", p, err)
	}
}

func TestThreadFlagsAreRead(t *testing.T) {
	for text, want := range map[string]uint64{
		"412 (tmux: server) S 1 412 412 0 -1 4194624 512 0": 4194624,
		"7 (a) R (b) Z 1 7 7 0 -1 4227084 0":                4227084,
	} {
		if got, err := parseFlags([]byte(text)); err != nil || got != want {
			t.Errorf("%s: got %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "7", "7 (a) R 1 7 7 0 -1", "7 (a) R 1 7 7 0 -1 x"} {
		if got, err := parseFlags([]byte(text)); err == nil {
			t.Errorf("%q: got %d, want an error", text, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("412 (tmux: server) S 1 412 412 0 -1 4194624 512 0"))
	f.Add([]byte("Name:\tsh\nUid:\t1000\t1000\t1000\t1000\nSigIgn:\t0\nSigCgt:\t1\n"))
	f.Add([]byte("pos:\t0\nflags:\t02\ntty-index:\t3\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var p Process
		if p.parseStat(data) == nil && p.parseStatus(data) == nil && p.UID < 0 {
			t.Errorf("UID %d", p.UID)
		}
		if n, ok := parseIndex(data); ok && n < 0 {
			t.Errorf("index %d", n)
		}
		parseCmdline(data)
	})
}
