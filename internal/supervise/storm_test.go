package supervise

import (
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// rounds is how often races are looked for: $GORUN_ROUNDS, or 0 if there is none.
func rounds() int {
	n, err := strconv.Atoi(os.Getenv("GORUN_ROUNDS"))
	if err != nil {
		return 0
	}
	return n
}

// eachRound runs a test as often as there are rounds, at least once, and every other
// time while all processors are busy.
func eachRound(t *testing.T, test func(*testing.T)) {
	for i := range max(1, rounds()) {
		if i%2 == 0 {
			t.Run("idle", test)
			continue
		}
		t.Run("busy", func(t *testing.T) {
			keepBusy(t)
			test(t)
		})
	}
}

// keepBusy has all processors busy until the test ends.
func keepBusy(t *testing.T) {
	t.Helper()
	for range runtime.NumCPU() {
		cmd := exec.Command("sh", "-c", "while :; do :; done")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			cmd.Process.Kill() // it does not end by itself
			cmd.Wait()
		})
	}
}

// stormSize is how many commands get a TERM in each round.
const stormSize = 3000

func TestTermAtAnyMomentEndsAllAsItWouldTheCommand(t *testing.T) {
	size := stormSize
	if rounds() == 0 {
		size /= 10
	}
	program := filepath.Join(t.TempDir(), "supervisor")
	build := exec.Command("go", "build", "-ldflags=-E gorun_entry", "-o", program, "./testdata/supervisor")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v: %s", err, text)
	}
	eachRound(t, func(t *testing.T) {
		var wait sync.WaitGroup
		at := 2 * runtime.NumCPU()
		for range at {
			wait.Go(func() {
				for range size / at {
					if !termAtRandom(t, program) {
						return
					}
				}
			})
		}
		wait.Wait()
	})
}

// termAtRandom sends a supervisor a TERM within its first milliseconds, and tells
// whether that was the end of it and of its command.
func termAtRandom(t *testing.T, program string) bool {
	alive, held, err := os.Pipe() // held open by all that live
	if err != nil {
		t.Error(err)
		return false
	}
	defer alive.Close()
	cmd := exec.Command(program, "sleep", "30")
	cmd.ExtraFiles = []*os.File{held}
	err = cmd.Start()
	held.Close()
	if err != nil {
		t.Error(err)
		return false
	}
	time.Sleep(rand.N(4 * time.Millisecond))
	cmd.Process.Signal(syscall.SIGTERM) // it has not been waited for
	cmd.Wait()                          // how it ended is below
	if status := cmd.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != unix.SIGTERM {
		t.Errorf("ended by %v", cmd.ProcessState)
		return false
	}
	alive.SetReadDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.ReadAll(alive); err != nil {
		t.Errorf("something lives on: %v", err)
		return false
	}
	return true
}
