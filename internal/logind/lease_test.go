package logind

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gorun/internal/account"
)

// leaseIn is a lease in the test's own directories.
func leaseIn(t *testing.T) Lease {
	t.Helper()
	l := leaseOn("m1", account.User{Name: "alice", UID: os.Getuid(), Home: t.TempDir()})
	l.file = filepath.Join(t.TempDir(), "alice")
	if err := os.MkdirAll(l.Dir(), 0o700); err != nil {
		t.Fatal(err)
	}
	return l
}

// A German "1,5" is not the "1.5" that is compared with it.
func TestScriptDoesNotDependOnTheCallersLocale(t *testing.T) {
	l := leaseIn(t)
	if err := l.Prepare(); err != nil {
		t.Fatal(err)
	}
	t.Setenv("LC_ALL", "de_DE.UTF-8")
	t.Setenv("SYSTEMD_LOG_LEVEL", "debug")
	out, err := exec.Command("/bin/sh", l.script(), "env").Output() // the script runs any verb
	if env := "\n" + string(out); err != nil || !strings.Contains(env, "\nLC_ALL=C\n") || strings.Contains(env, "SYSTEMD_LOG_LEVEL") {
		t.Errorf("%v, the environment is %s", err, env)
	}
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
				if err := os.WriteFile(filepath.Join(l.Dir(), "linger-lease"), []byte(c.marker), 0o600); err != nil {
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
	f, err := os.Open(l.Dir())
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

// The lease may be given back between two looks at it.
func TestLeaseThatIsGivenBackIsNotTheUsersLingering(t *testing.T) {
	l := leaseIn(t)
	dir, err := os.Open(l.Dir())
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	marker := filepath.Join(l.Dir(), "linger-lease")
	over := time.Now().Add(time.Second)
	ended := make(chan error)
	go func() { // as the script does
		var errs []error
		for time.Now().Before(over) && errors.Join(errs...) == nil {
			errs = append(errs, unix.Flock(int(dir.Fd()), unix.LOCK_EX), os.WriteFile(marker, []byte("pending"), 0o644),
				os.WriteFile(l.file, nil, 0o644), unix.Flock(int(dir.Fd()), unix.LOCK_UN))
			errs = append(errs, unix.Flock(int(dir.Fd()), unix.LOCK_EX), os.Remove(l.file),
				os.Remove(marker), unix.Flock(int(dir.Fd()), unix.LOCK_UN))
		}
		ended <- errors.Join(errs...)
	}()
	for n := 0; time.Now().Before(over); n++ {
		if own, err := l.Own(); own || err != nil {
			t.Errorf("look %d: own %v, %v", n, own, err)
			break
		}
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestCEscapeWritesNamesAsLogindDoes(t *testing.T) {
	// These are the names of files that logind 252, 257 and 262 made.
	names := map[string]string{"Alice Smith": "Alice Smith", "x ": "x ", `a\b"c'`: `a\\b\"c\'`, "é": `\303\251`, "a\tb": `a\tb`, "\x7f": `\177`, "\x01": `\001`}
	for c := byte(' '); c < 127; c++ {
		switch c {
		case '\\', '"', '\'':
			names["a"+string(c)] = `a\` + string(c)
		default:
			names["a"+string(c)] = "a" + string(c)
		}
	}
	for in, want := range names {
		if got := cEscape(in); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}

// logind writes the names as they are.
func TestUsersNameIsReadWithItsBlanks(t *testing.T) {
	file := filepath.Join(t.TempDir(), "1000")
	if err := os.WriteFile(file, []byte("# private\nNAME= Alice = Smith \nSTATE=active\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	notes, err := readNotes(file)
	if err != nil || notes["NAME"] != " Alice = Smith " || notes["STATE"] != "active" {
		t.Errorf("read %q, %v", notes, err)
	}
}

func TestErrorNamesTheCommandThatHangs(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	err := leaseIn(t).run(ctx, []string{"/bin/sh", "-c", "sleep 20"})
	if !errors.Is(err, context.DeadlineExceeded) || !strings.HasPrefix(err.Error(), "linger: linger.sh (loginctl) hangs: no answer after ") {
		t.Errorf("got %v", err)
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
	if err := os.WriteFile(filepath.Join(there.Dir(), "linger-lease"), []byte("pending\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if own, err := here.Own(); err != nil || !own {
		t.Errorf("own %v, %v", own, err)
	}
}

// Any user can put anything there, and root looks at it.
func TestHostileFilesInPlaceOfALeaseAreNotRead(t *testing.T) {
	for name, plant := range map[string]func(dir, marker string) error{
		"no directory, a FIFO":      func(dir, _ string) error { return errors.Join(os.Remove(dir), unix.Mkfifo(dir, 0o666)) },
		"no directory, a file":      func(dir, _ string) error { return errors.Join(os.Remove(dir), os.WriteFile(dir, nil, 0o666)) },
		"a loop of directories":     func(dir, _ string) error { return errors.Join(os.Remove(dir), os.Symlink(dir, dir)) },
		"the marker is a FIFO":      func(_, marker string) error { return unix.Mkfifo(marker, 0o666) },
		"the marker is a link":      func(_, marker string) error { return os.Symlink("/dev/zero", marker) },
		"the marker is a directory": func(_, marker string) error { return os.Mkdir(marker, 0o700) },
		"the marker is huge": func(_, marker string) error {
			return errors.Join(os.WriteFile(marker, []byte("pending\n"), 0o600), os.Truncate(marker, 1<<40))
		},
	} {
		l := leaseIn(t)
		if err := errors.Join(os.WriteFile(l.file, nil, 0o644), plant(l.Dir(), filepath.Join(l.Dir(), "linger-lease"))); err != nil {
			t.Fatal(err)
		}
		looked := make(chan error)
		go func() {
			_, err := l.Own()
			looked <- err
		}()
		select {
		case err := <-looked:
			if err == nil {
				t.Errorf("%s: no error", name)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("%s: hangs", name)
		}
	}
}

func TestFileSystemThatDoesNotAnswerIsNotWaitedFor(t *testing.T) {
	if _, err := inTime(time.Millisecond, func() (bool, error) { select {} }); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error(err)
	}
	if yes, err := inTime(time.Minute, func() (bool, error) { return true, nil }); !yes || err != nil {
		t.Errorf("%v, %v", yes, err)
	}
}

func TestDirectoryOfAnotherUserIsNoLease(t *testing.T) {
	l := leaseIn(t)
	l.User.UID++
	if err := os.WriteFile(l.file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Own(); err == nil {
		t.Error("the directory was taken for a lease")
	}
}

// The lease's script runs as the user. A home directory may be /tmp.
func TestScriptIsNotKeptWhereAnotherUserCanReplaceIt(t *testing.T) {
	for _, mode := range []os.FileMode{0o777, 0o700} {
		l := leaseIn(t)
		if err := os.Chmod(filepath.Join(l.User.Home, ".local"), mode); err != nil {
			t.Fatal(err)
		}
		if err := l.Prepare(); (err == nil) != (mode == 0o700) {
			t.Errorf("%v: %v", mode, err)
		}
	}
}

func TestUserWithoutHomeHasNoLeaseInTheWorkingDirectory(t *testing.T) {
	t.Chdir(t.TempDir())
	l := leaseOn("m1", account.User{Name: "alice", UID: os.Getuid()})
	if err := l.Prepare(); err == nil {
		t.Error("a script was written")
	}
	if list, err := os.ReadDir("."); err != nil || len(list) > 0 {
		t.Errorf("%v, left %v", err, list)
	}
}

// A FIFO blocks whoever opens it, until somebody opens the other end.
func TestScriptIsNotHeldByFIFOs(t *testing.T) {
	l := leaseIn(t)
	if err := l.Prepare(); err != nil {
		t.Fatal(err)
	}
	marker := filepath.Join(l.Dir(), "linger-lease")
	for _, fifo := range []string{marker, marker + ".new"} {
		if err := unix.Mkfifo(fifo, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(l.file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		script string
		want   int
	}{{"ours", 1}, {"is_held", 1}, {"echo pending | mark && ours", 0}} {
		if got := l.runFunction(t, c.script); got != c.want {
			t.Errorf("%s: status %d, want %d", c.script, got, c.want)
		}
	}
}

// runFunction runs functions of the script, and returns the status.
func (l Lease) runFunction(t *testing.T, call string) int {
	t.Helper()
	text, err := os.ReadFile(l.script())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/bin/sh", "-s")
	cmd.Stdin = strings.NewReader(strings.TrimSuffix(strings.TrimSpace(string(text)), `"$1"`) + call + "\n")
	cmd.WaitDelay = time.Second
	cmd.Run() // the state tells
	return cmd.ProcessState.ExitCode()
}

// Who lingers without a marker does so by hand, also if the lease is taken at that moment.
func TestScriptLeavesTheUsersOwnLingeringAlone(t *testing.T) {
	l := leaseIn(t)
	if err := l.Prepare(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(l.file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	const fake = `linger() { exit 7; }
`
	for _, verb := range []string{"take", "give"} {
		if got := l.runFunction(t, fake+verb); got != 0 {
			t.Errorf("%s: status %d", verb, got)
		}
	}
	if _, err := os.Lstat(filepath.Join(l.Dir(), "linger-lease")); err == nil {
		t.Error("the lingering is taken for the lease")
	}
}

// The user's manager may be killed while the lease is being taken.
func TestLeaseThatIsGivenBackLeavesNoHalfWrittenMarker(t *testing.T) {
	l := leaseIn(t)
	if err := l.Prepare(); err != nil {
		t.Fatal(err)
	}
	half := filepath.Join(l.Dir(), "linger-lease.new")
	if err := os.WriteFile(half, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := l.runFunction(t, "give"); got != 0 {
		t.Errorf("status %d", got)
	}
	if _, err := os.Lstat(half); err == nil {
		t.Error("the file is left")
	}
}
