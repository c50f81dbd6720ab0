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

// bootTimeout bounds the time from power-on to a login, also for an emulated
// machine on a busy host, where it is about half a minute.
const bootTimeout = 4 * time.Minute

// Machine is a running system with systemd as its init.
type Machine struct {
	Suite Suite
	host  host
	key   ssh.Signer
}

// host is what a machine runs on: a container or a virtual machine.
type host interface {
	dial(ctx context.Context, port int) (net.Conn, error)
	journal() string
	exited() <-chan struct{}
	close()
}

// newMachine waits until the freshly started h has booted.
func newMachine(ctx context.Context, img *Image, h host) (*Machine, error) {
	key, err := readKey(img.keyFile())
	if err != nil {
		h.close()
		return nil, err
	}
	m := &Machine{Suite: img.Suite, host: h, key: key}
	if err := m.waitForBoot(ctx); err != nil {
		err = fmt.Errorf("boot %s: %w\n%s", m.Suite.Name, err, h.journal())
		m.Close()
		return nil, err
	}
	return m, nil
}

// waitForBoot returns when every unit of the default target has been started.
func (m *Machine) waitForBoot(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, bootTimeout)
	defer cancel()
	root, err := m.firstLogin(ctx)
	if err != nil {
		return err
	}
	defer root.Close()
	out, err := root.Run(ctx, "systemctl is-system-running --wait")
	if err != nil {
		return err
	}
	if state := strings.TrimSpace(out.Stdout); state != "running" {
		failed, _ := root.Run(ctx, "systemctl --failed --no-legend") // decoration of the error
		return fmt.Errorf("the system is %q, not running: %s", state, failed.Stdout)
	}
	return nil
}

// firstLogin tries until sshd answers: nothing else tells from outside.
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

// Journal is the machine's log since it booted, the newest 200 lines.
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

// Close ends the machine and all that it made outside.
func (m *Machine) Close() { m.host.close() }
