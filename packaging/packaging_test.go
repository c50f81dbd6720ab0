// Package packaging has what makes packages and archives. Its tests build gorun in copies of the
// source.
package packaging

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// source is a copy of the source without its repository.
func source(t *testing.T) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "copy")
	list, err := exec.Command("git", "-C", "..", "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		t.Skip("not in a repository, which knows the files of the source")
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(list), "\x00"), "\x00") {
		data, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			continue // it is removed, and that is not committed
		}
		st, err := os.Stat(filepath.Join("..", name))
		if err == nil {
			err = os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), data, st.Mode())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// shell runs a script in a directory.
func shell(t *testing.T, dir, script string) string {
	t.Helper()
	cmd := exec.Command("sh", "-ec", script)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "MAKEFLAGS=--no-print-directory", "GOFLAGS=-trimpath", "SOURCE_DATE_EPOCH=1000000000", "GIT_CEILING_DIRECTORIES="+dir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v: %s", script, err, out)
	}
	return string(out)
}

// Who builds where must not matter.
func TestArchiveHasTheSameBytesWhereverItIsBuilt(t *testing.T) {
	var archives [][]byte
	for _, umask := range []string{"022", "077"} {
		dir := source(t)
		shell(t, dir, "umask "+umask+"; make build man; packaging/archive.sh bin/gorun gorun-test")
		data, err := os.ReadFile(filepath.Join(dir, "dist/gorun-test.tar.gz"))
		if err != nil {
			t.Fatal(err)
		}
		archives = append(archives, data)
	}
	if !bytes.Equal(archives[0], archives[1]) {
		t.Error("two builds of one source differ")
	}
}

// A source without its repository has a version, and says nothing of a commit.
func TestBuildWithoutARepositoryHasAVersion(t *testing.T) {
	dir := source(t)
	got := shell(t, dir, "make build; bin/gorun --version")
	if !strings.HasPrefix(got, "gorun 0.") || strings.Contains(got, "commit") || strings.Contains(got, "unknown") {
		t.Errorf("gorun --version says %q", got)
	}
}

func TestUninstallRemovesWhatInstallHasInstalled(t *testing.T) {
	dir, root := source(t), t.TempDir()
	shell(t, dir, "make install DESTDIR="+root+" PREFIX=/opt")
	want := []string{"opt/bin/gorun", "opt/share/bash-completion/completions/gorun", "opt/share/doc/gorun/LICENSE", "opt/share/doc/gorun/copyright",
		"opt/share/fish/vendor_completions.d/gorun.fish", "opt/share/man/man1/gorun.1", "opt/share/man/man7/gorun-recipes.7", "opt/share/zsh/site-functions/_gorun"}
	if got := files(t, root); !slices.Equal(got, want) {
		t.Errorf("installed %q, want %q", got, want)
	}
	shell(t, dir, "make uninstall DESTDIR="+root+" PREFIX=/opt")
	if got := files(t, root); got != nil {
		t.Errorf("left %q", got)
	}
}

// Packages have what make install installs, wherever they put it.
func TestPackagesHaveWhatIsInstalled(t *testing.T) {
	list, err := os.ReadFile("nfpm.yaml")
	if err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile("install.sh")
	if err != nil {
		t.Fatal(err)
	}
	installed := regexp.MustCompile(`(?m)^file [0-7]+ (?:\S*/)?(\S+) `).FindAllStringSubmatch(string(script), -1)
	if len(installed) < 7 {
		t.Fatalf("install.sh installs %q", installed)
	}
	for _, file := range installed {
		if !strings.Contains(string(list), "/"+file[1]) {
			t.Errorf("nfpm.yaml has no %s", file[1])
		}
	}
}

// files lists the files below a directory.
func files(t *testing.T, root string) (names []string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
