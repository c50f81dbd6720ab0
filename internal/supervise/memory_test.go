package supervise

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gorun/internal/signals"
)

// garbageSize is what a question to a manager leaves.
const garbageSize = 4 << 10

// counted is the signal that a counter counts. The kernel queues all of them.
const counted unix.Signal = signals.RealtimeFirst + 1

// beCounter prints its PID when it is ready, and then a byte for each signal.
func beCounter() {
	in, err := signals.Catch([]unix.Signal{counted})
	fmt.Println(os.Getpid())
	for err == nil {
		if _, err = in.Next(); err == nil {
			os.Stdout.Write([]byte{'x'})
		}
	}
	panic(err)
}

// The supervisor's garbage is bounded by maxGarbage. The rest of the bound is for what the
// process uses for the first time: stacks, and the collector's own memory. Without a bound,
// questions would leave five times maxGarbage. For signals that leave some bytes that takes
// a long test, as "make storm" is.
func TestMemoryIsBoundedHoweverManySignalsCome(t *testing.T) {
	count := 20_000
	if rounds() > 0 {
		count = 400_000
	}
	program := buildSupervisor(t) // without the race detector's memory
	for name, c := range map[string]struct {
		leaves string
		act    func(s *flooded)
	}{
		"signals that are passed on":       {"", func(s *flooded) { s.flood(count) }},
		"signals that need a question":     {strconv.Itoa(garbageSize), func(s *flooded) { s.flood(5 * maxGarbage / garbageSize) }},
		"a command that stops and goes on": {"", func(s *flooded) { s.stopAndContinue(count / 10) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newFlooded(t, program, c.leaves)
			s.flood(10)
			before, threads := s.memory(), s.threads()
			c.act(s)
			if grown := s.memory() - before; grown > 2*maxGarbage {
				t.Errorf("%d kB more than the %d kB at the start", grown>>10, before>>10)
			}
			if now := s.threads(); now > threads {
				t.Errorf("%d threads, at the start %d", now, threads)
			}
			s.comesToRest()
		})
	}
}

// flooded is a supervisor of a counter.
type flooded struct {
	t       *testing.T
	pid     int
	counter int
	counts  *bufio.Reader
}

// newFlooded starts one, in a session of its own: at a terminal it would stop with the
// counter.
func newFlooded(t *testing.T, program, leaves string) *flooded {
	t.Helper()
	cmd := exec.Command(program, "/usr/bin/env", role+"=counter", os.Args[0])
	cmd.Env = append(os.Environ(), "SUPERVISE_GARBAGE="+leaves)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	s := &flooded{t: t, pid: cmd.Process.Pid, counts: bufio.NewReader(out)}
	t.Cleanup(func() {
		cmd.Process.Signal(unix.SIGTERM) // ends both
		cmd.Wait()
	})
	if _, err := fmt.Fscanln(s.counts, &s.counter); err != nil {
		t.Fatal(err)
	}
	return s
}

// flood sends signals, so many at a time that the kernel and the inbox hold them. The
// runtime of the portable build holds one.
func (s *flooded) flood(n int) {
	s.t.Helper()
	atATime := 200
	if !signals.Native {
		atATime = 1
	}
	for n > 0 {
		batch := min(n, atATime)
		n -= batch
		for range batch {
			if err := unix.Kill(s.pid, counted); err != nil {
				s.t.Fatal(err)
			}
		}
		if _, err := io.CopyN(io.Discard, s.counts, int64(batch)); err != nil {
			s.t.Fatal(err)
		}
	}
}

// stopAndContinue stops and continues the command.
func (s *flooded) stopAndContinue(n int) {
	s.t.Helper()
	for range n {
		unix.Kill(s.counter, unix.SIGSTOP)
		for !s.isStopped() {
		}
		unix.Kill(s.counter, unix.SIGCONT)
		for s.isStopped() {
		}
	}
}

func (s *flooded) isStopped() bool {
	s.t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.counter))
	if err != nil {
		s.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return strings.HasPrefix(rest, "T")
}

// memory is the supervisor's own memory in bytes.
func (s *flooded) memory() int {
	s.t.Helper()
	return s.number(fmt.Sprintf("/proc/%d/status", s.pid), "RssAnon:") << 10
}

// threads is how many threads the supervisor has.
func (s *flooded) threads() int {
	s.t.Helper()
	return s.number(fmt.Sprintf("/proc/%d/status", s.pid), "Threads:")
}

// comesToRest waits until the supervisor sleeps for a while.
func (s *flooded) comesToRest() {
	s.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; {
		before := s.wakeups()
		time.Sleep(2 * time.Second)
		switch {
		case s.wakeups() == before:
			return
		case time.Now().After(deadline):
			s.t.Fatal("does not sleep for two seconds")
		}
	}
}

// wakeups is how often the supervisor's threads have slept.
func (s *flooded) wakeups() (n int) {
	s.t.Helper()
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", s.pid)) // the pattern is well-formed
	for _, status := range threads {
		n += s.number(status, "voluntary_ctxt_switches:")
	}
	return n
}

// number reads a number from a file as /proc/PID/status.
func (s *flooded) number(file, name string) int {
	s.t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		s.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(data), "\n"+name)
	n, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}
