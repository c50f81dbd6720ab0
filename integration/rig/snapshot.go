package rig

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// A snapshot is a directory in the cache with these files: a booted machine.
const (
	snapshotDisk  = "disk.qcow2" // a layer over the image's disk
	snapshotState = "state"      // memory and devices, a migration stream
	snapshotAccel = "accel"      // the accelerator that the state belongs to
)

// snapshot is a machine that booted, was frozen, and can be resumed any number
// of times at once.
//
// The state is a migration stream in a file of its own. QEMU's savevm would put
// it into the qcow2 file, where loadvm finds it only in the top layer: every
// start would have to copy it.
type snapshot struct {
	img   *Image
	part  string
	info  os.FileInfo // of the directory, to tell it from one made later
	accel accelerator
}

// probeTimeout bounds a boot with KVM: a guest that KVM cannot run may hang
// without a word.
const probeTimeout = time.Minute

// snapshot finds the snapshot for this host or makes it.
func (img *Image) snapshot(ctx context.Context) (*snapshot, error) {
	host, err := hostID(ctx)
	if err != nil {
		return nil, err
	}
	if err := img.diskParts(ctx); err != nil {
		return nil, err
	}
	s := &snapshot{img: img, part: "snapshot-" + host}
	err = img.once(s.part, func(out string) error { return img.freeze(ctx, out) })
	if err != nil {
		return nil, fmt.Errorf("make a snapshot of %s: %w", img.Suite.Name, err)
	}
	if s.info, err = os.Stat(img.path(s.part)); err != nil {
		return nil, err
	}
	accel, err := os.ReadFile(filepath.Join(img.path(s.part), snapshotAccel))
	s.accel = accelerator(accel)
	return s, err
}

// hostID names what a state depends on: QEMU, the command line, the processor,
// and whether there is a KVM to try.
func hostID(ctx context.Context) (string, error) {
	version, err := exec.CommandContext(ctx, "qemu-system-x86_64", "--version").Output()
	if err != nil {
		return "", fmt.Errorf("find QEMU: %w", err)
	}
	processor, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\n%q\n%q\n%q\n", version, processorModel(string(processor)),
		machineArgs(tcg, disk{}), accelerators())
	return hex.EncodeToString(sum.Sum(nil))[:12], nil
}

// processorModel takes what names a processor and its features from a file with
// lines like
//
//	model name	: AMD EPYC
//	cpu MHz		: 2596.094
//	flags		: fpu vme de pse
func processorModel(cpuinfo string) []string {
	first, _, _ := strings.Cut(cpuinfo, "\n\n") // they are all alike
	var model []string
	for line := range strings.Lines(first) {
		if strings.HasPrefix(line, "model name") || strings.HasPrefix(line, "flags") {
			model = append(model, line)
		}
	}
	return model
}

// accelerators lists what to try, best first.
func accelerators() []accelerator {
	f, err := os.OpenFile("/dev/kvm", os.O_RDWR, 0)
	if err != nil {
		return []accelerator{tcg}
	}
	f.Close()
	return []accelerator{kvm, tcg}
}

// freeze makes a snapshot with the first accelerator that boots the image.
func (img *Image) freeze(ctx context.Context, out string) error {
	var err error
	for _, accel := range accelerators() {
		fmt.Fprintf(img.log, "rig: booting %s with %s; once\n", img.Suite.Name, accel)
		if err = img.freezeWith(ctx, accel, out); err == nil || ctx.Err() != nil {
			return err
		}
		fmt.Fprintf(img.log, "rig: %s failed: %v\n", accel, err)
	}
	return err
}

// freezeWith boots a machine on a disk in out and puts its state there.
func (img *Image) freezeWith(ctx context.Context, accel accelerator, out string) error {
	if err := os.RemoveAll(out); err != nil {
		return err
	}
	if err := os.Mkdir(out, 0o755); err != nil {
		return err
	}
	if err := img.snapshotDisk(ctx, out); err != nil {
		return err
	}
	m, v, err := img.boot(ctx, accel, out)
	if err != nil {
		return err
	}
	defer m.Close()
	if err := v.save(ctx, filepath.Join(out, snapshotState)); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, snapshotAccel), []byte(accel), 0o644)
}

// boot boots a machine on the disk in dir.
func (img *Image) boot(ctx context.Context, accel accelerator, dir string) (*Machine, *vm, error) {
	if accel == kvm {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, probeTimeout)
		defer cancel()
	}
	v, err := startVM(ctx, accel, dir, disk{File: snapshotDisk, Keep: true})
	if err != nil {
		return nil, nil, err
	}
	m, err := newMachine(ctx, img, v)
	return m, v, err
}

// resume starts a machine from the image's snapshot. When that fails, the
// snapshot is returned, if it was got as far as that.
func (img *Image) resume(ctx context.Context) (*Machine, *snapshot, error) {
	s, err := img.snapshot(ctx)
	if err != nil {
		return nil, nil, err
	}
	dir := img.path(s.part)
	v, err := startVM(ctx, s.accel, dir, disk{File: snapshotDisk}, dormant{})
	if err != nil {
		return nil, s, err
	}
	if err := v.load(ctx, filepath.Join(dir, snapshotState)); err != nil {
		return nil, s, v.failed(err)
	}
	m, err := connect(ctx, img, v, awake)
	return m, s, err
}

// discard removes the snapshot, unless somebody has made another one meanwhile.
// Machines that run from it keep it open.
func (s *snapshot) discard() {
	unlock, err := lockFile(s.img.path("lock"))
	if err != nil {
		return // making it anew will say so
	}
	defer unlock()
	now, err := os.Stat(s.img.path(s.part))
	if err == nil && os.SameFile(now, s.info) {
		os.RemoveAll(s.img.path(s.part)) // what stays will fail again, and say so
	}
}
