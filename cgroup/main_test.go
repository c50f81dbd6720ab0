package cgroup

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// helperVariable makes the test binary act as a helper process instead of running tests.
const helperVariable = "GORUN_CGROUP_HELPER"

func TestMain(m *testing.M) {
	switch os.Getenv(helperVariable) {
	case "":
		os.Exit(m.Run())
	case "wait":
		helperWait()
	case "namespace":
		helperNamespace()
	case "find":
		helperFind()
	case "enter":
		helperEnter()
	}
}

// helperWait does nothing until its standard input is closed.
func helperWait() {
	_, _ = io.Copy(io.Discard, os.Stdin) // on an error it ends, too
}

// helperNamespace enters a new cgroup and a new mount namespace and becomes
// helperFind. It has to re-execute the program, because /proc/self is its first
// thread, not this one.
//
// Its standard input has two lines: a directory to mount cgroup2 on, and a directory to
// hide under another file system. Either may be empty.
func helperNamespace() {
	runtime.LockOSThread()
	in := bufio.NewScanner(os.Stdin)
	in.Scan()
	point := in.Text()
	in.Scan()
	cover := in.Text()
	must(unix.Unshare(unix.CLONE_NEWCGROUP | unix.CLONE_NEWNS))
	must(unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""))
	if point != "" {
		must(unix.Mount("none", point, "cgroup2", 0, ""))
	}
	if cover != "" {
		must(unix.Mount("none", cover, "tmpfs", 0, ""))
	}
	must(unix.Exec("/proc/self/exe", os.Args, []string{helperVariable + "=find"}))
}

// helperFind prints its own group, and the processes there.
func helperFind() {
	g, err := Of(0)
	must(err)
	pids, err := g.Processes()
	must(err)
	fmt.Println(g.Path, g.Dir, pids)
}

// helperEnter enters the group whose directory its standard input has, and prints where the
// process and its threads are then.
func helperEnter() {
	dir, err := io.ReadAll(os.Stdin)
	must(err)
	must(Group{Dir: string(dir)}.Enter())
	threads, err := filepath.Glob("/proc/self/task/*/cgroup")
	must(err)
	for _, file := range threads {
		place, err := readProcCgroup(file)
		must(err)
		fmt.Println(place)
	}
}

func must(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// helper returns a command that runs this program as a helper.
func helper(name string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe")
	// The race detector sleeps for a second at the end of a process.
	cmd.Env = append(os.Environ(), helperVariable+"="+name, "GORACE=atexit_sleep_ms=0")
	cmd.Stderr = os.Stderr
	return cmd
}
