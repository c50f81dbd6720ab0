package bus

import (
	"fmt"
	"strings"

	"github.com/godbus/dbus/v5"
)

// Address is the address of a D-Bus peer.
type Address struct {
	// Path is a socket in the file system or, with a leading @, in the abstract
	// namespace.
	Path string
	// MessageBus reports whether the peer is a message bus, with names and match
	// rules, or a direct peer.
	MessageBus bool
}

// SystemBus is the message bus of the system, unless the environment names another.
func SystemBus() Address {
	return Address{Path: "/run/dbus/system_bus_socket", MessageBus: true}
}

func (a Address) String() string { return a.Path }

// ParseAddress finds the unix socket in a D-Bus server address, such as the value of
// $DBUS_SESSION_BUS_ADDRESS:
//
//	unix:path=/run/user/1000/bus,guid=1f2e;unix:abstract=/tmp/dbus-XYZ
//
// It takes the first alternative that is a unix socket.
func ParseAddress(s string) (Address, error) {
	for alternative := range strings.SplitSeq(s, ";") {
		options, ok := strings.CutPrefix(alternative, "unix:")
		if !ok {
			continue
		}
		path, err := socketPath(options)
		if err != nil {
			return Address{}, fmt.Errorf("parse D-Bus address %q: %w", s, err)
		}
		if path != "" {
			return Address{Path: path, MessageBus: true}, nil
		}
	}
	return Address{}, fmt.Errorf("parse D-Bus address %q: no unix socket in it", s)
}

// socketPath reads the options of one address: "path=/run/bus,guid=1f2e".
func socketPath(options string) (string, error) {
	for option := range strings.SplitSeq(options, ",") {
		key, value, _ := strings.Cut(option, "=")
		prefix, known := map[string]string{"path": "", "abstract": "@"}[key]
		if !known {
			continue
		}
		value, err := dbus.UnescapeBusAddressValue(value)
		return prefix + value, err
	}
	return "", nil
}
