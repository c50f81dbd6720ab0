package rig

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Image is a Debian system in the cache: what machines of one suite start from.
// Its parts are made when they are first asked for.
type Image struct {
	Suite Suite
	dir   string
	log   io.Writer
}

// OpenImage builds suite's image unless the cache has it. What is being built,
// and how it goes wrong, is written to log.
func OpenImage(ctx context.Context, suite Suite, log io.Writer) (*Image, error) {
	cache, err := cacheDir()
	if err != nil {
		return nil, err
	}
	img := &Image{
		Suite: suite,
		dir:   filepath.Join(cache, suite.Name+"-"+recipeID(suite)),
		log:   log,
	}
	removeOutdated(cache, img)
	err = img.once("rootfs.tar", func(out string) error { return img.build(ctx, out) })
	if err != nil {
		return nil, fmt.Errorf("build image %s: %w", suite.Name, err)
	}
	return img, nil
}

// cacheDir is where images live: $GORUN_RIG_CACHE, else the user's cache.
func cacheDir() (string, error) {
	if dir := os.Getenv("GORUN_RIG_CACHE"); dir != "" {
		return dir, nil
	}
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find a place for images: %w", err)
	}
	return filepath.Join(base, "gorun-rig"), nil
}

// removeOutdated deletes images of the same suite that an older recipe made.
func removeOutdated(cache string, img *Image) {
	old, _ := filepath.Glob(filepath.Join(cache, img.Suite.Name+"-*")) // the pattern is well-formed
	for _, dir := range old {
		if dir != img.dir {
			os.RemoveAll(dir) // what stays costs space only
		}
	}
}

// path is where the part of that name lies.
func (img *Image) path(part string) string { return filepath.Join(img.dir, part) }

// keyFile is the private key that logs in to machines of this image.
func (img *Image) keyFile() string { return img.path("id_ed25519") }

// once makes a part of the image unless it is there. Several processes may ask
// at a time, and one that dies leaves nothing half-made under the part's name.
func (img *Image) once(part string, make func(out string) error) error {
	if err := os.MkdirAll(img.dir, 0o755); err != nil {
		return err
	}
	unlock, err := lockFile(img.path("lock"))
	if err != nil {
		return err
	}
	defer unlock()
	if _, err := os.Stat(img.path(part)); err == nil {
		return nil
	}
	// What a killed process left. Its tar or mmdebstrap may still be writing, so
	// no name is used twice.
	dead, _ := filepath.Glob(img.path("new-" + part + "-*")) // the pattern is well-formed
	for _, name := range dead {
		os.RemoveAll(name) // what stays costs space only
	}
	tmp := img.path(fmt.Sprintf("new-%s-%d", part, os.Getpid()))
	defer os.RemoveAll(tmp)
	if err := make(tmp); err != nil {
		return err
	}
	return os.Rename(tmp, img.path(part))
}

// lockFile takes an exclusive lock, waiting for as long as another process
// builds: that takes minutes, and the tests have their own deadline.
func lockFile(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|unix.O_CLOEXEC, 0o644)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return func() { f.Close() }, nil
}

// build packs a customized Debian tree into the tar file out.
func (img *Image) build(ctx context.Context, out string) error {
	fmt.Fprintf(img.log, "rig: building %s (systemd %d); once, about a minute\n", img.Suite.Name, img.Suite.Systemd)
	public, err := makeKey(img.keyFile())
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "mmdebstrap", mmdebstrapArgs(img.Suite, out+".tar")...)
	cmd.Env = append(os.Environ(), "PUBLIC_KEY="+public)
	if err := runQuietly(cmd, img.log); err != nil {
		return err
	}
	return os.Rename(out+".tar", out)
}

// Root is the unpacked tree, the lower layer of every container. It needs root,
// since the tree's files have many owners.
func (img *Image) Root(ctx context.Context) (string, error) {
	err := img.once("root", func(out string) error {
		if err := os.Mkdir(out, 0o755); err != nil {
			return err
		}
		return runQuietly(exec.CommandContext(ctx, "tar", "-xf", img.path("rootfs.tar"), "-C", out), img.log)
	})
	if err != nil {
		return "", fmt.Errorf("unpack image %s: %w", img.Suite.Name, err)
	}
	return img.path("root"), nil
}

// runQuietly runs cmd and shows its output only if it fails.
func runQuietly(cmd *exec.Cmd, log io.Writer) error {
	out, err := cmd.CombinedOutput()
	if err != nil {
		log.Write(out) // log is best effort: the error below says what failed
		return fmt.Errorf("%s: %w", filepath.Base(cmd.Path), err)
	}
	return nil
}
