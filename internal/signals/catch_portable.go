//go:build linux && (portable || !(amd64 || arm64))

package signals

import (
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// Native tells whether senders are known.
const Native = false

// loud are the signals for which Go's runtime prints all goroutines.
var loud = []unix.Signal{unix.SIGQUIT, unix.SIGABRT}

// Begin lets the loud signals do until Catch what they do to any program, and
// starts the threads that receive signals. Call it first thing.
func Begin([]unix.Signal) {
	signal.Notify(make(chan os.Signal, 1), unix.SIGCHLD)
	for _, sig := range loud {
		SetAction(sig, &Action{Handler: Default}) // at worst some lines too many
	}
}

// restoreLoud has the runtime handle again what Begin took from it. It has one
// handler for all signals, so that CHLD's will do.
func restoreLoud() {
	runtimes, err := SetAction(unix.SIGCHLD, nil)
	if err != nil {
		return // then their default action kills us and the command both
	}
	for _, sig := range loud {
		SetAction(sig, &runtimes) // as above
	}
}

// Inbox receives signals.
type Inbox struct{ signals chan os.Signal }

// Catch has the given signals go to the inbox from now on. os/signal drops
// what does not fit into the channel, two thousand signals that nobody has
// read.
func Catch(list []unix.Signal) (*Inbox, error) {
	in := &Inbox{make(chan os.Signal, 2048)}
	return in, in.Add(list)
}

// Add has further signals go to the inbox.
func (in *Inbox) Add(list []unix.Signal) error {
	if len(list) == 0 {
		return nil // none would mean all
	}
	some := make([]os.Signal, len(list))
	for i, sig := range list {
		some[i] = sig
	}
	signal.Notify(in.signals, some...)
	restoreLoud()
	return nil
}

// Next waits for the next signal. It has no deadline.
func (in *Inbox) Next() (Info, error) {
	sig := <-in.signals
	return Info{Signal: sig.(unix.Signal)}, nil
}

// Release lets the signals that come from now on do again what they do to any program.
func (in *Inbox) Release() {
	signal.Reset()
	for _, sig := range loud {
		SetAction(sig, &Action{Handler: Default}) // at worst some lines too many
	}
}

// Mark has Next return one of no signal once all that came before have been read. It
// tells whether there was room for that.
func (in *Inbox) Mark() bool {
	select {
	case in.signals <- unix.Signal(0):
		return true
	default:
		return false
	}
}
