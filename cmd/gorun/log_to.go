package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"gorun/internal/account"
	"gorun/internal/journal"
)

// logKind is where the output goes of a command that must not have a terminal's.
type logKind string

const (
	logJournal logKind = "journal"
	logNull    logKind = "null"
	logFile    logKind = "file"   // that is emptied first
	logAppend  logKind = "append" // to a file
)

// logTarget is what --log-to asks for.
type logTarget struct {
	typed string // the option; empty for the default
	kind  logKind
	path  string // of a file
}

// readOutput reads what becomes of the terminal.
func (o *options) readOutput(c *cli.Context) error {
	o.nohup, o.detach = c.Bool("nohup"), c.Bool("detach")
	text := c.String("log-to")
	if text == "" {
		return nil
	}
	if !o.nohup && !o.detach {
		return &usageError{option: "--log-to=" + text, reason: "goes with --nohup or --detach"}
	}
	target, err := parseLogTarget(text)
	o.logTo = target
	return err
}

// parseLogTarget reads journal, null, file:PATH or append:PATH.
func parseLogTarget(text string) (*logTarget, error) {
	kind, path, hasPath := strings.Cut(text, ":")
	t := &logTarget{typed: "--log-to=" + text, kind: logKind(kind), path: path}
	switch t.kind {
	case logJournal, logNull:
		if !hasPath {
			return t, nil
		}
	case logFile, logAppend:
		if path != "" {
			return t, nil
		}
	}
	return nil, &usageError{option: t.typed, reason: "want journal, null, file:PATH or append:PATH"}
}

// check says why nothing can go there, but of a file, which is opened at once.
func (t *logTarget) check() error {
	if t.kind == logJournal && !journal.Available() {
		return &usageError{option: t.typed, reason: "there is no journal that listens"}
	}
	return nil
}

// logTarget is where this run's output goes.
func (o *options) logTarget(unit string) (*logTarget, error) {
	if o.logTo != nil {
		return o.logTo, nil
	}
	if journalIsReadable() {
		return &logTarget{kind: logJournal}, nil
	}
	dirs := stateDirs()
	if len(dirs) == 0 {
		return nil, &usageError{option: "--log-to", reason: "there is no home for a file, nor a journal that can be read back; say where the output goes"}
	}
	if err := os.MkdirAll(dirs[0], 0o700); err != nil {
		return nil, &usageError{option: "--log-to", reason: err.Error() + "; say where the output goes"}
	}
	return &logTarget{kind: logFile, path: filepath.Join(dirs[0], unit+logSuffix)}, nil
}

// logSuffix ends the names of files in a state folder: of the output itself, or of a
// link to where it is.
const logSuffix = ".log"

// stateDirs are the folders where gorun may keep what outlives a run. The first is
// the one to use. cron and login shells may see different ones.
func stateDirs() []string {
	var dirs []string
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) && !isOthers(dir) {
		dirs = append(dirs, filepath.Join(dir, "gorun"))
	}
	home := ""
	if user, err := account.ByUID(os.Geteuid()); err == nil { // else it has no entry
		home, _ = user.HomeAndShell()
	}
	if dir := os.Getenv("HOME"); home == "" && filepath.IsAbs(dir) && !isOthers(dir) {
		home = dir
	}
	if home != "" {
		dirs = append(dirs, filepath.Join(home, ".local/state/gorun"))
	}
	return dirs
}

// isOthers tells what another user has: su and sudo -E leave variables as they were.
func isOthers(file string) bool {
	uid, ok := owner(file)
	return ok && uid != os.Geteuid()
}

// journalIsReadable tells whether the caller can read back what their runs write: all
// of the journal, or their own part, of which only a persistent one has any.
func journalIsReadable() bool {
	id, err := os.ReadFile("/etc/machine-id")
	if err != nil || !journal.Available() {
		return false
	}
	if os.Geteuid() == 0 {
		return true
	}
	machine := strings.TrimSpace(string(id))
	persistent, volatile := filepath.Join("/var/log/journal", machine), filepath.Join("/run/log/journal", machine)
	if _, err := os.Stat(filepath.Join(volatile, "system.journal")); err == nil {
		return canRead(filepath.Join(volatile, "system.journal"))
	}
	return canRead(filepath.Join(persistent, "system.journal")) ||
		canRead(filepath.Join(persistent, fmt.Sprintf("user-%d.journal", os.Geteuid())))
}
