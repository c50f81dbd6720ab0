package supervise

import (
	"runtime"
	"runtime/debug"
	"sync"
)

// maxRunning limits how many threads run Go code at a time.
const maxRunning = 2

// spareThreads is how many threads the runtime may need at a time besides its own and
// those that receive signals: the running threads, and one for each of our goroutines
// that is blocked in a system call.
const spareThreads = maxRunning + 3

// ReserveThreads makes all threads that the process will need, and keeps the runtime
// from needing more. Go throws when it cannot make a thread, and in a scope with
// TasksMax the command may have used up the limit. Call it before the process enters
// the scope.
func ReserveThreads() {
	// A garbage collection would start a thread on each CPU, and the runtime forces
	// one every two minutes. A waiting supervisor makes no garbage.
	debug.SetGCPercent(-1)
	runtime.GOMAXPROCS(min(maxRunning, runtime.GOMAXPROCS(0)))
	var ready, done sync.WaitGroup
	ready.Add(spareThreads)
	done.Add(spareThreads)
	for range spareThreads {
		go func() {
			defer done.Done()
			// A goroutine that is locked to a thread keeps it while it blocks, so
			// the next one gets another thread. Once unlocked, the threads stay
			// idle until they are needed.
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			ready.Done()
			ready.Wait()
		}()
	}
	done.Wait()
}
