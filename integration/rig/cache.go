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

// cacheDir is the directory of the images: $GORUN_RIG_CACHE, or in the user's cache.
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

// useCache locks the cache, so that no image is removed until the file is closed or this
// process ends. It first removes images of suite by older recipes, unless another
// process uses the cache.
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

// openLock opens the lock file of the cache.
func openLock(cache string) (*os.File, error) {
	return os.OpenFile(filepath.Join(cache, "lock"), os.O_CREATE|os.O_RDWR, 0o644)
}

// lock is flock(2), repeated when interrupted.
func lock(f *os.File, how int) error {
	for {
		err := unix.Flock(int(f.Fd()), how)
		if err != unix.EINTR {
			return os.NewSyscallError("flock", err)
		}
	}
}

// lockFile takes an exclusive lock. It waits while another process builds, which takes
// minutes. The tests have their own deadline.
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

// imageDir is the directory of suite's image in the cache.
func imageDir(cache string, suite Suite) string {
	return filepath.Join(cache, suite.Name+"-"+recipeID(suite))
}

// removeOutdated removes images of a suite by older recipes.
func removeOutdated(cache string, suite Suite) {
	for _, dir := range imagesOf(cache, suite) {
		if dir != imageDir(cache, suite) {
			os.RemoveAll(dir) // if it fails, the image only takes space
		}
	}
}

// imagesOf lists the images of a suite by any recipe. The pattern is exact, so that
// bookworm does not match bookworm-backports.
func imagesOf(cache string, suite Suite) []string {
	pattern := suite.Name + "-" + strings.Repeat("[0-9a-f]", recipeIDLength)
	dirs, _ := filepath.Glob(filepath.Join(cache, pattern)) // the pattern is well-formed
	return dirs
}

// ErrInUse is the error of [Clean] when a process uses the cache.
var ErrInUse = errors.New("the images are in use")

// Clean removes all images from the cache. It returns their number and size. It is no
// error if there is no cache. While an image is open anywhere, Clean removes nothing and
// returns [ErrInUse].
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

// diskUsage is the size of a directory tree on disk, in bytes. Files with several names
// count once. What cannot be read counts as 0.
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
