package account

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

func TestUIDIsTranslatedToTheOutside(t *testing.T) {
	const podman = "         0       1000          1\n         1     100000      65536\n"
	for _, c := range []struct {
		m    string
		uid  int
		want int
		ok   bool
	}{
		{podman, 0, 1000, true},
		{podman, 1, 100000, true},
		{podman, 65536, 165535, true},
		{podman, 65537, 0, false},
		{"         0          0 4294967295\n", 1000, 1000, true},
		{"", 65534, 0, false},
		{"x", 0, 0, false},
	} {
		if got, ok := outside(strings.NewReader(c.m), c.uid); got != c.want || ok != c.ok {
			t.Errorf("%d in %q: got %d, %v", c.uid, c.m, got, ok)
		}
	}
}

func TestRuntimeDirectoryThatCanBeWrittenNamesTheUser(t *testing.T) {
	dir := t.TempDir()
	for name, mode := range map[string]os.FileMode{"notes": 0o700, "1234": 0o700} {
		if err := os.Mkdir(dir+"/"+name, mode); err != nil {
			t.Fatal(err)
		}
	}
	if uid, ok := ownerOfRuntimeDir(dir); !ok || uid != 1234 {
		t.Errorf("got %d, %v", uid, ok)
	}
	for _, empty := range []string{dir + "/notes", dir + "/missing"} {
		if uid, ok := ownerOfRuntimeDir(empty); ok {
			t.Errorf("%s: got %d", empty, uid)
		}
	}
}

func TestOwnUIDIsTheEffectiveOneOutsideOfNamespaces(t *testing.T) {
	if m, err := os.ReadFile("/proc/self/uid_map"); err != nil || strings.Join(strings.Fields(string(m)), " ") != "0 0 4294967295" {
		t.Skip("in a user namespace")
	}
	if got := OwnUID(); got != os.Geteuid() {
		t.Errorf("got %s", strconv.Itoa(got))
	}
}
