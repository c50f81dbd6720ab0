package rig

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// cacheDir is where images live: $GORUN_RIG_CACHE, else the user's cache.
func cacheDir() (string, error) {
	if dir := os.Getenv("GORUN_RIG_CACHE"); dir != "" {
		return filepath.Abs(dir)
	}
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find a place for images: %w", err)
	}
	return filepath.Join(base, "gorun-rig"), nil
}

// useCache locks the cache against the removal of images until the file is closed
// or this process ends. Images of suite that an older recipe made are removed
// first, unless another process uses the cache.
func useCache(cache string, suite Suite) (*os.File, error) {
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return nil, err
	}
	f, err := openLock(cache)
	if err != nil {
		return nil, err
	}
	if lock(f, unix.LOCK_EX|unix.LOCK_NB) == nil {
		removeOutdated(cache, suite)
	}
	if err := lock(f, unix.LOCK_SH); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// openLock opens the file that is locked while the cache is used.
func openLock(cache string) (*os.File, error) {
	return os.OpenFile(filepath.Join(cache, "lock"), os.O_CREATE|os.O_RDWR, 0o644)
}

// lock locks a file as flock(2) has it.
func lock(f *os.File, how int) error {
	for {
		err := unix.Flock(int(f.Fd()), how)
		if err != unix.EINTR {
			return os.NewSyscallError("flock", err)
		}
	}
}

// lockFile takes an exclusive lock, waiting for as long as another process
// builds: that takes minutes, and the tests have their own deadline.
func lockFile(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := lock(f, unix.LOCK_EX); err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return func() { f.Close() }, nil
}

// imageDir is where the cache has the image of suite.
func imageDir(cache string, suite Suite) string {
	return filepath.Join(cache, suite.Name+"-"+recipeID(suite))
}

// removeOutdated deletes images of a suite that an older recipe made.
func removeOutdated(cache string, suite Suite) {
	for _, dir := range imagesOf(cache, suite) {
		if dir != imageDir(cache, suite) {
			os.RemoveAll(dir) // what stays costs space only
		}
	}
}

// imagesOf lists the images of a suite by any recipe. The pattern is exact: an image of
// bookworm-backports is none of bookworm.
func imagesOf(cache string, suite Suite) []string {
	pattern := suite.Name + "-" + strings.Repeat("[0-9a-f]", recipeIDLength)
	dirs, _ := filepath.Glob(filepath.Join(cache, pattern)) // the pattern is well-formed
	return dirs
}

// ErrInUse is the error of [Clean] when a process uses the cache.
var ErrInUse = errors.New("the images are in use")

// Clean removes all images from the cache. It returns how many there were and what
// space they took. No cache is no error. While an image is open anywhere, nothing
// is removed and the error is [ErrInUse].
func Clean() (images int, freedBytes int64, err error) {
	cache, err := cacheDir()
	if err != nil {
		return 0, 0, err
	}
	f, err := openLock(cache)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, 0, nil
	}
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	if err := lock(f, unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return 0, 0, fmt.Errorf("%w: %s", ErrInUse, cache)
	}
	for _, suite := range Suites() {
		for _, dir := range imagesOf(cache, suite) {
			size := diskUsage(dir)
			if err := os.RemoveAll(dir); err != nil {
				return images, freedBytes, fmt.Errorf("remove image: %w", err)
			}
			images, freedBytes = images+1, freedBytes+size
		}
	}
	return images, freedBytes, nil
}

// diskUsage is the space that a directory tree takes, in bytes, files with several
// names counted once. What cannot be read counts nothing.
func diskUsage(dir string) (size int64) {
	seen := map[uint64]bool{}
	filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		var st unix.Stat_t
		if err == nil && unix.Lstat(path, &st) == nil && !seen[st.Ino] {
			seen[st.Ino] = true
			size += st.Blocks * 512 // the unit of st_blocks, stat(2)
		}
		return nil
	})
	return size
}
