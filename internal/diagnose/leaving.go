package diagnose

import (
	"path"
	"slices"
)

// Leaving says why limits do not hold for a command that leaves its scope.
type Leaving struct {
	Why string // as a sentence about the limits
	Fix string
}

// leaving are the commands that leave their scope by design, or put what they start into
// scopes of their own.
var leaving = map[string]Leaving{
	"tmux": {"tmux 3.4 and later gives each pane a scope of its own, which has none of the limits",
		"--own-slice puts the limits on a slice that has the panes, too"},
	"sudo":        ofSession("sudo"),
	"su":          ofSession("su"),
	"doas":        ofSession("doas"),
	"runuser":     ofSession("runuser"),
	"systemd-run": {"systemd-run starts a unit of its own, which has none of the limits", "give the limits to systemd-run"},
	"run0":        {"run0 starts a service of its own, which has none of the limits", "sudo gorun runs COMMAND as root with the limits"},
	"gorun":       {"gorun runs its command in a scope of its own, which has none of the limits", "give the limits to the inner gorun"},
	"flatpak":     {"flatpak gives each application a scope of its own, which has none of the limits", ""},
}

// ofSession is about a command that opens a session.
func ofSession(name string) Leaving {
	return Leaving{name + " may open a session of its own, whose scope has none of the limits", "put " + name + " in front of gorun"}
}

// LeavesLimits says why limits do not hold for a command that leaves its scope. ok is false
// for other commands. If the scope is a user manager's and has a slice of its own, the
// panes of tmux are placed there.
func LeavesLimits(command []string, ofUser, ownSlice bool) (l Leaving, ok bool) {
	name := path.Base(command[0])
	l, ok = leaving[name]
	switch {
	case name == "tmux" && ofUser && ownSlice:
		return l, false
	case name == "tmux" && !ofUser: // it asks the user's manager
		l.Fix = "--user --own-slice puts the limits on a slice that has the panes, too"
	case name == "gorun" && ownSlice:
		l.Fix = "--slice-inherit keeps the inner gorun in the slice that has the limits"
		return l, !slices.Contains(command, "--slice-inherit")
	case name == "flatpak" && !slices.Contains(command, "run"):
		return l, false
	}
	return l, ok
}
