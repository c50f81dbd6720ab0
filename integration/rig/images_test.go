package rig

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// testCache makes an empty cache for the test.
func testCache(t *testing.T) string {
	t.Helper()
	cache := t.TempDir()
	t.Setenv("GORUN_RIG_CACHE", cache)
	return cache
}

// fakeImage makes a directory that looks like an image.
func fakeImage(t *testing.T, cache, name string) string {
	t.Helper()
	dir := filepath.Join(cache, name)
	if err := errors.Join(os.Mkdir(dir, 0o755), os.WriteFile(dir+"/root", make([]byte, 1<<20), 0o644)); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestOnlyOutdatedImagesOfTheSameSuiteAreRemoved(t *testing.T) {
	cache := testCache(t)
	bookworm, err := SuiteNamed("bookworm")
	if err != nil {
		t.Fatal(err)
	}
	current := fakeImage(t, cache, filepath.Base(imageDir(cache, bookworm)))
	backports := fakeImage(t, cache, "bookworm-backports-0123456789ab")
	fakeImage(t, cache, "bookworm-0123456789ab")
	f, err := useCache(cache, bookworm)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	left, _ := filepath.Glob(filepath.Join(cache, "*-*")) // the pattern is well-formed
	want := []string{current, backports}
	slices.Sort(want)
	if !slices.Equal(left, want) {
		t.Errorf("the images left are %q, want %q", left, want)
	}
}

func TestCleanRefusesWhileAnImageIsInUse(t *testing.T) {
	cache := testCache(t)
	dir := fakeImage(t, cache, "trixie-0123456789ab")
	f, err := useCache(cache, Suites()[0])
	if err != nil {
		t.Fatal(err)
	}
	if n, _, err := Clean(); n != 0 || !errors.Is(err, ErrInUse) {
		t.Errorf("removed %d images, error %v, want %v", n, err, ErrInUse)
	}
	f.Close()
	if n, freed, err := Clean(); n != 1 || freed < 1<<20 || err != nil {
		t.Errorf("removed %d images and %d bytes, error %v, want 1 and at least 1 MiB", n, freed, err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the image is still there: %v", err)
	}
}

func TestUnknownSuiteErrorNamesAllSuites(t *testing.T) {
	_, err := SuiteNamed("sid")
	for _, s := range Suites() {
		if !strings.Contains(err.Error(), s.Name) {
			t.Errorf("%q does not name %s", err, s.Name)
		}
	}
}

func TestMachineWithAnotherProcessorIsNoContainer(t *testing.T) {
	suite, err := SuiteNamed("trixie-arm64")
	if err != nil {
		t.Fatal(err)
	}
	if !suite.Foreign() || os.Geteuid() != 0 {
		t.Skip("on another processor, as root")
	}
	if _, err := StartContainer(t.Context(), &Image{Suite: suite}); err == nil || !strings.Contains(err.Error(), "use a virtual machine") {
		t.Errorf("the error is %v", err)
	}
}
