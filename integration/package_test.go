package integration

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// built is the package that "make deb" or "make rpm" has made.
func built(t *testing.T, kind string) []byte {
	t.Helper()
	names, err := filepath.Glob("../dist/gorun*." + kind)
	if err != nil || len(names) != 1 {
		t.Skipf("dist has no package: make %s makes it", kind)
	}
	data, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// installed are the files that each package has.
var installed = []string{"/usr/bin/gorun", "/usr/share/man/man1/gorun.1.gz", "/usr/share/man/man7/gorun-recipes.7.gz",
	"/usr/share/bash-completion/completions/gorun", "/usr/share/fish/vendor_completions.d/gorun.fish", "/usr/share/doc/gorun/copyright"}

// packager has the commands of a package manager. A minimal system drops the pages of
// manuals, but its list of a package has them all the same.
type packager struct {
	file                  string
	install, list, remove string
	files                 []string // in addition to those installed
}

// holds installs a package in place of the machine's own gorun, runs it and removes it. A
// removed package leaves nothing.
func (p packager) holds(t *testing.T, g *guest, data []byte) {
	root, alice := g.login(t, "root"), g.login(t, "alice")
	root.ok("mv /usr/bin/gorun /root/gorun")
	const named = "find /usr /etc /var/lib -name '*gorun*' | sort"
	before := root.ok(named)
	defer root.ok("mv /root/gorun /usr/bin/gorun; rm " + p.file)
	if err := root.Upload(t.Context(), data, p.file, "644"); err != nil {
		t.Fatal(err)
	}
	root.ok(p.install)
	files := root.ok(p.list)
	for _, want := range append(p.files, installed...) {
		if !strings.Contains(files+"\n", want+"\n") {
			t.Errorf("the package has no %s", want)
		}
	}
	if got := alice.ok("gorun sh -c 'tail -n1 /proc/self/cgroup' | grep -o 'gorun-sh-[0-9a-f]*.scope$' | wc -l; gorun --version"); !strings.HasPrefix(got, "1\ngorun ") {
		t.Errorf("the installed program printed %q", got)
	}
	alice.nothingLeft("systemctl --user")
	root.ok(p.remove)
	if after := root.ok(named); after != before {
		t.Errorf("the removed package has left:\n%s\nbefore it was installed there was:\n%s", after, before)
	}
}

func TestDebianPackageInstallsRunsAndIsRemoved(t *testing.T) {
	long(t)
	deb := built(t, "deb")
	dpkg := packager{
		file:    "/root/gorun.deb",
		install: "dpkg --install /root/gorun.deb >/dev/null; dpkg --audit",
		list:    "dpkg --listfiles gorun",
		remove:  "dpkg --purge gorun >/dev/null; dpkg --audit",
		files:   []string{"/usr/share/zsh/vendor-completions/_gorun"},
	}
	eachSuite(t, native(), func(t *testing.T, g *guest) { dpkg.holds(t, g, deb) })
}

// Debian's rpm knows none of the system's packages: what gorun needs is only read. Before trixie
// it wants to be forced.
func TestRPMPackageInstallsRunsAndIsRemoved(t *testing.T) {
	long(t)
	data := built(t, "rpm")
	const forced = "rpm $(rpm --force-debian --version >/dev/null 2>&1 && echo --force-debian) "
	rpm := packager{
		file: "/root/gorun.rpm",
		install: "rpm --query --requires --package /root/gorun.rpm | grep -q '^systemd >= ' && " +
			forced + "--install --nodeps /root/gorun.rpm && rpm --verify --nodeps gorun",
		list:   "rpm --query --list gorun",
		remove: forced + "--erase gorun",
		files:  []string{"/usr/share/zsh/site-functions/_gorun", "/usr/share/licenses/gorun/LICENSE"},
	}
	eachSuite(t, equipped(t, "rpm"), func(t *testing.T, g *guest) { rpm.holds(t, g, data) })
}

// One release's lintian is enough: what it checks is a file.
func TestLintianFindsNothingInTheDebianPackage(t *testing.T) {
	long(t)
	deb := built(t, "deb")
	script, err := os.ReadFile("../packaging/lint.sh")
	if err != nil {
		t.Fatal(err)
	}
	onSuites(t, only(t, "trixie"), equipped(t, "lintian"), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		for name, data := range map[string][]byte{"gorun.deb": deb, "lint.sh": script} {
			if err := root.Upload(t.Context(), data, "/root/"+name, "755"); err != nil {
				t.Fatal(err)
			}
		}
		if out := root.run("/root/lint.sh /root/gorun.deb"); out.Status != 0 || out.Stdout != "" {
			t.Errorf("lintian: status %d\n%s%s", out.Status, out.Stdout, out.Stderr)
		}
	})
}
