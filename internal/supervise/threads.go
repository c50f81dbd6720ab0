package supervise

import (
	"runtime"
	"runtime/debug"
	"sync"

	"gorun/internal/single"
)

// maxRunning is how many threads run Go code at a time.
const maxRunning = single.Processors

// spareThreads is how many threads the runtime may need at a time besides its own and
// those that receive signals: the running ones, one for each of our goroutines that is
// blocked in a system call, one that waits for a timer, one for the collector, and one for
// each that has come back from a system call and finds that another took its place. Without
// the last ones, a flood of 400,000 signals made one more thread now and then.
func spareThreads(blocked int) int { return maxRunning + blocked + 1 + 1 + maxRunning }

// How many goroutines are blocked in system calls at a time. Beside a command, one sends it
// signals, and one asks the manager. The runtime's poller waits for signals.
const (
	BlockedBeside = 2 // while a command runs
	BlockedBefore = 0 // until it takes this process's place
)

// maxGarbage bounds how much memory the process may take on top of what it has when it
// starts. It is more than a launch takes: the runtime collects garbage first when there are 4 MiB.
const maxGarbage = 5 << 20

// ReserveThreads makes all threads that the process will need, and keeps the runtime
// from needing more. Go throws when it cannot make a thread, and in a scope with
// TasksMax the command may have used up the limit. Call it before the process enters
// the scope. blocked is [BlockedBeside] or [BlockedBefore]. Each thread takes a hundredth of
// a launch.
func ReserveThreads(blocked int) {
	collectRarely()
	spare := spareThreads(blocked)
	var ready, done sync.WaitGroup
	ready.Add(spare)
	done.Add(spare)
	for range spare {
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

// collectRarely makes the runtime collect garbage only when there is much of it. By itself it
// would also do so every two minutes after the first time, and wake up a supervisor that waits.
// Most supervisors never collect any. The reserved threads are enough for a collection.
//
// A signal leaves some bytes, or some kilobytes if the manager has to be asked about it.
// A run may get some each second, for years.
func collectRarely() {
	first := new(*int) // the collection that finds it is the first
	runtime.SetFinalizer(first, func(**int) {
		var now runtime.MemStats
		runtime.ReadMemStats(&now)
		debug.SetGCPercent(-1)
		debug.SetMemoryLimit(int64(now.Sys-now.HeapReleased) + maxGarbage/5) // what the limit counts
	})
}
