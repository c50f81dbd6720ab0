//go:build linux && (portable || !(amd64 || arm64))

package signals

import (
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// Native reports whether senders are known.
const Native = false

// loud are the signals on which Go's runtime prints all goroutines.
var loud = []unix.Signal{unix.SIGQUIT, unix.SIGABRT}

// Begin gives the loud signals their default actions until Catch, and starts the threads
// that receive signals. Call it first.
func Begin([]unix.Signal) {
	signal.Notify(make(chan os.Signal, 1), unix.SIGCHLD)
	for _, sig := range loud {
		SetAction(sig, &Action{Handler: Default}) // on failure Go prints its goroutines
	}
}

// restoreLoud gives the loud signals back to the runtime. It has one handler for all
// signals, so CHLD's is the right one.
func restoreLoud() {
	runtimes, err := SetAction(unix.SIGCHLD, nil)
	if err != nil {
		return // then their default actions kill both us and the command
	}
	for _, sig := range loud {
		SetAction(sig, &runtimes) // on failure the default action stays
	}
}

// Inbox receives signals.
type Inbox struct{ signals chan os.Signal }

// Catch sends the listed signals to the inbox from now on. os/signal drops signals that
// do not fit into the channel; it holds two thousand.
func Catch(list []unix.Signal) (*Inbox, error) {
	in := &Inbox{make(chan os.Signal, 2048)}
	return in, in.Add(list)
}

// Add sends more signals to the inbox.
func (in *Inbox) Add(list []unix.Signal) error {
	if len(list) == 0 {
		return nil // to Notify, an empty list means all signals
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

// Release gives the caught signals their default actions again.
func (in *Inbox) Release() {
	signal.Reset()
	for _, sig := range loud {
		SetAction(sig, &Action{Handler: Default}) // on failure Go prints its goroutines
	}
}

// Mark adds an Info with signal 0 after all signals that came before. It reports whether
// there was room.
func (in *Inbox) Mark() bool {
	in.settle()
	select {
	case in.signals <- unix.Signal(0):
		return true
	default:
		return false
	}
}

// settle waits until os/signal has passed on all signals that the runtime has received.
// Only Stop does that (signalWaitUntilIdle). The channel makes no difference: Begin has
// another one for SIGCHLD.
func (in *Inbox) settle() {
	c := make(chan os.Signal, 1)
	signal.Notify(c, unix.SIGCHLD)
	signal.Stop(c)
}
