package state

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gorun/internal/account"
	"gorun/internal/journal"
	"gorun/internal/safefile"
	"gorun/internal/smallfile"
)

// The directories of journals (systemd-journald.service(8)). Each has one for the machine.
const (
	persistentDir = "/var/log/journal"
	volatileDir   = "/run/log/journal"
)

// JournalIsReadable reports whether the caller can read back what the caller's runs write now:
// all of the journal, or the caller's own part of a persistent one. It judges by where
// journald writes today. Files of earlier days may be readable, too. It does not ask whether
// journald listens.
func JournalIsReadable() bool {
	c := readConfig()
	switch {
	case c.storage == "none" || !c.keepsInfo():
		return false
	case account.OwnUID() == 0:
		return true
	}
	id, err := smallfile.Read("/etc/machine-id")
	if err != nil {
		return false
	}
	machine := strings.TrimSpace(string(id))
	if dir := filepath.Join(persistentDir, machine); c.storage != "volatile" && isInUse(dir) {
		return safefile.IsReadable(filepath.Join(dir, "system.journal")) ||
			c.split != "none" && safefile.IsReadable(filepath.Join(dir, fmt.Sprintf("user-%d.journal", account.OwnUID())))
	}
	return safefile.IsReadable(filepath.Join(volatileDir, machine, "system.journal"))
}

// isInUse reports whether journald has written to a persistent journal since the machine
// has booted. The manager makes journald's sockets at each boot.
func isInUse(dir string) bool {
	written, err := os.Stat(filepath.Join(dir, "system.journal"))
	booted, errBoot := os.Stat(journal.StreamSocket)
	return err == nil && errBoot == nil && !written.ModTime().Before(booted.ModTime())
}
