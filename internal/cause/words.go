package cause

import (
	"fmt"
	"maps"
	"slices"
)

// Error says what is wrong.
func (c *Cause) Error() string {
	text := words[c.Kind](c)
	switch {
	case c.Says == "":
		return text
	case text == "":
		return c.speaker() + " says: " + c.Says
	}
	return text + "; " + c.speaker() + " says: " + c.Says
}

// speaker is whose words Says are.
func (c *Cause) speaker() string {
	if c.Kind == PAM {
		return "the journal"
	}
	return "the " + c.Manager.String() + " manager"
}

// words has the words for each kind.
var words = map[Kind]func(*Cause) string{
	NoSystemd:     func(*Cause) string { return "systemd does not run here: there is no " + systemdDir },
	WSL:           func(*Cause) string { return "this is WSL without systemd: there is no " + systemdDir },
	NoUnixSockets: func(c *Cause) string { return "no unix socket can be made: " + c.restriction() },
	NoEntry: func(c *Cause) string {
		return fmt.Sprintf("UID %d is not in the user database, and cannot have a user manager", c.UID)
	},
	DynamicUser: func(c *Cause) string { return c.User + " is a dynamic user, and cannot have a user manager" },
	Hidden:      (*Cause).hidden,
	SocketsGone: func(c *Cause) string {
		return "the user manager runs, but its sockets were removed from " + c.Path
	},
	Refuses:         func(c *Cause) string { return "the user manager runs, but " + c.Path + " refuses: " + c.Detail },
	Masked:          func(c *Cause) string { return c.Unit + " is masked" },
	Ended:           func(c *Cause) string { return fmt.Sprintf("%s %s", c.Unit, c.end()) },
	AccountExpired:  func(c *Cause) string { return c.cannotStart("the account " + c.User + " expired on " + c.Detail) },
	PasswordExpired: func(c *Cause) string { return c.cannotStart("the password of " + c.User + " " + c.Detail) },
	PAM:             func(c *Cause) string { return c.cannotStart("PAM refuses " + c.User) },
	Full:            func(c *Cause) string { return fmt.Sprintf("%s is full: no room for %s", c.Path, c.Detail) },
	NoSystemBus:     func(c *Cause) string { return "the system bus does not answer: " + c.Detail },
	NotMoved: func(c *Cause) string {
		return "the user manager may not have processes moved (AttachProcessesToUnit): " + c.Detail
	},
	Failed: func(*Cause) string { return "" },
}

// Kinds lists all kinds.
func Kinds() []Kind { return slices.Sorted(maps.Keys(words)) }

func (c *Cause) restriction() string {
	if c.Unit == "" {
		return "a seccomp filter forbids it"
	}
	return "RestrictAddressFamilies= of " + c.Unit + " forbids it"
}

func (c *Cause) hidden() string {
	text := ""
	if c.Runs {
		text = "the user manager runs, but "
	}
	text += c.Path
	switch {
	case c.Setting != "":
		text += " is hidden by " + c.Setting + " of " + c.Unit
	case c.Mount != "":
		text += " is hidden by a mount on " + c.Mount
	default:
		text += " is not in this mount namespace"
	}
	if c.InWSL {
		text += " (this is WSL)"
	}
	return text
}

func (c *Cause) cannotStart(why string) string { return c.Unit + " cannot start: " + why }

// ends says how a unit ended that did not fail by itself, by its Result.
var ends = map[string]string{
	"signal": "was killed", "core-dump": "has crashed", "oom-kill": "was killed for lack of memory",
}

// Killed reports whether Unit ran until something ended it, so that it can run again.
func (c *Cause) Killed() bool { return ends[c.Detail] != "" }

// end says how Unit has failed.
func (c *Cause) end() string {
	if c.Killed() {
		return ends[c.Detail]
	}
	return "has failed with result " + c.Detail
}
