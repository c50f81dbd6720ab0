package cgroup

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func TestParseProcCgroup(t *testing.T) {
	testParser(t, parseProcCgroup, []parserTest[string]{
		{name: "hybrid host", file: "proc/cgroup-hybrid", want: "/recorded.scope"},
		{name: "root of a namespace", file: "proc/cgroup-namespace", want: "/"},
		{name: "v2 host", text: "0::/user.slice/user-1000.slice/session-3.scope\n", want: "/user.slice/user-1000.slice/session-3.scope"},
		{name: "outside of the namespace", text: "0::/../../init.scope\n", want: "/../../init.scope"},
		{name: "spaces and colons in the name", text: "0::/a b:c\n", want: "/a b:c"},
		{name: "removed", text: "0::/gone.scope (deleted)\n", want: "/gone.scope (deleted)"},
		{name: "v1 group that looks like it", text: "1:name=x:/0::/a\n0::/b\n", want: "/b"},
		{name: "v1 host", text: "2:cpu:/\n1:name=systemd:/\n", err: "no line begins with 0::"},
		{name: "no path", text: "1:cpu:/\n0::\n", err: `line 2 "0::": want 0::/PATH`},
	})
}

func TestNoV2LineIsErrNoV2(t *testing.T) {
	if _, err := parseProcCgroup([]byte("1:cpu:/\n")); !errors.Is(err, ErrNoV2) {
		t.Errorf("error is %v, want ErrNoV2", err)
	}
}

func TestPathOfAMissingProcessIsESRCH(t *testing.T) {
	cmd := helper("wait") // ends at once, without standard input
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	for _, pid := range []int{cmd.Process.Pid, -1} {
		if _, err := PathOf(pid); !errors.Is(err, unix.ESRCH) {
			t.Errorf("PathOf(%d): error is %v, want ESRCH", pid, err)
		}
	}
}

func TestPathOfZeroIsTheCaller(t *testing.T) {
	own, err := PathOf(0)
	if errors.Is(err, ErrNoV2) {
		t.Skip("this system has no cgroup v2")
	}
	if err != nil {
		t.Fatal(err)
	}
	if other, err := PathOf(os.Getpid()); err != nil || other != own {
		t.Errorf("got %q and, by PID, %q (%v)", own, other, err)
	}
}

// A file that fills the buffer is read again as a whole.
func TestProcCgroupLongerThanTheBufferIsReadWhole(t *testing.T) {
	text := ""
	for len(text) < 5000 {
		text += "7:cpu:/some/group/of/version/one\n"
	}
	g := fake(t, map[string]string{"cgroup": text + "0::/x\n"})
	if path, err := readProcCgroup(g.Dir + "/cgroup"); err != nil || path != "/x" {
		t.Errorf("got %q, %v", path, err)
	}
}

// PathOf is on the launch path of a program: only the file's name and the result
// are allocated.
func TestPathOfAllocatesLittle(t *testing.T) {
	if _, err := PathOf(0); err != nil {
		t.Skip("this system has no cgroup v2:", err)
	}
	allocs := testing.AllocsPerRun(100, func() { _, _ = PathOf(0) }) // did not fail before
	if allocs > 2 {
		t.Errorf("PathOf allocates %v times, want at most 2", allocs)
	}
}

func BenchmarkPathOf(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := PathOf(0); err != nil {
			b.Skip(err)
		}
	}
}

func TestLastPathOfAProcessWhoseGroupIsRemoved(t *testing.T) {
	g := realGroup(t)
	dir, err := os.Open(g.Dir)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	cmd := exec.Command("true")
	cmd.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(dir.Fd())}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait() // it has ended
	if err := unix.Waitid(unix.P_PID, cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
		t.Fatal(err)
	}
	if got, err := LastPathOf(cmd.Process.Pid); err != nil || got != g.Path {
		t.Errorf("got %q, %v, want %q", got, err, g.Path)
	}
	if err := os.Remove(g.Dir); err != nil {
		t.Fatal(err)
	}
	if got, err := LastPathOf(cmd.Process.Pid); err != nil || got != g.Path {
		t.Errorf("removed: got %q, %v, want %q", got, err, g.Path)
	}
	if _, err := PathOf(cmd.Process.Pid); !errors.Is(err, ErrGone) {
		t.Errorf("removed: PathOf returns %v", err)
	}
}
