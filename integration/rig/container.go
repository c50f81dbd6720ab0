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
	"syscall"

	"golang.org/x/sys/unix"
)

// containerConfig is the configuration for the process that becomes the container's
// init.
type containerConfig struct {
	Root    string // lower layers, as in overlay's lowerdir: the image's tree, never written to
	Scratch string // an empty directory for mounts
}

// container is a systemd in its own namespaces.
type container struct {
	init   *os.Process
	ended  chan struct{} // closed when init has been waited for
	keeper *keeper       // removes the group and the directory
}

// StartContainer boots a container from img and waits until users can log in. It needs
// root. The container's files are lost when it ends.
func StartContainer(ctx context.Context, img *Image) (*Machine, error) {
	if os.Geteuid() != 0 {
		return nil, fmt.Errorf("start a container: needs root")
	}
	if img.Suite.Foreign() {
		return nil, fmt.Errorf("start container %s: this processor cannot run it: use a virtual machine", img.Suite.Name)
	}
	c := &container{ended: make(chan struct{})}
	if err := c.start(img.lower()); err != nil {
		c.close()
		return nil, fmt.Errorf("start container %s: %w", img.Suite.Name, err)
	}
	return newMachine(ctx, img, c)
}

// start makes the cgroup and the directory, then starts the process in them.
func (c *container) start(root string) error {
	removeDeadContainers()
	top, err := cgroupTop()
	if err != nil {
		return err
	}
	if c.keeper, err = startKeeper(); err != nil {
		return err
	}
	name := ownName()
	scratch, group := filepath.Join(os.TempDir(), name), filepath.Join(top, name)
	if err := c.makeDirectories(scratch, group); err != nil {
		return err
	}
	return c.spawn(containerConfig{Root: root, Scratch: scratch}, group)
}

// makeDirectories makes the directory and the cgroup. The keeper removes them.
func (c *container) makeDirectories(scratch, group string) error {
	if err := c.keeper.add(leftover{Path: scratch}); err != nil {
		return err
	}
	if err := os.Mkdir(scratch, 0o700); err != nil {
		return err
	}
	if err := c.keeper.add(leftover{Cgroup: group}); err != nil {
		return err
	}
	return makeCgroup(group)
}

// spawn re-executes this program in group and in new namespaces. There [Init] turns it
// into the container's init.
func (c *container) spawn(config containerConfig, group string) error {
	text, err := json.Marshal(config)
	if err != nil {
		return err
	}
	dir, err := os.Open(group)
	if err != nil {
		return err
	}
	defer dir.Close()
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = []string{initVariable + "=" + string(text)}
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWUTS |
			unix.CLONE_NEWIPC | unix.CLONE_NEWNET,
		UseCgroupFD: true,
		CgroupFD:    int(dir.Fd()),
		Setsid:      true,
		Pdeathsig:   syscall.SIGKILL,
	}
	if err := startWithThread(cmd, c.ended); err != nil {
		return err
	}
	c.init = cmd.Process
	return nil
}

// startWithThread starts cmd from a thread that lives until cmd has ended, then closes
// ended. The parent-death signal is sent when the *thread* that forked ends (prctl(2),
// PR_SET_PDEATHSIG), and Go may end a thread at any time.
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
		cmd.Wait() // the machine is killed, so its status says nothing
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
		// Not unlocked, so that the thread ends with the goroutine: no other goroutine
		// may run in this network namespace.
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

// journal reads the log from outside, for a machine where nobody can log in.
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

// slowness is 1: the container runs on the host's kernel.
func (c *container) slowness() int { return 1 }

// close ends the container. When its init is killed, the kernel kills all its processes
// and removes its mounts.
func (c *container) close() {
	if c.init != nil {
		c.init.Kill() // it may have ended by itself
		<-c.ended
	}
	if c.keeper != nil {
		c.keeper.close()
	}
}

// removeDeadContainers removes the leftovers of runs whose keeper was killed too.
func removeDeadContainers() {
	if top, err := cgroupTop(); err == nil { // start reports the error
		for _, dir := range ofDeadProcesses(top) {
			removeCgroupTree(dir) // the next run tries again
		}
	}
	for _, dir := range ofDeadProcesses(os.TempDir()) {
		removeTree(dir) // the next run tries again
	}
}

// ofDeadProcesses lists the files in parent that have an ownName of a process that has
// ended.
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
