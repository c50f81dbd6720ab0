package rig

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// diskParts makes what a virtual machine boots from: boot/vmlinuz, boot/initrd
// and disk.ext4.
func (img *Image) diskParts(ctx context.Context) error {
	err := img.once("boot", func(out string) error { return img.unpackKernel(ctx, out) })
	if err != nil {
		return fmt.Errorf("unpack the kernel of %s: %w", img.Suite.Name, err)
	}
	err = img.once("disk.ext4", func(out string) error { return img.makeDisk(ctx, out) })
	if err != nil {
		return fmt.Errorf("make a disk of %s: %w", img.Suite.Name, err)
	}
	return nil
}

// unpackKernel takes kernel and initial ramdisk from the image, which has one
// of each, and takes the versions off their names.
func (img *Image) unpackKernel(ctx context.Context, out string) error {
	if err := os.Mkdir(out, 0o755); err != nil {
		return err
	}
	tar := exec.CommandContext(ctx, "tar", "-x", "-f", img.path("rootfs.tar"), "-C", out,
		"--wildcards", `--transform=s,.*/\([a-z]*\)[^/]*$,\1,`, "./boot/vmlinuz-*", "./boot/initrd.img-*")
	return runQuietly(tar, img.log)
}

// diskScript makes a disk from a tree in memory, which vanishes with the mount
// namespace: what a user namespace unpacks into a directory on disk has owners
// that its user cannot remove later. devtmpfs brings the device nodes, which a
// user namespace cannot make.
const diskScript = `
mount -t tmpfs -o mode=0755 tmpfs "$3"
tar -x -f "$1" -C "$3" --exclude='./dev/*'
mke2fs -q -t ext4 -d "$3" "$2" 3G`

// makeDisk makes the root file system in a sparse file. It needs no root.
func (img *Image) makeDisk(ctx context.Context, out string) error {
	tree := out + ".tree"
	if err := os.Mkdir(tree, 0o755); err != nil {
		return err
	}
	defer os.Remove(tree) // it is empty outside of the namespace
	args := []string{"--mount"}
	if os.Geteuid() != 0 {
		args = append(args, "--map-root-user", "--map-auto")
	}
	args = append(args, "--", "sh", "-euc", diskScript, "sh", img.path("rootfs.tar"), out, tree)
	unshare := exec.CommandContext(ctx, "unshare", args...)
	// mke2fs is where an ordinary user's PATH may not lead.
	unshare.Env = append(os.Environ(), "PATH="+os.Getenv("PATH")+":/usr/sbin:/sbin")
	return runQuietly(unshare, img.log)
}

// snapshotDisk makes an empty layer over the disk for a snapshot in dir, which
// lies next to the disk.
func (img *Image) snapshotDisk(ctx context.Context, dir string) error {
	return runQuietly(exec.CommandContext(ctx, "qemu-img", "create", "-q", "-f", "qcow2",
		"-b", "../disk.ext4", "-F", "raw", filepath.Join(dir, snapshotDisk)), img.log)
}
