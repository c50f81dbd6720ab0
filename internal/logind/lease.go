package logind

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"gorun/internal/account"
)

//go:embed lease.sh
var leaseScript string

// lingerDir has a file for each user that lingers.
const lingerDir = "/var/lib/systemd/linger"

// Lease is the lingering of a user as gorun holds it: taken unless the user
// lingers anyhow, and given back unless the user has wanted it since.
//
// Who gives back when is not for this package: a unit that counts the scopes does.
type Lease struct {
	User   account.User
	file   string // exists while the user lingers
	inHome string // the marker's folder, seen from the home
}

// LeaseFor finds the lease of a UID. It does not take it.
func LeaseFor(uid int) (Lease, error) {
	u, err := account.ByUID(uid)
	if err != nil {
		return Lease{}, err
	}
	machine, err := os.ReadFile("/etc/machine-id")
	if err != nil {
		return Lease{}, fmt.Errorf("linger: tell machines apart: %w", err)
	}
	return leaseOn(strings.TrimSpace(string(machine)), u), nil
}

// leaseOn is a user's lease on a machine. Each has its own: a home may be shared.
func leaseOn(machine string, u account.User) Lease {
	// Not $XDG_STATE_HOME: cron and a login shell may differ about that.
	return Lease{User: u, file: lingerFile(u.Name), inHome: ".local/state/gorun/linger-" + machine}
}

// Folder is where the lease is noted.
func (l Lease) Folder() string { return filepath.Join(l.User.Home, l.inHome) }

// Lingers tells whether a UID lingers at all, for whatever reason.
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

// lingerFile is where logind notes that a user lingers.
func lingerFile(name string) string { return filepath.Join(lingerDir, cEscape(name)) }

// Own tells whether the user lingers without us.
func (l Lease) Own() (bool, error) {
	var st unix.Stat_t
	err := unix.Stat(l.file, &st)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("linger: %w", err)
	}
	// One that is changing hands right now looks like anything. The commands
	// look for themselves, with the lock held.
	unlock, err := l.lock()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return true, nil // no lease has ever been
	case errors.Is(err, unix.EWOULDBLOCK):
		return false, nil
	case err != nil:
		return false, err
	}
	defer unlock()
	ours, err := l.ours()
	return !ours, err
}

// Lingering tells by whose wish the user lingers: [Lingering] or [Leased], empty if
// not at all.
func (l Lease) Lingering() (Reason, error) {
	lingers, err := Lingers(l.User.UID)
	if !lingers || err != nil {
		return "", err
	}
	own, err := l.Own()
	if own || err != nil {
		return Lingering, nil // whose marker it is cannot be read: lingering it is
	}
	return Leased, nil
}

// lock takes the lock of the commands, or fails if one of them has it.
func (l Lease) lock() (unlock func(), err error) {
	f, err := os.Open(l.Folder())
	if err != nil {
		return nil, fmt.Errorf("linger: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB); err != nil {
		f.Close()
		return nil, fmt.Errorf("linger: lock %s: %w", l.Folder(), err)
	}
	return func() { f.Close() }, nil
}

// ours tells whether the lingering that there may be is a lease: the marker names
// the time of the file, or says that it is about to.
func (l Lease) ours() (bool, error) {
	marker, err := os.ReadFile(filepath.Join(l.Folder(), "linger-lease"))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("linger: %w", err)
	}
	var st unix.Stat_t
	err = unix.Stat(l.file, &st)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil // given back since we looked
	}
	if err != nil {
		return false, fmt.Errorf("linger: %w", err)
	}
	held := strings.TrimSpace(string(marker))
	// A power cut may leave a file that was written without what was written.
	return held == "" || held == "pending" || held == fmt.Sprintf("%d.%09d", st.Mtim.Sec, st.Mtim.Nsec), nil
}

// TakeCommand is the command line that takes the lease, for a unit of the user's
// manager that runs in the user's home.
func (l Lease) TakeCommand() []string { return l.unitCommand("take") }

// GiveCommand is the command line that gives the lease back, likewise.
func (l Lease) GiveCommand() []string { return l.unitCommand("give") }

// unitCommand needs no binary of ours, which an upgrade might replace in between. Nor
// has it characters that mean something in a unit file, as names and homes may: what
// the manager writes to a transient one and reads again on a reload is not always
// what it was given (a "$" is doubled; 252 does not know its own ExecStartEx=).
func (l Lease) unitCommand(verb string) []string {
	return []string{"/bin/sh", filepath.Join(l.inHome, scriptName), verb}
}

// MissingTools lists the programs that the commands need and that are not there.
func MissingTools() []string {
	var missing []string
	for _, tool := range []string{"sh", "loginctl", "systemctl", "flock", "stat", "id", "cat", "mv", "rm", "mkdir", "seq", "sleep"} {
		if !slices.ContainsFunc(toolDirs, func(dir string) bool { return unix.Access(filepath.Join(dir, tool), unix.X_OK) == nil }) {
			missing = append(missing, tool)
		}
	}
	return missing
}

// toolDirs is PATH in lease.sh.
var toolDirs = []string{"/usr/bin", "/bin", "/usr/sbin", "/sbin", "/run/current-system/sw/bin"}

// command is the command line for whoever runs it now.
func (l Lease) command(verb string) []string { return []string{"/bin/sh", l.script(), verb} }

// scriptName is the file that the commands run.
const scriptName = "linger.sh"

func (l Lease) script() string { return filepath.Join(l.Folder(), scriptName) }

// scriptText is what is in it.
func (l Lease) scriptText() string {
	return fmt.Sprintf("name=%s file=%s folder=%s\n%s", quote(l.User.Name), quote(l.file), quote(l.Folder()), leaseScript)
}

// quote writes a word for a shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// Prepare makes sure that the script is there, before any of the commands is run.
func (l Lease) Prepare() error {
	if now, err := os.ReadFile(l.script()); err == nil && string(now) == l.scriptText() {
		return nil
	}
	if err := os.MkdirAll(l.Folder(), 0o700); err != nil {
		return fmt.Errorf("linger: %w", err)
	}
	// Another launch may be at it, and a shell may be reading the old one.
	f, err := os.CreateTemp(l.Folder(), scriptName+"-")
	if err != nil {
		return fmt.Errorf("linger: %w", err)
	}
	_, err = f.WriteString(l.scriptText())
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), l.script())
	}
	if err != nil {
		os.Remove(f.Name()) // what stays is small
		return fmt.Errorf("linger: %w", err)
	}
	return nil
}

// Take takes the lease again that a [Keeper] keeps: the manager is started anew.
func (l Lease) Take(ctx context.Context) error { return l.run(ctx, l.command("take")) }

// Revive takes a lease again whose manager has crashed, so that there is a new one.
// It takes UserStopDelaySec of logind.conf(5) if that was just now.
func (l Lease) Revive(ctx context.Context) error { return l.run(ctx, l.command("revive")) }

// Give gives the lease back.
func (l Lease) Give(ctx context.Context) error { return l.run(ctx, l.command("give")) }

func (l Lease) run(ctx context.Context, args []string) error {
	out, err := exec.CommandContext(ctx, args[0], args[1:]...).CombinedOutput()
	if err != nil {
		return l.failed(out, err)
	}
	return nil
}

// failed is the error for a command that said something before it failed.
func (l Lease) failed(said []byte, err error) error {
	text, _, _ := strings.Cut(strings.TrimSpace(string(said)), "\n")
	return fmt.Errorf("linger: %s (%w)", text, err)
}

// cEscape writes a user's name as logind does in file names (cescape in
// escape.c): what is not printable ASCII in octal, quotes and backslashes with a
// backslash.
func cEscape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\'' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c <= ' ' || c >= 127:
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
