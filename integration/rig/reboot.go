package rig

import (
	"context"
	"errors"
	"fmt"
)

// Reboot restarts a virtual machine and waits until it has booted. A container cannot
// reboot: it would end.
func (m *Machine) Reboot(ctx context.Context) error { return m.restart(ctx, m.reset) }

// PowerCycle is Reboot without a shutdown, like a power cut. Data that the guest's kernel
// has not written to the disk is lost.
func (m *Machine) PowerCycle(ctx context.Context) error {
	return m.restart(ctx, func(ctx context.Context, mon *monitor) error {
		return mon.execute(ctx, "system_reset", noArguments, nil)
	})
}

// restart calls reset and waits for the next boot.
func (m *Machine) restart(ctx context.Context, reset func(context.Context, *monitor) error) error {
	v, ok := m.host.(*vm)
	if !ok {
		return errors.New("reboot: not a virtual machine")
	}
	v.sshd = v.listening()
	if err := reset(ctx, v.monitor); err != nil {
		return fmt.Errorf("reboot: %w", err)
	}
	err := v.waitFor(ctx, v.sshd)
	if err == nil {
		err = m.comeUp(ctx, waitForBoot)
	}
	if err != nil {
		return fmt.Errorf("boot %s again: %w\n%s", m.Suite.Name, err, v.journal())
	}
	return nil
}

// reset shuts the system down and returns when QEMU resets the machine. A login would not
// show that: sshd may still be running from before.
func (m *Machine) reset(ctx context.Context, mon *monitor) error {
	ctx, cancel := context.WithTimeout(ctx, bootTimeout)
	defer cancel()
	// After this answer, all earlier resets have been read.
	if err := mon.execute(ctx, "query-status", noArguments, nil); err != nil {
		return err
	}
	next := mon.resets + 1
	root, err := m.Login(ctx, "root")
	if err != nil {
		return err
	}
	defer root.Close()
	if _, err := root.Start("systemctl reboot"); err != nil {
		return err
	}
	return mon.waitReset(ctx, next)
}
