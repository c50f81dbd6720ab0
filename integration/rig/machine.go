package rig

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// bootTimeout limits the time from power-on to a login. An emulated machine takes about
// half a minute, and several minutes on a busy host.
const bootTimeout = 8 * time.Minute

// Machine is a running system with systemd as its init.
type Machine struct {
	Suite Suite
	host  host
	key   ssh.Signer
	image *Image // keeps the image in the cache while the machine lives
}

// host is the container or virtual machine of a machine.
type host interface {
	dial(ctx context.Context, port int) (net.Conn, error)
	journal() string
	exited() <-chan struct{}
	slowness() int
	close()
}

// newMachine waits until h, just started, has booted.
func newMachine(ctx context.Context, img *Image, h host) (*Machine, error) {
	return connect(ctx, img, h, waitForBoot)
}

// connect logs in to h as root as soon as possible, calls ready, and logs out again.
func connect(ctx context.Context, img *Image, h host, ready func(context.Context, *Login) error) (*Machine, error) {
	key, err := readKey(img.keyFile())
	if err != nil {
		h.close()
		return nil, err
	}
	m := &Machine{Suite: img.Suite, host: h, key: key, image: img}
	if err := m.comeUp(ctx, ready); err != nil {
		err = fmt.Errorf("boot %s: %w\n%s", m.Suite.Name, err, h.journal())
		m.Close()
		return nil, err
	}
	return m, nil
}

// comeUp does the work of connect without the cleanup.
func (m *Machine) comeUp(ctx context.Context, ready func(context.Context, *Login) error) error {
	ctx, cancel := context.WithTimeout(ctx, bootTimeout)
	defer cancel()
	root, err := m.firstLogin(ctx)
	if err != nil {
		return err
	}
	defer root.Close()
	if err := ready(ctx, root); err != nil {
		return err
	}
	return root.logout(ctx)
}

// waitForBoot returns when all units of the default target have started.
func waitForBoot(ctx context.Context, root *Login) error {
	out, err := root.Run(ctx, "systemctl is-system-running --wait")
	if err != nil {
		return err
	}
	if state := strings.TrimSpace(out.Stdout); state != "running" {
		failed, _ := root.Run(ctx, "systemctl --failed --no-legend") // only for the message
		return fmt.Errorf("the system is %q, not running: %s", state, failed.Stdout)
	}
	return nil
}

// firstLogin retries until sshd answers: nothing else can be seen from outside.
func (m *Machine) firstLogin(ctx context.Context) (*Login, error) {
	for {
		login, err := m.Login(ctx, "root")
		if err == nil {
			return login, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%w; last: %w", ctx.Err(), err)
		case <-m.host.exited():
			return nil, errors.New("the machine has ended")
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Journal returns the newest 200 lines of the machine's log since it booted.
func (m *Machine) Journal(ctx context.Context) string {
	out, err := m.RunAs(ctx, "root", "journalctl --no-pager --boot --lines=200")
	if err != nil {
		return m.host.journal()
	}
	return out.Stdout
}

// RunAs logs user in, runs a shell script, and logs out.
func (m *Machine) RunAs(ctx context.Context, user, script string) (Output, error) {
	login, err := m.Login(ctx, user)
	if err != nil {
		return Output{}, err
	}
	defer login.Close()
	return login.Run(ctx, script)
}

// Slowness is how many times slower programs may run on the machine than on the host: 1
// for containers and with KVM, about 30 under emulation. Tests have to multiply their
// deadlines by it.
func (m *Machine) Slowness() int { return m.host.slowness() }

// Close ends the machine and removes what it made on the host.
func (m *Machine) Close() { m.host.close() }

// Controllers lists the cgroup controllers of the machine's system manager, such as
// "memory". A container has only those that its host has on cgroup v2.
func (m *Machine) Controllers(ctx context.Context) ([]string, error) {
	return m.controllers(ctx, "root", "")
}

// UserControllers lists the cgroup controllers that are delegated to a user's manager.
func (m *Machine) UserControllers(ctx context.Context, user string) ([]string, error) {
	return m.controllers(ctx, user, "$(systemctl --user show --value --property=ControlGroup)")
}

// controllers reads the controllers of a group as user. The shell expands group.
func (m *Machine) controllers(ctx context.Context, user, group string) ([]string, error) {
	out, err := m.RunAs(ctx, user, "cat /sys/fs/cgroup"+group+"/cgroup.controllers")
	if err != nil {
		return nil, err
	}
	if out.Status != 0 {
		return nil, fmt.Errorf("read the cgroup controllers of %s: %s", user, out.Stderr)
	}
	return strings.Fields(out.Stdout), nil
}
