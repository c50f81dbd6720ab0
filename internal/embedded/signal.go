package embedded

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"gorun/internal/process"
)

// maxHandles is how many pidfds are open at a time. A process may have a thousand descriptors.
const maxHandles = 200

// signalAll sends signals to each process of a list that grows, once, but not to the caller. refused
// are those that do not take the caller's signals.
func signalAll(list func() ([]int, error), signals ...unix.Signal) (refused []int, err error) {
	const rounds = 20
	sent := map[int]bool{os.Getpid(): true}
	for range rounds {
		pids, err := list()
		if err != nil {
			return refused, err
		}
		pids = slices.DeleteFunc(pids, func(pid int) bool { return sent[pid] })
		if len(pids) == 0 {
			return refused, nil
		}
		for some := range slices.Chunk(pids, maxHandles) {
			no, err := signalSome(some, list, sent, signals)
			refused = append(refused, no...)
			if err != nil {
				return refused, err
			}
		}
	}
	return refused, nil
}

// signalSome sends signals to those of some processes that are still in the list, and notes which
// have got them. A pidfd keeps a PID from becoming another process's between the look and the signal.
func signalSome(pids []int, list func() ([]int, error), sent map[int]bool, signals []unix.Signal) (refused []int, err error) {
	handles := map[int]int{}
	for _, pid := range pids {
		if fd, err := unix.PidfdOpen(pid, 0); err == nil { // else it has ended
			defer unix.Close(fd)
			handles[pid] = fd
		}
	}
	members, err := list()
	if err != nil {
		return nil, err
	}
	for pid, fd := range handles {
		if !slices.Contains(members, pid) {
			continue
		}
		err := send(fd, signals)
		sent[pid] = !errors.Is(err, unix.ESRCH) // the PID is a later process's
		if errors.Is(err, unix.EPERM) {
			refused = append(refused, pid)
		}
	}
	return refused, nil
}

// send sends signals to a process.
func send(pidfd int, signals []unix.Signal) error {
	for _, sig := range signals {
		if err := unix.PidfdSendSignal(pidfd, sig, nil, 0); err != nil {
			return err
		}
	}
	return nil
}

// signalSelf sends signals to the caller.
func signalSelf(signals []unix.Signal) {
	for _, sig := range signals {
		unix.Kill(os.Getpid(), sig) // cannot fail: the signals are known
	}
}

// refusal is the error about processes that refuse signals. It is nil for none.
func refusal(pids []int) error {
	if len(pids) == 0 {
		return nil
	}
	var names []string
	for _, pid := range pids {
		p, _ := process.Read(pid) // without a name, the PID has to do
		names = append(names, fmt.Sprintf("process %d (%s)", pid, p.Name))
	}
	return fmt.Errorf("signal %s: %w", strings.Join(names, ", "), unix.EPERM)
}
