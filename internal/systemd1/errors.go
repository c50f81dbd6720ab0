package systemd1

import (
	"errors"
	"slices"
	"strings"

	"github.com/godbus/dbus/v5"
)

// Names of the errors that D-Bus defines.
const (
	AccessDenied     = "org.freedesktop.DBus.Error.AccessDenied"
	InvalidArgs      = "org.freedesktop.DBus.Error.InvalidArgs"
	NameHasNoOwner   = "org.freedesktop.DBus.Error.NameHasNoOwner"
	NoServer         = "org.freedesktop.DBus.Error.NoServer"
	NoReply          = "org.freedesktop.DBus.Error.NoReply"
	NotSupported     = "org.freedesktop.DBus.Error.NotSupported"
	PropertyReadOnly = "org.freedesktop.DBus.Error.PropertyReadOnly"
	ServiceUnknown   = "org.freedesktop.DBus.Error.ServiceUnknown"
	UnknownMethod    = "org.freedesktop.DBus.Error.UnknownMethod"
	UnknownObject    = "org.freedesktop.DBus.Error.UnknownObject"
	UnknownProcess   = "org.freedesktop.DBus.Error.UnixProcessIdUnknown"
	UnknownProperty  = "org.freedesktop.DBus.Error.UnknownProperty"
	// InteractiveAuthorizationRequired means that polkit would have to ask a person.
	InteractiveAuthorizationRequired = "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired"
)

// Names of the manager's own errors.
const (
	AlreadySubscribed = "org.freedesktop.systemd1.AlreadySubscribed"
	BadUnitSetting    = "org.freedesktop.systemd1.BadUnitSetting"
	NoSuchUnit        = "org.freedesktop.systemd1.NoSuchUnit"
	UnitBusy          = "org.freedesktop.systemd1.UnitBusy"
	UnitExists        = "org.freedesktop.systemd1.UnitExists"
	UnitInactive      = "org.freedesktop.systemd1.UnitInactive"
	// NoUnitForInvocationID means that the manager has forgotten that run of a unit.
	NoUnitForInvocationID = "org.freedesktop.systemd1.NoUnitForInvocationID"
	// TransactionIsDestructive means that a queued job may not be replaced, such as
	// the stop of all units when the manager ends.
	TransactionIsDestructive = "org.freedesktop.systemd1.TransactionIsDestructive"
)

// IsError reports whether err is a D-Bus error with one of the names.
func IsError(err error, names ...string) bool {
	var e dbus.Error
	return errors.As(err, &e) && slices.Contains(names, e.Name)
}

// IsForgotten reports whether the manager has forgotten the unit that was asked for.
func IsForgotten(err error) bool {
	return IsError(err, NoUnitForInvocationID, NoSuchUnit, UnknownObject)
}

// IsRefused reports whether polkit or the policy of the bus denied a call, or polkit
// would have to ask a person first.
func IsRefused(err error) bool { return IsError(err, AccessDenied, InteractiveAuthorizationRequired) }

// spawnErrors begins the names of the errors of a bus that tries to start the manager as a program:
// systemd's packages install /bin/false for it (org.freedesktop.systemd1.service).
const spawnErrors = "org.freedesktop.DBus.Error.Spawn."

// IsUnreachable reports whether the message bus works and the manager is not on it.
func IsUnreachable(err error) bool {
	var e dbus.Error
	return IsError(err, ServiceUnknown, NameHasNoOwner, NoServer) || errors.As(err, &e) && strings.HasPrefix(e.Name, spawnErrors)
}
