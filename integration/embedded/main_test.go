// Package embedded tests runs without a service manager, on the machine that it runs on: as the
// caller, as an ordinary user with a delegated cgroup and without one, and in a container where
// no systemd runs. They need no machine of package rig, except for one virtual machine.
//
// As root all of it is tested, elsewhere what is possible. A test that is skipped says why.
package embedded

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
)

// bin is a directory with the gorun under test, which every user may read.
var bin string

func TestMain(m *testing.M) {
	if os.Getenv(intoVariable) != "" {
		enterAndExec()
	}
	flag.Set("test.parallel", strconv.Itoa(waiting)) // there is such a flag
	os.Exit(run(m))
}

// waiting is how many tests run at a time. They mostly wait.
const waiting = 8

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "gorun-embedded-")
	if err == nil {
		bin = dir
		defer os.RemoveAll(dir)
		err = build()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// build builds gorun, and the program of the conformance trials.
func build() error {
	if err := os.Chmod(bin, 0o755); err != nil {
		return err
	}
	for _, of := range []string{"../../cmd/gorun", "../guest/conform"} {
		cmd := exec.Command("go", "build", "-ldflags=-E gorun_entry", "-o", bin+"/", of)
		if filepath.Base(of) != "gorun" {
			cmd = exec.Command("go", "build", "-o", bin+"/", of)
		}
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if text, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("build %s: %w: %s", of, err, text)
		}
	}
	return nil
}

// thorough reports whether tests may take minutes.
func thorough() bool { return !testing.Short() && os.Getenv("GORUN_SUITES") != "" }

// place is where runs are started.
type place struct {
	name string
	// run starts a shell's script there.
	wrap func(t *testing.T, script string) *exec.Cmd
	user int // who runs it; 0 means the caller
	// grouped says that runs have a cgroup there.
	grouped bool
}

// output is what a script printed, and how it ended.
type output struct {
	stdout, stderr string
	status         int
	took           time.Duration
}

// patience bounds a script on a busy machine.
const patience = 2 * time.Minute

// sh runs a script in a place, with its own home and state directory. $G is gorun without a
// manager, which says nothing about that.
func (p place) sh(t *testing.T, script string) output {
	t.Helper()
	cmd := p.command(t, script)
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	begun := time.Now()
	timer := time.AfterFunc(patience, func() { unix.Kill(-cmd.Process.Pid, unix.SIGKILL) })
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait() // how it ended is in the status
	if !timer.Stop() {
		t.Errorf("%s: the script took too long: %s", p.name, script)
	}
	return output{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode(), time.Since(begun)}
}

// command makes the command of a script.
func (p place) command(t *testing.T, script string) *exec.Cmd {
	t.Helper()
	home := filepath.Join(bin, "home-"+strings.ReplaceAll(p.name, " ", "-"))
	if err := os.MkdirAll(home, 0o700); err != nil {
		t.Fatal(err)
	}
	if p.user != 0 && os.Geteuid() == 0 {
		if err := os.Chown(home, p.user, p.user); err != nil {
			t.Fatal(err)
		}
	}
	cmd := p.wrap(t, script)
	cmd.Dir = home
	cmd.Env = append(cmd.Environ(), "HOME="+home, "XDG_STATE_HOME="+home+"/"+fmt.Sprint(os.Getpid()), "PATH="+bin+":"+os.Getenv("PATH")+":/usr/sbin:/sbin",
		"G=gorun --embedded -q", "LC_ALL=C.UTF-8", "XDG_RUNTIME_DIR="+home, "ENV=", "BASH_ENV=")
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &unix.SysProcAttr{}
	}
	cmd.SysProcAttr.Setsid = true
	return cmd
}

// ok runs a script that must end with 0, and returns what it printed.
func (p place) ok(t *testing.T, script string) string {
	t.Helper()
	out := p.sh(t, script)
	if out.status != 0 {
		t.Fatalf("%s: %s\nstatus %d: %s%s", p.name, script, out.status, out.stdout, out.stderr)
	}
	return strings.TrimSpace(out.stdout)
}

// inEach runs a test in each place where it is possible.
func inEach(t *testing.T, test func(t *testing.T, p place)) {
	t.Parallel()
	for _, p := range places() {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			test(t, p)
		})
	}
}

func places() []place {
	return []place{
		{name: "here", grouped: mayMakeGroups(), wrap: func(t *testing.T, script string) *exec.Cmd { return exec.Command("sh", "-c", script) }},
		{name: "without a cgroup", user: nobody, wrap: withoutGroup},
		{name: "in a delegated cgroup", user: nobody, grouped: true, wrap: delegated},
		{name: "in a container", grouped: true, wrap: inContainer},
	}
}

// mayMakeGroups reports whether the caller may make groups below its own.
func mayMakeGroups() bool {
	own, err := cgroup.Of(0)
	return err == nil && own.MayPlace() == nil
}

// nobody is the user that an ordinary user's tests run as.
const nobody = 65534

// asNobody is the beginning of a command that runs as an ordinary user.
func asNobody(t *testing.T) []string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can become another user")
	}
	return []string{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"}
}

// withoutGroup runs a script as a user who may make no cgroup.
func withoutGroup(t *testing.T, script string) *exec.Cmd {
	args := append(asNobody(t), "sh", "-c", script)
	return exec.Command(args[0], args[1:]...)
}

// delegated runs a script as an ordinary user, in a cgroup that root has given away.
func delegated(t *testing.T, script string) *exec.Cmd {
	t.Helper()
	args := append(asNobody(t), "sh", "-c", script)
	if !mayMakeGroups() {
		t.Skip("this machine has no cgroup v2 that root may write to")
	}
	group := newGroup(t)
	t.Cleanup(func() { removeGroup(t, group) })
	for _, file := range []string{"", "/cgroup.procs", "/cgroup.subtree_control", "/cgroup.threads"} {
		if err := os.Chown(group.Dir+file, nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
	return into(group, args...)
}

// newGroup makes a group below the test's own.
func newGroup(t *testing.T) cgroup.Group {
	t.Helper()
	own, err := cgroup.Of(0)
	if err != nil {
		t.Fatal(err)
	}
	group, err := own.Make("gorun-place-" + fmt.Sprint(time.Now().UnixNano()))
	if err != nil {
		t.Fatal(err)
	}
	return group
}

// into is a command that runs in a group.
func into(group cgroup.Group, args ...string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe", args...)
	cmd.Env = append(os.Environ(), intoVariable+"="+group.Dir)
	return cmd
}

// removeGroup removes a group, which must have no process.
func removeGroup(t *testing.T, group cgroup.Group) {
	if pids, _ := group.Processes(); len(pids) > 0 {
		t.Errorf("processes are left in %s: %v", group.Path, pids)
		group.Kill()
	}
	if below, _ := filepath.Glob(group.Dir + "/*.scope"); len(below) > 0 && !t.Failed() {
		t.Errorf("groups are left: %v", below)
	}
	group.Remove() // what cannot be removed has a process
}

// intoVariable makes this program enter a cgroup and become a command.
const intoVariable = "GORUN_TEST_INTO"

func enterAndExec() {
	group := cgroup.Group{Dir: os.Getenv(intoVariable)}
	os.Unsetenv(intoVariable)
	err := group.Enter()
	if err == nil {
		var file string
		if file, err = exec.LookPath(os.Args[1]); err == nil {
			err = unix.Exec(file, os.Args[1:], os.Environ())
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// inContainer runs a script where no systemd runs: in namespaces of its own for processes,
// mounts and cgroups, with an empty /run, and with a shell as its first process.
func inContainer(t *testing.T, script string) *exec.Cmd {
	t.Helper()
	if os.Geteuid() != 0 || !mayMakeGroups() {
		t.Skip("only root can start a container, where cgroup v2 may be written to")
	}
	const begin = `mount -t tmpfs none /run && mkdir -p /run/cg && { mount -t cgroup2 none /sys/fs/cgroup/unified 2>/dev/null || mount -t cgroup2 none /sys/fs/cgroup; } || exit 99
`
	// The end of the container ends gorun as well, as the end of any container does. Who has made
	// the container's group removes it.
	group := newGroup(t)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		group.Kill()
		if err := errors.Join(group.WaitEmpty(ctx), group.Remove()); err != nil {
			t.Error(err)
		}
	})
	return into(group, "unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--cgroup", "sh", "-c", begin+script)
}
