package rig

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sys/unix"
)

// initVariable carries the configuration to the process that becomes init.
const initVariable = "GORUN_RIG_INIT"

// Init turns the calling process into a container's init or into a keeper, if it was
// started as one. A keeper removes the leftovers of this package's processes. Otherwise
// Init returns at once.
func Init() {
	if os.Getenv(keeperVariable) != "" {
		keep(os.Stdin)
		os.Exit(0)
	}
	if config := os.Getenv(initVariable); config != "" {
		fmt.Fprintln(os.Stderr, "rig: container:", becomeInit(config))
		os.Exit(1)
	}
}

// becomeInit builds the container's file system around the process, then runs
// systemd. It returns only if that fails.
func becomeInit(config string) error {
	runtime.LockOSThread() // the cgroup namespace belongs to the thread until exec
	var c containerConfig
	if err := json.Unmarshal([]byte(config), &c); err != nil {
		return err
	}
	// The process is already in its group, which becomes the namespace's root.
	if err := unix.Unshare(unix.CLONE_NEWCGROUP); err != nil {
		return fmt.Errorf("unshare the cgroup namespace: %w", err)
	}
	root, err := mountRoot(c)
	if err != nil {
		return err
	}
	if err := populate(root); err != nil {
		return err
	}
	if err := enterRoot(root); err != nil {
		return err
	}
	if err := dropCapabilities(); err != nil {
		return err
	}
	return unix.Exec("/sbin/init", []string{"/sbin/init"}, []string{"container=rig"})
}

// mountRoot lays a writable layer in memory over the image.
func mountRoot(c containerConfig) (string, error) {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return "", fmt.Errorf("make mounts private: %w", err)
	}
	if err := unix.Mount("tmpfs", c.Scratch, "tmpfs", 0, "mode=0755"); err != nil {
		return "", fmt.Errorf("mount scratch space: %w", err)
	}
	dir := func(name string) string { return filepath.Join(c.Scratch, name) }
	for _, name := range []string{"upper", "work", "root"} {
		if err := os.Mkdir(dir(name), 0o755); err != nil {
			return "", err
		}
	}
	options := fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s", c.Root, dir("upper"), dir("work"))
	if err := unix.Mount("overlay", dir("root"), "overlay", 0, options); err != nil {
		return "", fmt.Errorf("mount overlay: %w", err)
	}
	return dir("root"), nil
}

// populate mounts the file systems that systemd expects from a container manager
// (https://systemd.io/CONTAINER_INTERFACE).
func populate(root string) error {
	mounts := []struct {
		kind, dir string
		flags     uintptr
		options   string
	}{
		{"proc", "proc", unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC, ""},
		{"tmpfs", "dev", unix.MS_NOSUID, "mode=0755"},
		{"devpts", "dev/pts", unix.MS_NOSUID | unix.MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5"},
		{"tmpfs", "dev/shm", unix.MS_NOSUID | unix.MS_NODEV, "mode=1777"},
		{"tmpfs", "run", unix.MS_NOSUID | unix.MS_NODEV, "mode=0755"},
		// A read-only sysfs keeps udev from managing the host's devices.
		{"sysfs", "sys", unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC | unix.MS_RDONLY, ""},
		{"cgroup2", "sys/fs/cgroup", unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC, ""},
	}
	for _, m := range mounts {
		dir := filepath.Join(root, m.dir)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		if err := unix.Mount(m.kind, dir, m.kind, m.flags, m.options); err != nil {
			return fmt.Errorf("mount %s on /%s: %w", m.kind, m.dir, err)
		}
	}
	if err := protectKernelSettings(root); err != nil {
		return err
	}
	return makeDevices(filepath.Join(root, "dev"))
}

// protectKernelSettings makes /proc/sys read-only, because it belongs to the host.
func protectKernelSettings(root string) error {
	dir := filepath.Join(root, "proc/sys")
	if err := unix.Mount(dir, dir, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("bind /proc/sys: %w", err)
	}
	flags := uintptr(unix.MS_BIND | unix.MS_REMOUNT | unix.MS_RDONLY | unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC)
	if err := unix.Mount("", dir, "", flags, ""); err != nil {
		return fmt.Errorf("make /proc/sys read-only: %w", err)
	}
	return nil
}

// makeDevices makes the standard device nodes, with the kernel's numbers
// (Documentation/admin-guide/devices.txt).
func makeDevices(dev string) error {
	defer unix.Umask(unix.Umask(0))
	for name, number := range map[string]uint64{
		"null": unix.Mkdev(1, 3), "zero": unix.Mkdev(1, 5), "full": unix.Mkdev(1, 7),
		"random": unix.Mkdev(1, 8), "urandom": unix.Mkdev(1, 9), "tty": unix.Mkdev(5, 0),
		"console": unix.Mkdev(1, 3), // nobody reads it
	} {
		if err := unix.Mknod(filepath.Join(dev, name), unix.S_IFCHR|0o666, int(number)); err != nil {
			return fmt.Errorf("make /dev/%s: %w", name, err)
		}
	}
	for name, target := range map[string]string{
		"ptmx": "pts/ptmx", "fd": "/proc/self/fd", "stdin": "/proc/self/fd/0",
		"stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2",
	} {
		if err := os.Symlink(target, filepath.Join(dev, name)); err != nil {
			return err
		}
	}
	return nil
}

// enterRoot makes root the process's root and unmounts the host's.
func enterRoot(root string) error {
	if err := unix.Chdir(root); err != nil {
		return err
	}
	if err := unix.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("pivot root: %w", err)
	}
	// The old root now lies over the new one (pivot_root(2), NOTES).
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("leave the host's root: %w", err)
	}
	if err := unix.Chdir("/"); err != nil {
		return err
	}
	return unix.Sethostname([]byte("rig"))
}

// dropCapabilities drops the capabilities that would affect the host.
func dropCapabilities() error {
	for _, c := range []uintptr{unix.CAP_SYS_MODULE, unix.CAP_SYS_TIME, unix.CAP_SYSLOG, unix.CAP_SYS_RAWIO} {
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0); err != nil {
			return fmt.Errorf("drop capability %d: %w", c, err)
		}
	}
	return nil
}
