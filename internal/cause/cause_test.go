package cause

import (
	"errors"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gorun/internal/logind"
	"gorun/scope"
)

func TestErrorsThatSayTheirCauseAreNotExplained(t *testing.T) {
	for _, err := range []error{
		&scope.UnitExistsError{Unit: "x.scope"},
		&scope.RefusedError{Unit: "x.scope"},
		&scope.JobError{Unit: "x.scope", Result: "dependency"},
		&scope.LeaseError{Reason: "refused"},
		&logind.RiskError{Version: "255"},
		errors.New("x"),
	} {
		if got := Explain(err, time.Now()); got != err {
			t.Errorf("%T: got %v", err, got)
		}
	}
}

func TestErrorWithACauseIsStillTheError(t *testing.T) {
	none := &scope.NoManagerError{Manager: scope.UserManager}
	err := error(&Error{Err: none, Cause: &Cause{Kind: NoEntry, UID: 5000}, Doing: "connect to the user manager"})
	var found *scope.NoManagerError
	var c *Cause
	if !errors.As(err, &found) || found != none || !errors.As(err, &c) || c.Kind != NoEntry {
		t.Errorf("got %v, %v", found, c)
	}
	if want := "connect to the user manager: UID 5000 is not in the user database, and cannot have a user manager"; err.Error() != want {
		t.Errorf("got %q", err)
	}
}

func TestWSLIsKnownByItsKernel(t *testing.T) {
	for release, want := range map[string]bool{
		"5.15.167.4-microsoft-standard-WSL2\n": true, "4.4.0-19041-Microsoft\n": true, "6.6.36.3-WSL2-custom\n": true,
		"6.12.43+deb13-amd64\n": false, "6.8.0-1020-azure\n": false, "": false,
	} {
		if got := isWSL(release); got != want {
			t.Errorf("%q: got %v, want %v", release, got, want)
		}
	}
}

func TestFileSystemWithoutRoomIsFull(t *testing.T) {
	for name, c := range map[string]struct {
		st   unix.Statfs_t
		want string
	}{
		"room":               {unix.Statfs_t{Bsize: 4096, Bavail: 10000, Files: 1000, Ffree: 900}, ""},
		"no block":           {unix.Statfs_t{Bsize: 4096, Files: 1000, Ffree: 900}, "the files of units"},
		"a few blocks":       {unix.Statfs_t{Bsize: 4096, Bavail: 15, Files: 1000, Ffree: 900}, "the files of units"},
		"no inode":           {unix.Statfs_t{Bsize: 4096, Bavail: 10000, Files: 1000}, "more files"},
		"inodes not counted": {unix.Statfs_t{Bsize: 4096, Bavail: 10000}, ""},
	} {
		if got := lacking(c.st); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestMountThatCoversAPathIsTheLastOfTheLongest(t *testing.T) {
	const (
		usual = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw\n" +
			"25 22 0:23 / /run rw,nosuid,nodev shared:5 - tmpfs tmpfs rw,size=200k\n"
		own    = "98 25 0:50 / /run/user/1000 rw,nosuid shared:300 - tmpfs tmpfs rw,uid=1000\n"
		over   = "99 98 0:60 /x /run/user/1000 rw - tmpfs none rw\n"
		closed = "97 25 0:23 /systemd/inaccessible/dir /run/user ro,nosuid shared:5 - tmpfs tmpfs rw\n"
		near   = "96 25 0:61 / /run/user/10001 rw - tmpfs none rw\n"
	)
	for text, want := range map[string]mount{
		"":                    {},
		usual:                 {"/", "/run"},
		usual + near:          {"/", "/run"},
		usual + own:           {"/", "/run/user/1000"},
		usual + own + over:    {"/x", "/run/user/1000"},
		usual + closed:        {"/systemd/inaccessible/dir", "/run/user"},
		usual + closed + near: {"/systemd/inaccessible/dir", "/run/user"},
		"22 1 8:1 / / rw - ext4 /dev/vda1 rw\nnonsense\n": {"/", "/"},
	} {
		if got := covering(parseMounts(text), "/run/user/1000"); got != want {
			t.Errorf("%s: got %+v, want %+v", text, got, want)
		}
	}
}

func TestPathIsAtADirectoryOrBelowIt(t *testing.T) {
	for _, c := range []struct {
		path, dir string
		want      bool
	}{
		{"/run/user/1000", "/run/user", true}, {"/run/user", "/run/user", true}, {"/run/user/1000", "/run/user/", true}, {"/run/user", "/", true},
		{"/run/users", "/run/user", false}, {"/run", "/run/user", false}, {"/run/user/10001", "/run/user/1000", false},
	} {
		if got := isAt(c.path, c.dir); got != c.want {
			t.Errorf("%s at %s: got %v", c.path, c.dir, got)
		}
	}
}

func TestExpiryIsReadFromChage(t *testing.T) {
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	output := func(changed, password, account string) string {
		return "Last password change\t\t\t\t\t: " + changed + "\nPassword expires\t\t\t\t\t: " + password +
			"\nPassword inactive\t\t\t\t\t: never\nAccount expires\t\t\t\t\t\t: " + account +
			"\nMinimum number of days between password change\t\t: 0\nMaximum number of days between password change\t\t: 99999\n"
	}
	for out, want := range map[string]Cause{
		output("2026-01-02", "never", "never"):                                  {},
		output("2026-01-02", "2026-03-05", "2026-03-05"):                        {},
		output("2026-01-02", "2026-03-04", "never"):                             {}, // its last day
		output("2026-01-02", "never", "2026-03-04"):                             {Kind: AccountExpired, Detail: "2026-03-04"},
		output("2026-01-02", "never", "1970-01-01"):                             {Kind: AccountExpired, Detail: "1970-01-01"},
		output("2026-01-02", "2026-03-03", "never"):                             {Kind: PasswordExpired, Detail: "expired on 2026-03-03"},
		output("2026-01-02", "2026-03-03", "2026-03-03"):                        {Kind: AccountExpired, Detail: "2026-03-03"},
		output("password must be changed", "password must be changed", "never"): {Kind: PasswordExpired, Detail: "must be changed"},
		output("password must be changed", "never", "password must be changed"): {Kind: PasswordExpired, Detail: "must be changed"},
		"chage: user 'x' does not exist in /etc/passwd\n":                       {},
		"": {},
	} {
		got := Cause{}
		if c := agingOf(out).at(now); c != nil {
			got = *c
		}
		if got != want {
			t.Errorf("%s: got %+v, want %+v", out, got, want)
		}
	}
}

func TestReasonIsTheFirstFailureOfTheManager(t *testing.T) {
	const moved, added = "Couldn't move process 8 to requested cgroup '/x' (directly or via the system bus): Permission denied", "Failed to add PIDs to scope's control group: Permission denied"
	for _, c := range []struct {
		messages []string
		want     string
	}{
		{nil, ""},
		{[]string{moved, added}, moved},
		{[]string{added}, added},
		{[]string{"Unknown key name 'X' in section 'Scope', ignoring.", moved, added}, moved},
		{[]string{"one", "two"}, "two"},
	} {
		if got := reasonIn(c.messages); got != c.want {
			t.Errorf("%q: got %q", c.messages, got)
		}
	}
}
