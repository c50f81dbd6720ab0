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

// rounds is how often a test looks for races: $GORUN_ROUNDS, or 0 if it is not set.
func rounds() int {
	n, err := strconv.Atoi(os.Getenv("GORUN_ROUNDS"))
	if err != nil {
		return 0
	}
	return n
}

// eachRound runs a test once a round, at least once. In every second round all processors
// are busy.
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

// keepBusy keeps all processors busy until the test ends.
func keepBusy(t *testing.T) {
	t.Helper()
	for range runtime.NumCPU() {
		cmd := exec.Command("sh", "-c", "while :; do :; done")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			cmd.Process.Kill() // the loop never ends
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
	program := buildSupervisor(t)
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

// buildSupervisor builds a program that supervises its arguments, with package entry.
func buildSupervisor(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "supervisor")
	build := exec.Command("go", "build", "-ldflags=-E gorun_entry", "-o", program, "./testdata/supervisor")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v: %s", err, text)
	}
	return program
}

// termAtRandom sends a supervisor a TERM within its first milliseconds, and reports
// whether the supervisor and its command ended.
func termAtRandom(t *testing.T, program string) bool {
	alive, held, err := os.Pipe() // every process of the run holds the write end
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
	cmd.Process.Signal(syscall.SIGTERM) // not reaped, so the PID is still its own
	cmd.Wait()                          // the status is checked below
	if status := cmd.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != unix.SIGTERM {
		t.Errorf("ended by %v", cmd.ProcessState)
		return false
	}
	alive.SetReadDeadline(time.Now().Add(patience))
	if _, err := io.ReadAll(alive); err != nil {
		t.Errorf("a process of the run is still alive: %v", err)
		return false
	}
	return true
}
