package supervise

import (
	"runtime"
	"runtime/debug"
	"sync"
)

// spareThreads is how many threads Go's runtime may want at a time on top of
// those it has when the supervisor starts: for a goroutine that is blocked in a
// system call, for the two that receive signals, and for the poller.
const spareThreads = 4

// ReserveThreads makes all threads that the supervisor will need, and sees to it
// that the runtime needs no more. Go throws when it cannot make a thread, and in
// a scope with a TasksMax the command may have taken all that there are. Call it
// before the process enters the scope.
func ReserveThreads() {
	// A collection would start a thread on each CPU, and the runtime forces one
	// every two minutes. A supervisor that waits makes no garbage.
	debug.SetGCPercent(-1)
	var ready, done sync.WaitGroup
	ready.Add(spareThreads)
	done.Add(spareThreads)
	for range spareThreads {
		go func() {
			defer done.Done()
			// A goroutine that is locked to a thread and blocks keeps it, so
			// that the next one gets another. Unlocked, the threads stay idle
			// until they are needed.
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			ready.Done()
			ready.Wait()
		}()
	}
	done.Wait()
}
