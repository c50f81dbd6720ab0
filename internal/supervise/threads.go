package supervise

import (
	"runtime"
	"runtime/debug"
	"sync"
)

// maxRunning bounds how many threads run Go code at a time.
const maxRunning = 2

// spareThreads is how many threads the runtime may want at a time besides its own
// and those that receive signals: those that run, and one for each goroutine of
// ours that is blocked in a system call.
const spareThreads = maxRunning + 3

// ReserveThreads makes all threads that the process will need, and sees to it
// that the runtime needs no more. Go throws when it cannot make a thread, and in
// a scope with a TasksMax the command may have taken all that there are. Call it
// before the process enters the scope.
func ReserveThreads() {
	// A collection would start a thread on each CPU, and the runtime forces one
	// every two minutes. A supervisor that waits makes no garbage.
	debug.SetGCPercent(-1)
	runtime.GOMAXPROCS(min(maxRunning, runtime.GOMAXPROCS(0)))
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
