package integration

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// debianPackage is the package that "make deb" has made.
func debianPackage(t *testing.T) []byte {
	t.Helper()
	names, err := filepath.Glob("../dist/gorun_*.deb")
	if err != nil || len(names) != 1 {
		t.Skip("dist has no Debian package: make deb makes it")
	}
	data, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// The machine's own gorun is put aside. A removed package leaves nothing.
func TestDebianPackageInstallsRunsAndIsRemoved(t *testing.T) {
	long(t)
	deb := debianPackage(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, alice := g.login(t, "root"), g.login(t, "alice")
		root.ok("mv /usr/bin/gorun /root/gorun")
		defer root.ok("mv /root/gorun /usr/bin/gorun; rm /root/gorun.deb")
		if err := root.Upload(t.Context(), deb, "/root/gorun.deb", "644"); err != nil {
			t.Fatal(err)
		}
		// A minimal system drops the pages of manuals (dpkg.cfg.d); the list has them all the same.
		root.ok("dpkg --install /root/gorun.deb >/dev/null; dpkg --audit")
		files := root.ok("dpkg --listfiles gorun")
		for _, want := range []string{"/usr/bin/gorun", "/usr/share/man/man1/gorun.1.gz", "/usr/share/man/man7/gorun-recipes.7.gz",
			"/usr/share/bash-completion/completions/gorun", "/usr/share/zsh/vendor-completions/_gorun", "/usr/share/fish/vendor_completions.d/gorun.fish"} {
			if !strings.Contains(files+"\n", want+"\n") {
				t.Errorf("the package has no %s", want)
			}
		}
		if got := alice.ok("gorun sh -c 'tail -n1 /proc/self/cgroup' | grep -o 'gorun-sh-[0-9a-f]*.scope$' | wc -l; gorun --version"); !strings.HasPrefix(got, "1\ngorun ") {
			t.Errorf("the installed program printed %q", got)
		}
		alice.nothingLeft("systemctl --user")
		root.ok("dpkg --purge gorun >/dev/null; dpkg --audit")
		if got := root.ok("ls -d /usr/bin/gorun /usr/share/doc/gorun /usr/share/man/man1/gorun* /usr/share/bash-completion/completions/gorun 2>/dev/null || true"); got != "" {
			t.Errorf("the removed package has left %s", got)
		}
	})
}
