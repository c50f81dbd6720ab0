package rig

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// diskPart is the directory with the files that a virtual machine boots from: vmlinuz,
// initrd and disk.ext4, the root file system.
const diskPart = "disk"

// makeDisk makes the files of a virtual machine unless they exist.
func (img *Image) makeDisk(ctx context.Context) error {
	err := img.once(diskPart, func(b *build) error { return img.buildDisk(ctx, b) })
	if err != nil {
		return fmt.Errorf("make a disk of %s: %w", img.Suite.Name, err)
	}
	return nil
}

// diskScript makes the files in the directory $2 from the tree $1. It unpacks a tar file
// in memory, which vanishes with the mount namespace. On disk the files would belong to
// other UIDs of the user namespace, and the user could not remove them. devtmpfs
// provides the device nodes, which a user namespace cannot make.
const diskScript = `
tree=$1
if [ -f "$1" ]; then
	tree=$2/tree
	mkdir "$tree"
	mount -t tmpfs -o mode=0755 tmpfs "$tree"
	tar -x -f "$1" -C "$tree" --exclude='./dev/*'
fi
cp "$tree"/boot/vmlinuz-* "$2/vmlinuz"
cp "$tree"/boot/initrd.img-* "$2/initrd"
mke2fs -q -t ext4 -d "$tree" "$2/disk.ext4" 3G`

// buildDisk makes the files. The disk is a sparse file. It does not need root.
func (img *Image) buildDisk(ctx context.Context, b *build) error {
	if err := os.Mkdir(b.out, 0o755); err != nil {
		return err
	}
	args := []string{"--mount"}
	if os.Geteuid() != 0 {
		args = append(args, "--map-root-user", "--map-auto")
	}
	args = append(args, "--", "sh", "-euc", diskScript, "sh", img.path(treePart()), b.out)
	unshare := b.command(ctx, "unshare", args...)
	// mke2fs may not be in an ordinary user's PATH.
	unshare.Env = append(os.Environ(), "PATH="+os.Getenv("PATH")+":/usr/sbin:/sbin")
	return b.run(unshare)
}

// snapshotDisk makes an empty layer over the disk for a snapshot. The snapshot's
// directory is next to the disk's.
func (img *Image) snapshotDisk(ctx context.Context, b *build) error {
	return b.run(b.command(ctx, "qemu-img", "create", "-q", "-f", "qcow2",
		"-b", "../"+diskPart+"/disk.ext4", "-F", "raw", filepath.Join(b.out, snapshotDisk)))
}
