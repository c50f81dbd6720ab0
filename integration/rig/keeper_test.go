package rig

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// starterVariable makes the test's program start what its value says and wait to
// be killed.
const starterVariable = "GORUN_RIG_TEST_STARTER"

// starters are what a killed process may have started. Each prints the PIDs of its
// processes, one a line, and then an empty line.
var starters = map[string]func(context.Context) error{
	"container": startAContainer,
	"build":     startABuild,
}

func startAContainer(ctx context.Context) error {
	img, err := OpenImage(ctx, testSuite(), os.Stderr)
	if err != nil {
		return err
	}
	m, err := StartContainer(ctx, img)
	if err != nil {
		return err
	}
	fmt.Println(m.host.(*container).init.Pid)
	return nil
}

// startABuild builds a tree and a temporary directory with a command that neither
// SIGINT nor the end of this process would end.
func startABuild(ctx context.Context) error {
	b, err := startBuild(filepath.Join(os.TempDir(), ownName()), os.Stderr)
	if err != nil {
		return err
	}
	if _, err := b.temporaryDirectory(); err != nil {
		return err
	}
	cmd := b.command(ctx, "sh", "-c", `mkdir "$0"; echo $$ >"$0/pid"; while :; do sleep 1; done`, b.out)
	go b.run(cmd) // it ends with this process
	for {
		text, err := os.ReadFile(filepath.Join(b.out, "pid"))
		if len(text) > 0 {
			_, err = fmt.Print(string(text))
			return err
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
}

// beStarter is what main does in the process that is killed.
func beStarter(name string) {
	if err := starters[name](context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println()
	select {}
}

// testSuite is the first that GORUN_SUITES names.
func testSuite() Suite {
	name, _, _ := strings.Cut(os.Getenv("GORUN_SUITES"), ",")
	suite, _ := SuiteNamed(name) // an unknown one cannot be opened
	return suite
}

func TestNothingIsLeftOfAContainerWhoseStarterIsKilled(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("containers need root")
	}
	openImage(t, testSuites(t)[0]) // so that no starter has to build it
	killStarters(t, "container")
}

func TestNothingIsLeftOfABuildWhoseStarterIsKilled(t *testing.T) {
	killStarters(t, "build")
}

// killStarters kills a starter with each of the signals. What is started has two
// directories, or a directory and a cgroup, as long as it runs.
func killStarters(t *testing.T, name string) {
	for _, signal := range []syscall.Signal{unix.SIGINT, unix.SIGTERM, unix.SIGKILL} {
		t.Run(unix.SignalName(signal), func(t *testing.T) {
			s := startStarter(t, name)
			if left := leftBy(t, s.pid()); len(left) != 2 {
				t.Fatalf("it has made %q outside, want two directories", left)
			}
			s.kill(t, signal)
		})
	}
}

// starter is a running process of this program that has started something.
type starter struct {
	cmd   *exec.Cmd
	fds   map[int]int   // descriptors of what it started, by PID
	ended chan struct{} // closed when no process has its standard error any more
}

// startStarter returns when the starter has started everything.
func startStarter(t *testing.T, name string) *starter {
	t.Helper()
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), starterVariable+"="+name)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s := &starter{cmd: cmd, fds: map[int]int{}, ended: make(chan struct{})}
	cmd.Stderr = t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() }) // it has ended unless the test failed
	for lines := bufio.NewScanner(stdout); lines.Scan() && lines.Text() != ""; {
		var pid int
		fmt.Sscan(lines.Text(), &pid)
		if s.fds[pid], err = unix.PidfdOpen(pid, 0); err != nil {
			t.Fatalf("PID %q does not run: %v", lines.Text(), err)
		}
	}
	// Wait also waits for all that have inherited standard error: the keeper.
	go func() { cmd.Wait(); close(s.ended) }()
	return s
}

func (s *starter) pid() int { return s.cmd.Process.Pid }

// kill sends the starter a signal and fails the test if anything is left then.
func (s *starter) kill(t *testing.T, signal syscall.Signal) {
	t.Helper()
	if err := s.cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.ended:
	case <-time.After(time.Minute):
		t.Error("some process still has the starter's standard error")
	}
	for pid, fd := range s.fds {
		if !waitReadable(fd, 0) {
			t.Errorf("PID %d still runs", pid)
		}
		unix.Close(fd)
	}
	if left := leftBy(t, s.pid()); left != nil {
		t.Errorf("%q are left", left)
	}
}

// leftBy lists what has a name by ownName of a process.
func leftBy(t *testing.T, pid int) (left []string) {
	t.Helper()
	top, err := cgroupTop()
	if err != nil {
		top = os.DevNull // nothing can be left in it
	}
	for _, dir := range []string{top, os.TempDir()} {
		found, _ := filepath.Glob(filepath.Join(dir, fmt.Sprintf("gorun-rig-%d-*", pid))) // well-formed
		left = append(left, found...)
	}
	return left
}

func TestKeeperRemovesInTheOppositeOrder(t *testing.T) {
	k, err := startKeeper()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cmd := exec.Command("sh", "-c", `trap 'ls "$0" >"$0.seen"; exit' TERM; echo; while :; do sleep 1; done`, dir+"/tree")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	ready, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Mkdir(dir+"/tree", 0o755), os.WriteFile(dir+"/tree/file", nil, 0o644), cmd.Start()); err != nil {
		t.Fatal(err)
	}
	ready.Read(make([]byte, 1)) // the trap is set
	if err := errors.Join(k.add(leftover{Path: dir + "/tree"}), k.add(leftover{Group: cmd.Process.Pid})); err != nil {
		t.Fatal(err)
	}
	k.close()
	cmd.Wait() // how it ended, the file says
	if seen, err := os.ReadFile(dir + "/tree.seen"); string(seen) != "file\n" {
		t.Errorf("at SIGTERM the process saw %q (%v), want the file", seen, err)
	}
	if _, err := os.Stat(dir + "/tree"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the tree is still there: %v", err)
	}
}
