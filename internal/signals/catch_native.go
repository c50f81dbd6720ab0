//go:build linux && (amd64 || arm64) && !portable

package signals

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Native reports whether senders are known.
const Native = true

// Flags of sigaction(2).
const (
	saSiginfo  = 0x00000004
	saRestorer = 0x04000000
	saOnStack  = 0x08000000
	saRestart  = 0x10000000
)

// pipe is the end of the pipe that the handler writes to.
var pipe int32

// handlerAddress is the handler's address. The kernel calls the handler, not Go. The
// handler writes the siginfo_t to the pipe in one system call, whatever the thread was
// doing.
func handlerAddress() uintptr

// restorerAddress is where the handler returns to, 0 if the kernel has its own restorer.
func restorerAddress() uintptr

// Inbox receives signals. A process can have only one.
type Inbox struct {
	read   *os.File // with the runtime's poller: a thread that waits in read(2) would keep others from running
	caught []unix.Signal
}

// Begin gives the listed signals their default actions until Catch. Go's runtime would
// drop some and print all goroutines on others. Call it first.
func Begin(list []unix.Signal) {
	for _, sig := range list {
		if sig != unix.SIGPIPE { // the reader of our output may be gone
			SetAction(sig, &Action{Handler: Default}) // on failure it keeps Go's action
		}
	}
}

// Catch sends the listed signals to the inbox from now on, and nowhere else in this
// process.
func Catch(list []unix.Signal) (*Inbox, error) {
	var fds [2]int
	// A handler must not wait. Signals that do not fit into the pipe are lost; it
	// holds two thousand.
	if err := unix.Pipe2(fds[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		return nil, fmt.Errorf("make a pipe for signals: %w", err)
	}
	pipe = int32(fds[1])
	in := &Inbox{read: os.NewFile(uintptr(fds[0]), "signals")}
	// The pipe takes its memory now. Where the kernel throttles us, a signal would wait for it.
	if in.Mark() {
		in.Next() // cannot fail: the mark is there
	}
	return in, in.Add(list)
}

// Add sends more signals to the inbox.
func (in *Inbox) Add(list []unix.Signal) error {
	a := Action{Handler: handlerAddress(), flags: saSiginfo | saOnStack | saRestart, mask: ^uint64(0)}
	if a.restorer = restorerAddress(); a.restorer != 0 {
		a.flags |= saRestorer
	}
	for _, sig := range list {
		if _, err := SetAction(sig, &a); err != nil {
			return err
		}
	}
	in.caught = append(in.caught, list...)
	return nil
}

// Next waits for the next signal. It has no deadline.
func (in *Inbox) Next() (Info, error) {
	var b [infoSize]byte
	// The handler writes whole records, and pipes keep them whole.
	n, err := in.read.Read(b[:])
	switch {
	case err != nil:
		return Info{}, fmt.Errorf("read signals: %w", err)
	case n != infoSize:
		return Info{}, fmt.Errorf("read signals: %d bytes", n)
	}
	return parseInfo(&b), nil
}

// Release gives the caught signals their default actions again.
func (in *Inbox) Release() { Begin(in.caught) }

// Mark adds an Info with signal 0 after all signals that came before. It reports whether
// there was room.
func (in *Inbox) Mark() bool {
	_, err := unix.Write(int(pipe), make([]byte, infoSize))
	return err == nil
}
