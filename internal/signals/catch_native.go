//go:build linux && (amd64 || arm64) && !portable

package signals

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// Native tells whether senders are known.
const Native = true

// Flags of sigaction(2).
const (
	saSiginfo  = 0x00000004
	saRestorer = 0x04000000
	saOnStack  = 0x08000000
	saRestart  = 0x10000000
)

// pipe is the end that the handler writes to.
var pipe int32

// handler is called by the kernel, not by Go. It writes the siginfo_t to the pipe,
// in one system call and with no regard to what the thread was doing.
func handlerAddress() uintptr

// restorerAddress is what the handler returns to, 0 where the kernel has its own.
func restorerAddress() uintptr

// Inbox receives signals. There can be one in a process.
type Inbox struct {
	fd     int
	caught []unix.Signal
}

// Begin lets the given signals do until Catch what they do to any program: Go's
// runtime would drop some and print all goroutines on others. Call it first thing.
func Begin(list []unix.Signal) {
	for _, sig := range list {
		if sig != unix.SIGPIPE { // what we print may be for nobody
			SetAction(sig, &Action{Handler: Default}) // at worst it does what Go does
		}
	}
}

// Catch has the given signals go to the inbox from now on, and to nobody else in
// this process.
func Catch(list []unix.Signal) (*Inbox, error) {
	var fds [2]int
	if err := unix.Pipe2(fds[:], unix.O_CLOEXEC); err != nil {
		return nil, fmt.Errorf("make a pipe for signals: %w", err)
	}
	// A handler must not wait. What does not fit, two thousand signals that
	// nobody has read, is lost.
	if err := unix.SetNonblock(fds[1], true); err != nil {
		return nil, fmt.Errorf("make a pipe for signals: %w", err)
	}
	pipe = int32(fds[1])
	in := &Inbox{fd: fds[0]}
	return in, in.Add(list)
}

// Add has further signals go to the inbox.
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
	for {
		// The handler writes whole records, and pipes keep them whole.
		n, err := unix.Read(in.fd, b[:])
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return Info{}, fmt.Errorf("read signals: %w", err)
		case n != infoSize:
			return Info{}, fmt.Errorf("read signals: %d bytes", n)
		default:
			return parseInfo(&b), nil
		}
	}
}

// Release lets the signals that come from now on do again what they do to any program.
func (in *Inbox) Release() { Begin(in.caught) }

// Mark has Next return one of no signal once all that came before have been read. It
// tells whether there was room for that.
func (in *Inbox) Mark() bool {
	_, err := unix.Write(int(pipe), make([]byte, infoSize))
	return err == nil
}
