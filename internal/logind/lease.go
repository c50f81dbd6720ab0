package logind

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"gorun/internal/account"
	"gorun/internal/helper"
	"gorun/internal/safefile"
	"gorun/internal/smallfile"
)

//go:embed lease.sh
var leaseScript string

// lingerDir has a file for each user that lingers.
const lingerDir = "/var/lib/systemd/linger"

// Lease is lingering that gorun turned on for a user. It is not taken if the user already
// lingers, and not given back if someone else has enabled lingering since.
//
// This package does not decide when to give it back: a unit that counts the scopes does.
type Lease struct {
	User   account.User
	file   string // exists while the user lingers
	inHome string // the marker's directory, relative to the home directory
}

// LeaseFor finds the lease of a UID. It does not take it.
func LeaseFor(uid int) (Lease, error) {
	u, err := account.ByUID(uid)
	if err != nil {
		return Lease{}, err
	}
	machine, err := smallfile.Read("/etc/machine-id")
	if err != nil {
		return Lease{}, fmt.Errorf("linger: identify this machine: %w", err)
	}
	return leaseOn(strings.TrimSpace(string(machine)), u), nil
}

// leaseOn is a user's lease on a machine. Each machine has its own, because machines may
// share a home directory.
func leaseOn(machine string, u account.User) Lease {
	// Not $XDG_STATE_HOME: it may differ between cron and a login shell.
	return Lease{User: u, file: lingerFile(u.Name), inHome: ".local/state/gorun/linger-" + machine}
}

// checkHome says why the user cannot have a lease. Without a home directory the marker's
// would be in the working directory.
func (l Lease) checkHome() error {
	if !filepath.IsAbs(l.User.Home) {
		return fmt.Errorf("linger: %s has no home directory: %w", l.User.Name, fs.ErrNotExist)
	}
	return nil
}

// Dir is the directory with the lease's marker.
func (l Lease) Dir() string { return filepath.Join(l.User.Home, l.inHome) }

// Lingers reports whether a UID lingers, for whatever reason.
func Lingers(uid int) (bool, error) {
	name, ok := nameOf(uid)
	if !ok {
		u, err := account.ByUID(uid)
		if err != nil {
			return false, err
		}
		name = u.Name
	}
	_, err := os.Stat(lingerFile(name))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// lingerFile is the file that logind makes for a user who lingers.
func lingerFile(name string) string { return filepath.Join(lingerDir, cEscape(name)) }

// Own reports whether the user lingers without a lease.
func (l Lease) Own() (bool, error) {
	if lingers, err := l.isOn(); !lingers || err != nil {
		return false, err
	}
	// While a command takes the lease or gives it back, its state is undefined. The
	// commands check it again under the lock.
	dir, err := l.open()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return true, nil // there has never been a lease
	case err != nil:
		return false, err
	}
	defer dir.Close()
	unlock, err := dir.Lock(unix.LOCK_SH | unix.LOCK_NB)
	switch {
	case errors.Is(err, unix.EWOULDBLOCK):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("linger: lock %s: %w", l.Dir(), err)
	}
	defer unlock()
	if ours, err := l.ours(dir); ours || err != nil {
		return false, err
	}
	return l.isOn() // the lease may have been given back before the lock was taken
}

// isOn reports whether the user lingers, for whatever reason.
func (l Lease) isOn() (bool, error) {
	_, err := os.Stat(l.file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("linger: %w", err)
	}
	return true, nil
}

// Lingering says why the user lingers: [Lingering] or [Leased], empty if the user does
// not linger.
func (l Lease) Lingering() (Reason, error) {
	lingers, err := Lingers(l.User.UID)
	if !lingers || err != nil {
		return "", err
	}
	own, err := inTime(homeTimeout, l.Own)
	if own || err != nil {
		return Lingering, nil // also if the marker cannot be read
	}
	return Leased, nil
}

// homeTimeout bounds a look into another user's home directory. That user, or a server,
// may answer for its file system, or not.
const homeTimeout = 2 * time.Second

// inTime asks, and does not wait longer than limit for the answer.
func inTime(limit time.Duration, ask func() (bool, error)) (bool, error) {
	type answer struct {
		yes bool
		err error
	}
	answers := make(chan answer, 1)
	go func() {
		yes, err := ask()
		answers <- answer{yes, err}
	}()
	select {
	case a := <-answers:
		return a.yes, a.err
	case <-time.After(limit):
		return false, os.ErrDeadlineExceeded
	}
}

// open opens the directory with the marker. Root looks at those of all users, who can
// put anything in the place of their own.
func (l Lease) open() (*safefile.Dir, error) {
	if err := l.checkHome(); err != nil {
		return nil, err
	}
	dir, err := safefile.OpenDir(l.Dir())
	if err != nil {
		return nil, fmt.Errorf("linger: %w", err)
	}
	switch owner, err := dir.Owner(); {
	case err != nil:
		dir.Close()
		return nil, fmt.Errorf("linger: %s: %w", l.Dir(), err)
	case owner != account.Inside(l.User.UID):
		dir.Close()
		return nil, fmt.Errorf("linger: %s belongs to UID %d, not to %s", l.Dir(), owner, l.User.Name)
	}
	return dir, nil
}

// maxMarker is more than the length of any marker: two numbers, of seconds and of
// nanoseconds.
const maxMarker = 64

// ours reports whether the lingering, if any, is a lease: the marker has the
// modification time of the linger file, or says that it is being enabled.
func (l Lease) ours(dir *safefile.Dir) (bool, error) {
	marker, err := dir.ReadFile("linger-lease", maxMarker)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("linger: %w", err)
	}
	var st unix.Stat_t
	err = unix.Stat(l.file, &st)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil // given back meanwhile
	}
	if err != nil {
		return false, fmt.Errorf("linger: %w", err)
	}
	held := strings.TrimSpace(string(marker))
	// After a power cut a file may be empty although it was written.
	return held == "" || held == "pending" || held == fmt.Sprintf("%d.%09d", st.Mtim.Sec, st.Mtim.Nsec), nil
}

// TakeCommand is the command line that takes the lease, for a unit of the user's manager
// that runs in the user's home directory.
func (l Lease) TakeCommand() []string { return l.unitCommand("take") }

// GiveCommand is the command line that gives the lease back, for such a unit too.
func (l Lease) GiveCommand() []string { return l.unitCommand("give") }

// unitCommand does not run gorun, which an upgrade might replace meanwhile. It has no
// characters with a meaning in unit files either; names and home directories may have
// some. After a reload the manager's transient unit may differ from what it was given:
// a "$" is doubled, and 252 does not know its own ExecStartEx=.
func (l Lease) unitCommand(verb string) []string {
	return []string{"/bin/sh", filepath.Join(l.inHome, scriptName), verb}
}

// MissingTools lists the programs that the commands need but that are not installed.
func MissingTools() []string {
	var missing []string
	for _, tool := range []string{
		"sh", "loginctl", "systemctl", "systemd-cat", "flock", "stat", "cat", "mv", "rm", "mkdir", "seq", "sleep", "id", "awk", "find",
	} {
		if _, err := helper.Find(tool); err != nil {
			missing = append(missing, tool)
		}
	}
	return missing
}

// command is a command line to run at once.
func (l Lease) command(verb string) []string { return []string{"/bin/sh", l.script(), verb} }

// scriptName is the file that the commands run.
const scriptName = "linger.sh"

func (l Lease) script() string { return filepath.Join(l.Dir(), scriptName) }

// LogIdentifier is the SYSLOG_IDENTIFIER of what the commands say in the journal.
const LogIdentifier = "gorun-linger"

// scriptText is the script's contents.
func (l Lease) scriptText() string {
	return fmt.Sprintf("uid=%d file=%s dir=%s identifier=%s\n%s", l.User.UID, quote(l.file), quote(l.Dir()), LogIdentifier, leaseScript)
}

// quote quotes a word for a shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// Prepare writes the script, if needed. Call it before running any of the commands. The
// script runs as the user, so that nobody else may be able to replace it.
func (l Lease) Prepare() error {
	if err := l.checkHome(); err != nil {
		return err
	}
	dir, err := safefile.MakeDir(l.Dir(), 0o700)
	if err != nil {
		return fmt.Errorf("linger: %w", err)
	}
	defer dir.Close()
	text := l.scriptText()
	if now, err := dir.ReadFile(scriptName, len(text)); err == nil && string(now) == text {
		return nil
	}
	// Another launch may be writing too, and a shell may be reading the old script.
	if err := dir.WriteFile(scriptName, []byte(text), 0o600); err != nil {
		return fmt.Errorf("linger: %s: %w", l.Dir(), err)
	}
	return nil
}

// Take takes again a lease that a [Keeper] keeps. This starts the manager again.
func (l Lease) Take(ctx context.Context) error { return l.run(ctx, l.command("take")) }

// Revive takes a lease again after the manager has crashed, to get a new manager. If the
// crash was just now, it lasts UserStopDelaySec of logind.conf(5).
func (l Lease) Revive(ctx context.Context) error { return l.run(ctx, l.command("revive")) }

// Give gives the lease back, unless [Lease.Kept] says why not.
func (l Lease) Give(ctx context.Context) error { return l.run(ctx, l.command("give")) }

// Kept names the IPC objects that giving the lease back now would destroy. It is empty if
// there are none. All ways to give the lease back ask this.
func (l Lease) Kept(ctx context.Context) (string, error) {
	var names, said bytes.Buffer
	cmd := l.helper(l.command("kept"))
	cmd.Stdout, cmd.Stderr = &names, &said
	err := cmd.Run(ctx)
	switch {
	case err == nil:
		return strings.TrimSuffix(names.String(), "\n"), nil
	case ctx.Err() != nil: // it may still write
		return "", l.failed(nil, err)
	}
	return "", l.failed(said.Bytes(), err)
}

func (l Lease) run(ctx context.Context, args []string) error {
	var said bytes.Buffer
	cmd := l.helper(args)
	cmd.Stdout, cmd.Stderr = &said, &said
	err := cmd.Run(ctx)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil: // it may still write
		return l.failed(nil, err)
	}
	return l.failed(said.Bytes(), err)
}

// helper is a helper that runs one of the commands. They may wait for logind.
func (l Lease) helper(args []string) *helper.Cmd {
	cmd := helper.New(args[0], args[1:]...)
	cmd.Name = scriptName + " (loginctl)"
	return cmd
}

// failed is the error for a failed command with output.
func (l Lease) failed(said []byte, err error) error {
	text, _, _ := strings.Cut(strings.TrimSpace(string(said)), "\n")
	if text == "" {
		return fmt.Errorf("linger: %w", err)
	}
	return fmt.Errorf("linger: %s (%w)", text, err)
}

// cEscape escapes a user's name as logind does in file names (cescape_char in escape.c).
// A space stays.
func cEscape(s string) string {
	const special, letters = "\a\b\f\n\r\t\v\\\"'", "abfnrtv\\\"'"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch at := strings.IndexByte(special, c); {
		case at >= 0:
			b.WriteByte('\\')
			b.WriteByte(letters[at])
		case c < ' ' || c >= 127:
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
