package supervise

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A copy's parent-death signal and its name belong to the main thread, and only that
// thread can change them. The goroutine of main starts there, but stays only if it is
// locked before main.
func init() { runtime.LockOSThread() }

// IgnoreHangup makes this process, and the commands that it starts, ignore SIGHUP.
// Call it before [New].
func IgnoreHangup() { signal.Ignore(unix.SIGHUP) }

// Setsid makes this process the leader of a new session without a terminal.
func Setsid() error {
	if _, err := unix.Setsid(); err != nil {
		return &SetupError{Doing: "start a new session", Err: err}
	}
	return nil
}

// callerVariable names the [Caller] to a copy of this process: "PID:DESCRIPTOR".
const callerVariable = "GORUN_CALLER"

// Copy is a second process of this program, started as this one was: Go cannot fork.
// Until it lets go it ends with this process.
type Copy struct {
	pid  int
	pipe *os.File // carries the copy's message
}

// NewCopy starts the program again with the same arguments, descriptors, ignored and
// blocked signals. In the copy, [FindCaller] returns the [Caller].
func NewCopy() (*Copy, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, &SetupError{Doing: "make a pipe", Err: err}
	}
	defer w.Close()
	// A free descriptor number. The copy closes it before it starts anything.
	fd, err := unix.FcntlInt(w.Fd(), unix.F_DUPFD, 3)
	if err != nil {
		return nil, &SetupError{Doing: "make a pipe", Err: err}
	}
	defer unix.Close(fd)
	c := Itself(fmt.Sprintf("%s=%d:%d", callerVariable, os.Getpid(), fd))
	c.deathSignal = unix.SIGTERM
	pid, err := c.fork()
	if err != nil {
		r.Close()
		return nil, &SetupError{Doing: "re-execute gorun", Err: err}
	}
	return &Copy{pid, r}, nil
}

// Wait waits until the copy lets go or ends. It returns the copy's message or its
// status. It has no deadline, because what the copy does has none.
func (c *Copy) Wait() (word string, letGo bool, status Status, err error) {
	defer c.pipe.Close()
	var b strings.Builder
	if _, err := c.pipe.WriteTo(&b); err != nil {
		return "", false, Status{}, fmt.Errorf("read from the copy: %w", err)
	}
	if b.Len() > 0 {
		return strings.TrimSuffix(b.String(), "\n"), true, Status{}, nil
	}
	var w unix.WaitStatus
	for {
		_, err := unix.Wait4(c.pid, &w, 0, nil)
		switch {
		case err == nil:
			return "", false, statusOf(w), nil
		case !errors.Is(err, unix.EINTR):
			return "", false, Status{}, fmt.Errorf("wait for the copy: %w", err)
		}
	}
}

// Caller is the waiting process that this one is a copy of.
type Caller struct{ fd int }

// FindCaller finds the process that this one is a copy of. It returns nil if there is
// none. Call it first: no process started later may inherit the variable.
func FindCaller() *Caller {
	text, ok := os.LookupEnv(callerVariable)
	if !ok {
		return nil
	}
	os.Unsetenv(callerVariable)
	pid, number, _ := strings.Cut(text, ":")
	fd, err := strconv.Atoi(number)
	if err != nil || pid != strconv.Itoa(os.Getppid()) {
		return nil // not set by our parent
	}
	unix.CloseOnExec(fd)
	BeNamed()
	return &Caller{fd}
}

// BeNamed gives a copy of this program its name: the executed file is /proc/self/exe, so that ps
// would show the name "exe". Call it in the goroutine of main.
func BeNamed() {
	name, _ := unix.BytePtrFromString("gorun") // has no zero byte
	unix.Prctl(unix.PR_SET_NAME, uintptr(unsafe.Pointer(name)), 0, 0, 0)
}

// Itself is a command that runs this program again, with the same arguments and a further
// variable in its environment.
func Itself(variable string) Command {
	return Command{File: ownFile, Args: os.Args, Env: append(os.Environ(), variable)}
}

// ownFile is the file of this program, also after an upgrade.
const ownFile = "/proc/self/exe"

// LetGo sends the caller its last message, after which the caller does not wait for
// this process. If the caller ended before, this process has got SIGTERM. Call it in
// the goroutine of main.
func (c *Caller) LetGo(word string) error {
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, 0, 0, 0, 0); err != nil {
		return &SetupError{Doing: "let the caller go", Err: err}
	}
	// The write fails only if the caller ended at this very moment.
	unix.Write(c.fd, []byte(word+"\n"))
	return unix.Close(c.fd)
}
