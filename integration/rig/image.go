package rig

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Image is a Debian system in the cache. Machines of its suite start from it. Its parts
// are made when first needed.
type Image struct {
	Suite Suite
	dir   string
	layer string // the part with further packages, or "": see [Image.With]
	log   io.Writer
	inUse *os.File // a lock: [Clean] removes nothing while it is open
}

// OpenImage builds suite's image unless the cache has it. It writes progress and failed
// commands' output to log. The image stays in the cache until it is garbage collected or
// the process ends.
func OpenImage(ctx context.Context, suite Suite, log io.Writer) (*Image, error) {
	cache, err := cacheDir()
	if err != nil {
		return nil, err
	}
	inUse, err := useCache(cache, suite)
	if err != nil {
		return nil, err
	}
	img := &Image{Suite: suite, dir: imageDir(cache, suite), log: log, inUse: inUse}
	err = img.once(treePart(), func(b *build) error { return img.buildTree(ctx, b) })
	if err != nil {
		return nil, fmt.Errorf("build image %s: %w", suite.Name, err)
	}
	return img, nil
}

// treePart is the part of an image that the others are made from. For root it is a
// directory, the lower layer of every container; this avoids packing and unpacking. For
// an ordinary user it is a tar file, because the user could not remove the files of a
// Debian system's many users.
func treePart() string {
	if os.Geteuid() == 0 {
		return "root"
	}
	return "rootfs.tar"
}

// path is the path of a part.
func (img *Image) path(part string) string { return filepath.Join(img.dir, part) }

// keyFile is the private key that logs in to machines of this image.
func (img *Image) keyFile() string { return img.path("id_ed25519") }

// once makes a part of the image unless it exists. Several processes may call it at a
// time. A process that dies leaves nothing half-made under the part's name.
func (img *Image) once(part string, make func(*build) error) error {
	if img.has(part) {
		return nil // without waiting for a process that builds another part
	}
	if err := os.MkdirAll(img.dir, 0o755); err != nil {
		return err
	}
	unlock, err := lockFile(img.path("lock"))
	if err != nil {
		return err
	}
	defer unlock()
	if img.has(part) {
		return nil
	}
	img.removeUnfinished(part)
	// The PID is in the name because the keeper of a killed process may still be
	// removing its file.
	b, err := startBuild(img.path(fmt.Sprintf("new-%d-%s", os.Getpid(), part)), img.log)
	if err != nil {
		return err
	}
	defer b.close()
	if err := make(b); err != nil {
		return err
	}
	return os.Rename(b.out, img.path(part))
}

// has reports whether a part exists. A part that does is complete.
func (img *Image) has(part string) bool {
	_, err := os.Stat(img.path(part))
	return err == nil
}

// removeUnfinished removes the leftovers of killed processes whose keepers were killed
// too.
func (img *Image) removeUnfinished(part string) {
	dead, _ := filepath.Glob(img.path("new-*-" + part)) // the pattern is well-formed
	for _, path := range dead {
		removeTree(path) // if it fails, the file only takes space
	}
}

// buildTree makes a customized Debian tree.
func (img *Image) buildTree(ctx context.Context, b *build) error {
	fmt.Fprintf(img.log, "rig: building %s (systemd %d); once, about a minute\n", img.Suite.Name, img.Suite.Systemd)
	start := time.Now()
	public, err := img.publicKey()
	if err != nil {
		return err
	}
	tmp, err := b.temporaryDirectory()
	if err != nil {
		return err
	}
	cmd := b.command(ctx, "mmdebstrap", mmdebstrapArgs(img.Suite, b.out)...)
	cmd.Env = append(os.Environ(), "PUBLIC_KEY="+public, "TMPDIR="+tmp)
	cmd.Env = append(cmd.Env, mmdebstrapEnv...)
	if err := b.run(cmd); err != nil {
		return err
	}
	logTime(img.log, "building "+img.Suite.Name, start)
	return nil
}

// publicKey is the authorized_keys line of the image's key. It makes the key if there is
// none: root and an ordinary user may share a cache.
func (img *Image) publicKey() (string, error) {
	key, err := readKey(img.keyFile())
	if errors.Is(err, fs.ErrNotExist) {
		key, err = makeKey(img.keyFile())
	}
	if err != nil {
		return "", err
	}
	return authorizedKey(key), nil
}
