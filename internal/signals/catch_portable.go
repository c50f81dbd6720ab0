//go:build linux && (portable || !(amd64 || arm64))

package signals

import (
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// Native tells whether senders are known.
const Native = false

// Inbox receives signals.
type Inbox struct{ signals chan os.Signal }

// Catch has the given signals go to the inbox from now on. os/signal drops what
// does not fit into the channel: of each signal more than one is waiting at most if
// the command is flooded.
func Catch(list []unix.Signal) (*Inbox, error) {
	in := &Inbox{make(chan os.Signal, 2048)}
	if len(list) == 0 {
		return in, nil // none would mean all
	}
	some := make([]os.Signal, len(list))
	for i, sig := range list {
		some[i] = sig
	}
	signal.Notify(in.signals, some...)
	return in, nil
}

// Next waits for the next signal. It has no deadline.
func (in *Inbox) Next() (Info, error) {
	sig := <-in.signals
	return Info{Signal: sig.(unix.Signal)}, nil
}
