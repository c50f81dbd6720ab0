package rig

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// containerConfig is what the parent tells the process that becomes the
// container's init.
type containerConfig struct {
	Root    string // lower layer: the image's tree, never written to
	Scratch string // an empty directory to mount things on
}

// container is a systemd in namespaces of its own.
type container struct {
	init    *os.Process
	ended   chan struct{} // closed when init has been waited for
	cgroup  string
	scratch string
}

// StartContainer boots a container from img and waits until it can be logged in
// to. It needs root. What the container writes is lost when it ends.
func StartContainer(ctx context.Context, img *Image) (*Machine, error) {
	if os.Geteuid() != 0 {
		return nil, fmt.Errorf("start a container: needs root")
	}
	root, err := img.Root(ctx)
	if err != nil {
		return nil, err
	}
	c := &container{ended: make(chan struct{})}
	if err := c.start(root); err != nil {
		c.close()
		return nil, fmt.Errorf("start container %s: %w", img.Suite.Name, err)
	}
	return newMachine(ctx, img, c)
}

// start makes the group and the directory, then the process in them.
func (c *container) start(root string) error {
	removeDeadContainers()
	var err error
	if c.scratch, err = os.MkdirTemp("", ownName()); err != nil {
		return err
	}
	if c.cgroup, err = makeContainerCgroup(); err != nil {
		return err
	}
	config, err := json.Marshal(containerConfig{Root: root, Scratch: c.scratch})
	if err != nil {
		return err
	}
	return c.spawn(config)
}

// spawn starts this program again, in new namespaces, to become the container's
// init by way of [Init].
func (c *container) spawn(config []byte) error {
	group, err := os.Open(c.cgroup)
	if err != nil {
		return err
	}
	defer group.Close()
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = []string{initVariable + "=" + string(config)}
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWUTS |
			unix.CLONE_NEWIPC | unix.CLONE_NEWNET,
		UseCgroupFD: true,
		CgroupFD:    int(group.Fd()),
		Setsid:      true,
		Pdeathsig:   syscall.SIGKILL,
	}
	if err := startWithThread(cmd, c.ended); err != nil {
		return err
	}
	c.init = cmd.Process
	return nil
}

// startWithThread starts cmd from a thread that lives until cmd has ended, then
// closes ended. The parent-death signal comes when the *thread* that forked ends
// (prctl(2), PR_SET_PDEATHSIG), and Go ends threads as it likes.
func startWithThread(cmd *exec.Cmd, ended chan struct{}) error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := cmd.Start(); err != nil {
			started <- err
			return
		}
		started <- nil
		cmd.Wait() // how a killed machine ended says nothing
		close(ended)
	}()
	return <-started
}

// dial connects to a port of the container's loopback interface.
func (c *container) dial(ctx context.Context, port int) (net.Conn, error) {
	type result struct {
		conn net.Conn
		err  error
	}
	done := make(chan result)
	go func() {
		// Not unlocked: the thread ends with the goroutine, since it is in a
		// network namespace where nothing else may run.
		runtime.LockOSThread()
		if err := enterNetwork(c.init.Pid); err != nil {
			done <- result{err: err}
			return
		}
		conn, err := new(net.Dialer).DialContext(ctx, "tcp4", fmt.Sprintf("127.0.0.1:%d", port))
		done <- result{conn, err}
	}()
	r := <-done
	return r.conn, r.err
}

// enterNetwork moves the calling thread into the network namespace of pid.
func enterNetwork(pid int) error {
	ns, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", pid))
	if err != nil {
		return err
	}
	defer ns.Close()
	return unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET)
}

// journal reads the log from outside, for a machine that cannot be logged in to.
func (c *container) journal() string {
	cmd := exec.Command("chroot", fmt.Sprintf("/proc/%d/root", c.init.Pid),
		"journalctl", "--no-pager", "--boot", "--lines=200")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Sprintf("%s(no journal: %v)\n", out, err)
	}
	return string(out)
}

// exited is closed when the container has ended.
func (c *container) exited() <-chan struct{} { return c.ended }

// slowness is none: the container runs on the host's kernel.
func (c *container) slowness() int { return 1 }

// close ends the container: with its init the kernel kills all its processes
// and drops its mounts.
func (c *container) close() {
	if c.init != nil {
		c.init.Kill() // it may have ended by itself
		<-c.ended
	}
	if c.cgroup != "" {
		removeCgroupTree(c.cgroup)
	}
	if c.scratch != "" {
		os.Remove(c.scratch)
	}
}

// ownName begins the names of what a container needs outside, with the PID of the
// process that must remove it.
func ownName() string { return fmt.Sprintf("gorun-rig-%d-", os.Getpid()) }

// makeContainerCgroup makes a group at the top of the cgroup v2 hierarchy, with
// all controllers that the host has there.
func makeContainerCgroup() (string, error) {
	top, err := cgroupTop()
	if err != nil {
		return "", err
	}
	if err := enableControllers(top); err != nil {
		return "", err
	}
	group, err := os.MkdirTemp(top, ownName())
	if err != nil {
		return "", err
	}
	return group, os.Chmod(group, 0o755) // the container's users look into it
}

// enableControllers hands every controller of a group on to its children.
func enableControllers(group string) error {
	have, err := os.ReadFile(filepath.Join(group, "cgroup.controllers"))
	if err != nil {
		return err
	}
	for _, controller := range strings.Fields(string(have)) {
		err := os.WriteFile(filepath.Join(group, "cgroup.subtree_control"), []byte("+"+controller), 0)
		if err != nil {
			return fmt.Errorf("enable cgroup controller %s: %w", controller, err)
		}
	}
	return nil
}

// cgroupTop is where the host has mounted cgroup v2: /sys/fs/cgroup, or a folder
// in it on a host that has v1 too.
func cgroupTop() (string, error) {
	for _, dir := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/unified"} {
		var st unix.Statfs_t
		if unix.Statfs(dir, &st) == nil && st.Type == unix.CGROUP2_SUPER_MAGIC {
			return dir, nil
		}
	}
	return "", fmt.Errorf("no cgroup v2 hierarchy is mounted")
}

// removeCgroupTree removes a group whose processes have ended, deepest first.
func removeCgroupTree(dir string) {
	entries, _ := os.ReadDir(dir) // gone already
	for _, e := range entries {
		if e.IsDir() {
			removeCgroupTree(filepath.Join(dir, e.Name()))
		}
	}
	unix.Rmdir(dir) // a group that is still busy is removed by a later run
}

// removeDeadContainers removes what runs left that were killed before they could
// do so. Their processes died with them.
func removeDeadContainers() {
	if top, err := cgroupTop(); err == nil { // whoever needs it will say so
		for _, dir := range ofDeadProcesses(top) {
			removeCgroupTree(dir)
		}
	}
	for _, dir := range ofDeadProcesses(os.TempDir()) {
		os.Remove(dir) // empty, its mounts are gone with their namespace
	}
}

// ofDeadProcesses lists what has a name by ownName of a process that has ended.
func ofDeadProcesses(parent string) (dead []string) {
	left, _ := filepath.Glob(filepath.Join(parent, "gorun-rig-*-*")) // the pattern is well-formed
	for _, path := range left {
		var pid int
		fmt.Sscanf(filepath.Base(path), "gorun-rig-%d-", &pid)
		if pid != 0 && unix.Kill(pid, 0) == unix.ESRCH {
			dead = append(dead, path)
		}
	}
	return dead
}
