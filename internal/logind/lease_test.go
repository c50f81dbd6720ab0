package logind

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"gorun/internal/account"
)

// leaseIn is a lease in the test's own directories.
func leaseIn(t *testing.T) Lease {
	t.Helper()
	l := leaseOn("m1", account.User{Name: "alice", Home: t.TempDir()})
	l.file = filepath.Join(t.TempDir(), "alice")
	if err := os.MkdirAll(l.Folder(), 0o700); err != nil {
		t.Fatal(err)
	}
	return l
}

func TestMarkerDecidesWhetherTheLingeringIsTheUsers(t *testing.T) {
	for name, c := range map[string]struct {
		lingers bool
		marker  string // MTIME stands for the linger file's
		own     bool
	}{
		"nobody lingers":            {own: false},
		"by hand":                   {lingers: true, own: true},
		"ours":                      {lingers: true, marker: "MTIME\n", own: false},
		"ours, being enabled":       {lingers: true, marker: "pending\n", own: false},
		"by hand, after ours":       {lingers: true, marker: "1234567890.000000001\n", own: true},
		"stale marker of a reboot":  {marker: "1234567890.000000001\n", own: false},
		"marker of a crash":         {marker: "pending\n", own: false},
		"emptied by a power cut":    {lingers: true, marker: "\n", own: false},
		"marker with a later touch": {lingers: true, marker: "1.5\n", own: true},
	} {
		t.Run(name, func(t *testing.T) {
			l := leaseIn(t)
			if c.lingers {
				if err := os.WriteFile(l.file, nil, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if c.marker != "" {
				if c.marker == "MTIME\n" {
					var st unix.Stat_t
					if err := unix.Stat(l.file, &st); err != nil {
						t.Fatal(err)
					}
					c.marker = fmt.Sprintf("%d.%09d\n", st.Mtim.Sec, st.Mtim.Nsec)
				}
				if err := os.WriteFile(filepath.Join(l.Folder(), "linger-lease"), []byte(c.marker), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if own, err := l.Own(); err != nil || own != c.own {
				t.Errorf("own %v, %v", own, err)
			}
		})
	}
}

func TestLockedLeaseIsNotTheUsersLingering(t *testing.T) {
	l := leaseIn(t)
	if err := os.WriteFile(l.file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(l.Folder())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	if own, err := l.Own(); err != nil || own {
		t.Errorf("own %v, %v", own, err)
	}
}

func TestCEscapeWritesNamesAsLogindDoes(t *testing.T) {
	for in, want := range map[string]string{"alice": "alice", "a b": `a\040b`, `a\b"c'`: `a\\b\"c\'`, "é": `\303\251`} {
		if got := cEscape(in); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}

// A marker from another machine in a shared home directory does not count here.
func TestMachinesThatShareAHomeHaveLeasesOfTheirOwn(t *testing.T) {
	here := leaseIn(t)
	there := leaseOn("m2", here.User)
	if err := os.WriteFile(here.file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := there.Prepare(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(there.Folder(), "linger-lease"), []byte("pending\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if own, err := here.Own(); err != nil || !own {
		t.Errorf("own %v, %v", own, err)
	}
}
