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

// starterVariable makes the test binary run one of the starters and wait to be killed.
const starterVariable = "GORUN_RIG_TEST_STARTER"

// starters are things that a killed process may have started. Each prints the PIDs of
// its processes, one a line, and then an empty line.
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
	go b.run(cmd) // ends with this process
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

// beStarter is the main function of the process that is killed.
func beStarter(name string) {
	if err := starters[name](context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println()
	select {}
}

// testSuite is the first suite in GORUN_SUITES.
func testSuite() Suite {
	name, _, _ := strings.Cut(os.Getenv("GORUN_SUITES"), ",")
	suite, _ := SuiteNamed(name) // OpenImage reports an unknown suite
	return suite
}

func TestKilledStarterLeavesNothingOfItsContainer(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("containers need root")
	}
	openImage(t, testSuites(t)[0]) // so that no starter has to build it
	killStarters(t, "container")
}

func TestKilledStarterLeavesNothingOfItsBuild(t *testing.T) {
	killStarters(t, "build")
}

// killStarters kills a starter with each of the signals. While it runs, a starter has two
// directories, or a directory and a cgroup.
func killStarters(t *testing.T, name string) {
	for _, signal := range []syscall.Signal{unix.SIGINT, unix.SIGTERM, unix.SIGKILL} {
		t.Run(unix.SignalName(signal), func(t *testing.T) {
			s := startStarter(t, name)
			if left := leftBy(t, s.pid()); len(left) != 2 {
				t.Fatalf("the starter has made %q, want two directories", left)
			}
			s.kill(t, signal)
		})
	}
}

// starter is a process of this program that runs one of the starters.
type starter struct {
	cmd   *exec.Cmd
	fds   map[int]int   // pidfds of the processes that it started, by PID
	ended chan struct{} // closed when no process has its standard error open
}

// startStarter runs a starter and returns when it has started everything.
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
	// Wait also waits for processes that inherited standard error: the keeper.
	go func() { cmd.Wait(); close(s.ended) }()
	return s
}

func (s *starter) pid() int { return s.cmd.Process.Pid }

// kill sends the starter a signal and fails the test if anything is left.
func (s *starter) kill(t *testing.T, signal syscall.Signal) {
	t.Helper()
	if err := s.cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.ended:
	case <-time.After(time.Minute):
		t.Error("a process still has the starter's standard error open")
	}
	for pid, fd := range s.fds {
		if !waitReadable(fd, time.Minute) { // it was killed, and may take a moment to end
			t.Errorf("PID %d still runs", pid)
		}
		unix.Close(fd)
	}
	if left := leftBy(t, s.pid()); left != nil {
		t.Errorf("the starter left %q", left)
	}
}

// leftBy lists the files that have an ownName of a process.
func leftBy(t *testing.T, pid int) (left []string) {
	t.Helper()
	top, err := cgroupTop()
	if err != nil {
		top = os.DevNull // has no files
	}
	for _, dir := range []string{top, os.TempDir()} {
		found, _ := filepath.Glob(filepath.Join(dir, fmt.Sprintf("gorun-rig-%d-*", pid))) // well-formed
		left = append(left, found...)
	}
	return left
}

func TestKeeperRemovesTheLastAddedFirst(t *testing.T) {
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
	cmd.Wait() // the file says whether it got SIGTERM
	if seen, err := os.ReadFile(dir + "/tree.seen"); string(seen) != "file\n" {
		t.Errorf("at SIGTERM the process saw %q (%v), want the file", seen, err)
	}
	if _, err := os.Stat(dir + "/tree"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the tree is still there: %v", err)
	}
}
