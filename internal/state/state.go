// Package state finds out where gorun can keep what outlives a run: in the journal, if the
// user can read it back, or in the user's state directory.
package state

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"gorun/internal/account"
	"gorun/internal/safefile"
)

// Dirs lists the directories where gorun may keep what outlives a run. The first is the
// one to use; without a home directory there is none. cron and a login shell may see
// different ones. su and sudo -E leave the variables of the user before.
func Dirs() []string {
	var dirs []string
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) && safefile.IsOwn(dir) {
		dirs = append(dirs, filepath.Join(dir, "gorun"))
	}
	home := ""
	if user, err := account.ByUID(account.OwnUID()); err == nil { // else it has no entry
		home, _ = user.HomeAndShell()
	}
	if dir := os.Getenv("HOME"); home == "" && filepath.IsAbs(dir) && safefile.IsOwn(dir) {
		home = dir
	}
	if dir := filepath.Join(home, ".local/state/gorun"); home != "" && !slices.Contains(dirs, dir) {
		dirs = append(dirs, dir)
	}
	return dirs
}

// RuntimeDir is the directory in memory for what cannot be kept in one of [Dirs]. For users
// other than root it is there while they are logged in, or linger; where the machine has none, it
// is in /tmp.
func RuntimeDir() string {
	uid := account.OwnUID()
	if uid == 0 {
		return "/run/gorun"
	}
	if dir := fmt.Sprintf("/run/user/%d", uid); safefile.IsOwn(dir) {
		return dir + "/gorun"
	}
	return fmt.Sprintf("/tmp/gorun-%d/gorun", os.Geteuid())
}
