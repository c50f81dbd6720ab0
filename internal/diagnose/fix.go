package diagnose

import (
	"fmt"

	"golang.org/x/sys/unix"

	"gorun/internal/cause"
)

// Fix says what to do about the cause of a failure.
func Fix(c *cause.Cause) string { return fixes[c.Kind](c) }

// fixes has what to do about each kind of cause.
var fixes = map[cause.Kind]func(*cause.Cause) string{
	cause.NoSystemd:     always("boot with systemd as init"),
	cause.WSL:           always("write systemd=true below [boot] in /etc/wsl.conf, and run 'wsl --shutdown' in Windows"),
	cause.NoUnixSockets: func(c *cause.Cause) string { return "let RestrictAddressFamilies= allow AF_UNIX" + of(c.Unit) },
	cause.NoEntry: func(c *cause.Cause) string {
		return fmt.Sprintf("add UID %d to the user database, or run gorun as another user", c.UID)
	},
	cause.DynamicUser: func(c *cause.Cause) string { return "set User= and not DynamicUser=" + of(c.Unit) },
	cause.Hidden:      show,
	cause.SocketsGone: about("'sudo systemctl restart %s' makes them again, and ends what runs in the user manager"),
	cause.Refuses: func(c *cause.Cause) string {
		if c.Detail == unix.EACCES.Error() {
			return "'ls -l " + c.Path + "' shows its mode; a security module may also refuse, and 'sudo journalctl -k' says so"
		}
		return fmt.Sprintf("'sudo systemctl restart %s' makes it listen again, and ends what runs in the user manager", c.Unit)
	},
	cause.Masked: about("'sudo systemctl unmask %s' lets it start"),
	cause.Ended:  startAgain,
	cause.AccountExpired: func(c *cause.Cause) string {
		return "'sudo chage -E -1 " + c.User + "' removes the account's expiry date"
	},
	cause.PasswordExpired: always("'passwd' changes the password"),
	cause.PAM:             about("'sudo journalctl -u %s' says why"),
	cause.Full:            makeRoom,
	cause.NoSystemBus:     always("'sudo systemctl restart dbus.socket' starts it"),
	cause.NotMoved:        always("the policy of the system bus must allow AttachProcessesToUnit, and user@.service must have Delegate=yes; both are systemd's defaults"),
	cause.Failed:          readOn,
}

func always(text string) func(*cause.Cause) string {
	return func(*cause.Cause) string { return text }
}

// about is a text that names the unit.
func about(format string) func(*cause.Cause) string {
	return func(c *cause.Cause) string { return fmt.Sprintf(format, c.Unit) }
}

// of says which unit has a setting, if that is known.
func of(unit string) string {
	if unit == "" {
		return ""
	}
	return " in " + unit
}

// show says how a directory becomes visible.
func show(c *cause.Cause) string {
	switch {
	case c.Setting != "":
		return fmt.Sprintf("set ProtectHome=read-only, and leave %s out of InaccessiblePaths=,%s", c.Path, of(c.Unit))
	case c.Mount != "":
		return "unmount " + c.Mount + ", or run gorun where it is not mounted"
	}
	return "bind-mount " + c.Path + " into the sandbox, or run gorun outside"
}

// startAgain says how the user's manager starts.
func startAgain(c *cause.Cause) string {
	if !c.Killed() {
		return fmt.Sprintf("'systemctl status %[1]s' says why; 'sudo systemctl start %[1]s' tries again", c.Unit)
	}
	return fmt.Sprintf("'sudo systemctl start %s' starts it again, and so does a new login", c.Unit)
}

// makeRoom says how a manager's directory gets room.
func makeRoom(c *cause.Cause) string {
	return fmt.Sprintf("delete files in %s: 'du -a %s' lists them", c.Path, c.Path)
}

// readOn says where the journal has more. A manager that has lost the system bus, for
// example because that was restarted, connects again when it re-executes.
func readOn(c *cause.Cause) string {
	user := c.OfUser()
	text := fmt.Sprintf("'%s' says more", journalctl(user, c.Unit))
	if user {
		text += "; 'systemctl --user daemon-reexec' connects the manager to the system bus again, if it has lost the connection"
	}
	return text
}

func journalctl(user bool, unit string) string {
	if user {
		return "journalctl --user -u " + unit
	}
	return "journalctl -u " + unit
}
