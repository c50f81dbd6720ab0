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

// The leash of a copy, and its name, are the main thread's, and only that can take them
// off. The goroutine of main begins there, and stays only if it is told to before main.
func init() { runtime.LockOSThread() }

// IgnoreHangup makes this process, and the commands that it starts, ignore SIGHUP.
// Call it before [New].
func IgnoreHangup() { signal.Ignore(unix.SIGHUP) }

// Setsid makes this process the leader of a session of its own, without a terminal.
func Setsid() error {
	if _, err := unix.Setsid(); err != nil {
		return &SetupError{"begin a session", err}
	}
	return nil
}

// callerVariable tells a copy of this process about its [Caller]: "PID:DESCRIPTOR".
const callerVariable = "GORUN_CALLER"

// Copy is this program once more, which has begun as this process was begun: Go
// cannot fork. Until it lets go it ends with this process.
type Copy struct {
	pid  int
	pipe *os.File // says what the copy has to say
}

// NewCopy starts the program anew, with the same arguments, descriptors, ignored and
// blocked signals. The copy finds a [Caller].
func NewCopy() (*Copy, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, &SetupError{"make a pipe", err}
	}
	defer w.Close()
	// A number that nobody uses. The copy closes it before it starts anything.
	fd, err := unix.FcntlInt(w.Fd(), unix.F_DUPFD, 3)
	if err != nil {
		return nil, &SetupError{"make a pipe", err}
	}
	defer unix.Close(fd)
	c := Command{
		File:  "/proc/self/exe", // also after an upgrade
		Args:  os.Args,
		Env:   append(os.Environ(), fmt.Sprintf("%s=%d:%d", callerVariable, os.Getpid(), fd)),
		leash: unix.SIGTERM,
	}
	pid, err := c.fork()
	if err != nil {
		r.Close()
		return nil, &SetupError{"start anew", err}
	}
	return &Copy{pid, r}, nil
}

// Wait waits until the copy lets go, and returns what it says then, or until it ends,
// and returns how. It has no deadline, as what the copy does has none.
func (c *Copy) Wait() (word string, letGo bool, status Status, err error) {
	defer c.pipe.Close()
	var b strings.Builder
	if _, err := c.pipe.WriteTo(&b); err != nil {
		return "", false, Status{}, fmt.Errorf("listen to the copy: %w", err)
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

// Caller is the process that this one is a copy of, and that waits.
type Caller struct{ fd int }

// FindCaller finds the process that this one is a copy of. It is nil if there is none.
// Call it first thing: nothing that is started later may know.
func FindCaller() *Caller {
	text, ok := os.LookupEnv(callerVariable)
	if !ok {
		return nil
	}
	os.Unsetenv(callerVariable)
	pid, number, _ := strings.Cut(text, ":")
	fd, err := strconv.Atoi(number)
	if err != nil || pid != strconv.Itoa(os.Getppid()) {
		return nil // not from us
	}
	unix.CloseOnExec(fd)
	// The file that was executed is called exe, and nobody would know us by that.
	name, _ := unix.BytePtrFromString("gorun") // has no zero byte
	unix.Prctl(unix.PR_SET_NAME, uintptr(unsafe.Pointer(name)), 0, 0, 0)
	return &Caller{fd}
}

// LetGo says the last word to the caller, who goes on without this process. If the
// caller has gone before, SIGTERM has come. Call it in the goroutine of main.
func (c *Caller) LetGo(word string) error {
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, 0, 0, 0, 0); err != nil {
		return &SetupError{"let the caller go", err}
	}
	// Nobody to hear it: then the end of the caller and this were one moment.
	unix.Write(c.fd, []byte(word+"\n"))
	return unix.Close(c.fd)
}
