package rig

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// freeze makes a snapshot with the first accelerator that boots the image.
func (img *Image) freeze(ctx context.Context, b *build) error {
	start := time.Now()
	var err error
	for _, accel := range img.Suite.architecture().accelerators() {
		fmt.Fprintf(img.log, "rig: booting %s with %s; once\n", img.Suite.Name, accel)
		if err = img.freezeWith(ctx, accel, b); err == nil {
			logTime(img.log, "booting "+img.Suite.Name, start)
			return nil
		}
		if ctx.Err() != nil {
			return err
		}
		fmt.Fprintf(img.log, "rig: %s failed: %v\n", accel, err)
	}
	return err
}

// freezeWith boots a machine on a new disk and saves its state next to it.
func (img *Image) freezeWith(ctx context.Context, accel accelerator, b *build) error {
	if err := os.RemoveAll(b.out); err != nil {
		return err
	}
	if err := os.Mkdir(b.out, 0o755); err != nil {
		return err
	}
	if err := img.snapshotDisk(ctx, b); err != nil {
		return err
	}
	m, v, err := img.boot(ctx, accel, b.out)
	if err != nil {
		return err
	}
	defer m.Close()
	if err := v.save(ctx, filepath.Join(b.out, snapshotState)); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(b.out, snapshotAccel), []byte(accel), 0o644)
}

// probeTimeout limits a boot with KVM: a guest that KVM cannot run may hang without a
// message.
const probeTimeout = time.Minute

// boot boots a machine on the disk in dir.
func (img *Image) boot(ctx context.Context, accel accelerator, dir string) (*Machine, *vm, error) {
	if accel == kvm {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, probeTimeout)
		defer cancel()
	}
	v, err := startVM(ctx, processor{img.Suite.architecture(), accel}, dir, disk{File: snapshotDisk, Keep: true})
	if err != nil {
		return nil, nil, err
	}
	if err := v.waitFor(ctx, v.sshd); err != nil {
		return nil, nil, v.failed(err)
	}
	m, err := newMachine(ctx, img, v)
	if err == nil {
		err = m.warmUp(ctx)
	}
	return m, v, err
}

// warmUpScript starts polkit, which otherwise starts when first needed. In an emulated
// machine its start takes longer than logind waits for it.
//
// It also keeps a group with a quota. With the first quota the kernel patches its scheduler
// while it runs (static_branch_inc in kernel/sched/core.c). QEMU's translator, with a thread
// for each processor, was once seen to run a breakpoint of that patch when it was over, and
// the kernel panicked ("Oops: int3" in dequeue_entity).
const warmUpScript = `systemctl start polkit &&
	printf '[Slice]\nCPUQuota=50%%\n' >/run/systemd/system/quota.slice && systemctl daemon-reload && systemctl start quota.slice`

// warmUp runs warmUpScript. It ends the machine on failure.
func (m *Machine) warmUp(ctx context.Context) error {
	out, err := m.RunAs(ctx, "root", warmUpScript)
	if err == nil && out.Status != 0 {
		err = fmt.Errorf("%s: %s", warmUpScript, out.Stderr)
	}
	if err != nil {
		m.Close()
	}
	return err
}
