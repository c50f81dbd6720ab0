package entry

import "golang.org/x/sys/unix"

// A thread of Go's runtime looks at the other threads while Go code runs, every 20 us at first. The
// kernel adds the timer slack of the thread (prctl(2), PR_SET_TIMERSLACK), which is 50 us by default.
// With 1 ms a launch takes 5 to 10 % less CPU time, and ends as early as before. With 10 ms it takes
// a third longer: the runtime notices too late that a thread waits in the kernel.

// slack is the timer slack that the process was started with, in nanoseconds; 0 if it was left as
// it is.
var slack uint64

// longSlack is the timer slack of gorun's threads, in nanoseconds, as a variable for the instructions
// before the runtime. A thread inherits it from the one that makes it.
//
//lint:ignore U1000 the assembly reads it
var longSlack uint64 = 1_000_000

// inheritSlack calls f with the timer slack that the process was started with. The goroutine has to
// be locked to its thread.
func inheritSlack(f func() error) error {
	if slack != 0 {
		setSlack(slack)
		defer setSlack(longSlack)
	}
	return f()
}

// setSlack cannot fail for a slack above 0.
func setSlack(ns uint64) { unix.Prctl(unix.PR_SET_TIMERSLACK, uintptr(ns), 0, 0, 0) }
