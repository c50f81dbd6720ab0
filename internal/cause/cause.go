// Package cause finds out why a launch could not reach its service manager, or why the
// manager did not do what the launch asked for. It looks after a failure, so that a launch
// that works pays nothing.
//
// Limitations: it knows what the caller may see. The journal of the system and the
// accounts of a directory service, for example, may be closed to the caller. What has
// changed between the failure and the look is not found.
package cause

import "gorun/scope"

// Kind is a kind of cause.
type Kind string

// The causes for which no manager can be reached.
const (
	// NoSystemd: there is no systemd.
	NoSystemd Kind = "no-systemd"
	// WSL: there is no systemd, because the Windows Subsystem for Linux runs without.
	WSL Kind = "wsl"
	// NoUnixSockets: the process may not make unix sockets.
	NoUnixSockets Kind = "no-unix-sockets"
	// NoEntry: the caller's UID is not in the user database.
	NoEntry Kind = "no-entry"
	// DynamicUser: the caller's user exists as long as a service.
	DynamicUser Kind = "dynamic-user"
	// Hidden: the manager's directory is not visible to this process.
	Hidden Kind = "hidden"
	// SocketsGone: the manager runs, and its sockets were removed.
	SocketsGone Kind = "sockets-gone"
	// Refuses: the manager runs, and nobody can connect to its socket.
	Refuses Kind = "refuses"
	// Masked: the manager's unit is masked.
	Masked Kind = "masked"
	// Ended: the manager has failed, and nothing starts it again.
	Ended Kind = "ended"
	// AccountExpired: the caller's account has expired.
	AccountExpired Kind = "account-expired"
	// PasswordExpired: the caller's password has expired.
	PasswordExpired Kind = "password-expired"
	// PAM: PAM refuses to let the manager start, for another reason.
	PAM Kind = "pam"
)

// The causes for which a manager that answers cannot start a scope. NoSystemBus is also one
// for which no manager can be reached.
const (
	// Full: the file system with the manager's directory has no room.
	Full Kind = "full"
	// NoSystemBus: the system's message bus cannot be reached.
	NoSystemBus Kind = "no-system-bus"
	// NotMoved: the system manager does not move processes for the user's manager.
	NotMoved Kind = "not-moved"
	// Failed: only the manager's journal says why.
	Failed Kind = "failed"
)

// Cause is why a launch failed.
type Cause struct {
	Kind Kind
	// Manager is the one that was needed.
	Manager scope.Manager
	// Unit is the manager's unit or, for NoUnixSockets, DynamicUser and Hidden, the one
	// that this process is in. Empty if it is not known.
	Unit string
	// User is the caller's name.
	User string
	// UID is the caller's UID.
	UID int
	// Path is the directory that is hidden, full, or without sockets, or for Refuses the
	// socket.
	Path string
	// Setting is the setting of Unit that hides Path, and Mount the mount point that
	// does. Either may be empty.
	Setting, Mount string
	// Runs says that the manager is known to run.
	Runs bool
	// Past says that the failure was at the manager's last start. The next launch may
	// start it.
	Past bool
	// InWSL says that this is the Windows Subsystem for Linux.
	InWSL bool
	// Detail is the Result of Unit, an error, a date, or what there is no room for.
	Detail string
	// Says is the reason in the words of the journal. Empty if it has none that the
	// caller may read.
	Says string
}

// OfUser reports whether a user's manager was needed.
func (c *Cause) OfUser() bool { return c.Manager.OfUser() }

// Error is an error of package scope with its cause. It wraps both.
type Error struct {
	Err   error
	Cause *Cause
	// Doing is what Err means that could not be done: start x.scope.
	Doing string
}

func (e *Error) Error() string { return e.Doing + ": " + e.Cause.Error() }

// Unwrap returns the error and the cause.
func (e *Error) Unwrap() []error { return []error{e.Err, e.Cause} }
