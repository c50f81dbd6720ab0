package supervise

import (
	"sync"

	"golang.org/x/sys/unix"
)

// courier sends signals to the command, in order, while the supervisor goes on. A signal
// takes memory of the scope. Where the scope uses more than MemoryHigh=, the kernel lets the
// sender sleep for up to two seconds once the signal has arrived (mem_cgroup_handle_over_high
// in mm/memcontrol.c). Meanwhile the command may end.
type courier struct {
	pidfd   int // the command's
	letters chan letter
	unsent  sync.WaitGroup
}

// letter is a signal to the command, or to its process group if group is not 0.
type letter struct {
	group  int
	signal unix.Signal
}

// maxLetters is how many signals may wait for one that the kernel holds up. Further ones
// wait in the supervisor's own queue.
const maxLetters = 64

func newCourier(pidfd int) *courier {
	c := &courier{pidfd: pidfd, letters: make(chan letter, maxLetters)}
	go func() {
		for l := range c.letters {
			c.deliver(l)
			c.unsent.Done()
		}
	}()
	return c
}

// toCommand sends a signal to the command.
func (c *courier) toCommand(sig unix.Signal) { c.send(letter{signal: sig}) }

// toGroup sends a signal to the command's process group.
func (c *courier) toGroup(group int, sig unix.Signal) { c.send(letter{group, sig}) }

func (c *courier) send(l letter) {
	c.unsent.Add(1)
	c.letters <- l
}

// settle waits until all signals have been sent.
func (c *courier) settle() { c.unsent.Wait() }

// deliver sends a signal, unless the command has been reaped: its group may then be another
// one. A command of another user refuses the signal.
func (c *courier) deliver(l letter) {
	if l.group == 0 {
		unix.PidfdSendSignal(c.pidfd, l.signal, nil, 0)
		return
	}
	if unix.PidfdSendSignal(c.pidfd, 0, nil, 0) != unix.ESRCH {
		// Not unix.Kill, with which a sleep of the kernel's would stop all goroutines.
		unix.Syscall(unix.SYS_KILL, uintptr(-l.group), uintptr(l.signal), 0)
	}
}
