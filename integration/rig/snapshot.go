package rig

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// A snapshot is a directory in the cache with these files: a booted machine.
const (
	snapshotDisk  = "disk.qcow2" // a layer over the image's disk
	snapshotState = "state"      // memory and devices, a migration stream
	snapshotAccel = "accel"      // the accelerator that the state belongs to
)

// snapshot is a machine that was booted and frozen. It can be resumed any number of times
// in parallel.
//
// The state is a migration stream in its own file. QEMU's savevm would put it into the
// qcow2 file, where loadvm finds it only in the top layer: every start would have to
// copy it.
type snapshot struct {
	img       *Image
	part      string
	info      os.FileInfo // identifies the directory, in case another one replaces it
	processor processor
}

// snapshot finds the snapshot for this host or makes it.
func (img *Image) snapshot(ctx context.Context) (*snapshot, error) {
	arch := img.Suite.architecture()
	host, err := hostID(ctx, arch)
	if err != nil {
		return nil, err
	}
	if err := img.makeDisk(ctx); err != nil {
		return nil, err
	}
	s := &snapshot{img: img, part: "snapshot-" + host}
	err = img.once(s.part, func(b *build) error { return img.freeze(ctx, b) })
	if err != nil {
		return nil, fmt.Errorf("make a snapshot of %s: %w", img.Suite.Name, err)
	}
	if s.info, err = os.Stat(img.path(s.part)); err != nil {
		return nil, err
	}
	accel, err := os.ReadFile(filepath.Join(img.path(s.part), snapshotAccel))
	s.processor = processor{arch, accelerator(accel)}
	return s, err
}

// MakeSnapshot makes a disk and the snapshot of a booted machine, as the first [StartVM]
// on this host would. It does nothing if the cache has them.
func (img *Image) MakeSnapshot(ctx context.Context) error {
	_, err := img.snapshot(ctx)
	return err
}

// resume starts a machine from the image's snapshot. If that fails, it returns the
// snapshot, if there is one.
func (img *Image) resume(ctx context.Context) (*Machine, *snapshot, error) {
	s, err := img.snapshot(ctx)
	if err != nil {
		return nil, nil, err
	}
	dir := img.path(s.part)
	v, err := startVM(ctx, s.processor, dir, disk{File: snapshotDisk}, dormant{})
	if err != nil {
		return nil, s, err
	}
	if err := v.load(ctx, filepath.Join(dir, snapshotState)); err != nil {
		return nil, s, v.failed(err)
	}
	m, err := connect(ctx, img, v, awake)
	return m, s, err
}

// discard removes the snapshot, unless another one has replaced it. Machines that run
// from it keep its files open.
func (s *snapshot) discard() {
	unlock, err := lockFile(s.img.path("lock"))
	if err != nil {
		return // making the next snapshot reports the error
	}
	defer unlock()
	now, err := os.Stat(s.img.path(s.part))
	if err == nil && os.SameFile(now, s.info) {
		os.RemoveAll(s.img.path(s.part)) // if it fails, the next resume reports an error
	}
}
