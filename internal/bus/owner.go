package bus

import (
	"strings"

	"github.com/godbus/dbus/v5"
)

// driver is the name of the message bus itself, which it gives to nobody.
const driver = "org.freedesktop.DBus"

// ownerChanges selects the driver's signals about a name.
func ownerChanges(name string) Rule {
	return Rule{Sender: driver, Path: "/org/freedesktop/DBus", Interface: driver, Member: "NameOwnerChanged", Value: name}
}

// owners knows who owns the names that this connection speaks to. Any client of a message
// bus can send any message to any other; only its unique name, which the bus adds, says
// whose message it is.
type owners struct {
	byName   map[string]string // unique names; empty while nobody owns the name
	question map[uint32]string // the names that were asked for, by the call's serial
}

// track asks for the owner of a name, and for news of it, once.
func (c *Conn) track(name string) error {
	if _, isTracked := c.owners.byName[name]; isTracked || !c.address.MessageBus || name == driver || strings.HasPrefix(name, ":") {
		return nil
	}
	if c.owners.byName == nil {
		c.owners = owners{map[string]string{}, map[uint32]string{}}
	}
	if err := c.addMatch(ownerChanges(name)); err != nil {
		return err
	}
	serial, err := c.queue(busCall("GetNameOwner", name).message())
	if err != nil {
		return err
	}
	c.owners.byName[name], c.owners.question[serial] = "", name
	return nil
}

// isFrom reports whether a message is from the owner of a name. A direct peer is the only
// one who can send.
func (c *Conn) isFrom(name string, h *header) bool {
	switch {
	case !c.address.MessageBus || name == "" || string(h.sender) == name:
		return true
	case string(h.sender) == driver: // an error in the name of somebody who does not answer
		return h.kind == dbus.TypeError
	}
	owner := c.owners.byName[name]
	return owner != "" && owner == string(h.sender)
}

// takeNews notes a name's owner, if a message of the bus itself tells it.
func (c *Conn) takeNews(h *header, body []byte) {
	if string(h.sender) != driver || !c.address.MessageBus {
		return
	}
	name, isAnswer := c.owners.question[h.replySerial]
	switch {
	case isAnswer && h.kind == dbus.TypeMethodReply:
		if owner, ok := h.text(body, 0); ok {
			c.owners.byName[name] = string(owner)
		}
	case h.kind == dbus.TypeSignal && string(h.member) == "NameOwnerChanged":
		name, _ := h.text(body, 0)
		if _, isTracked := c.owners.byName[string(name)]; isTracked {
			owner, _ := h.text(body, 2)
			c.owners.byName[string(name)] = string(owner)
		}
	}
}
