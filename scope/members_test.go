package scope

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"

	"gorun/internal/bus/bustest"
	"gorun/internal/process"
	"gorun/internal/systemd1"
	"gorun/scope/property"
)

// sleeper starts a process that lives until the end of the test or of itself.
func sleeper(t *testing.T) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("sleep", "60")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill() // it may have ended
		cmd.Wait()
	})
	return cmd
}

// killed makes a zombie of a process.
func killed(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
	if err := unix.Waitid(unix.P_PID, cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
		t.Error(err)
	}
}

func of(cmd *exec.Cmd) Spec {
	spec := user("x.scope")
	spec.PIDs = []int{cmd.Process.Pid}
	return spec
}

// who is the property that names the processes in a call.
func who(call *dbus.Message) (name string, value any) {
	properties := call.Body[2].([][]any)
	last := properties[len(properties)-1]
	return last[0].(string), last[1].(dbus.Variant).Value()
}

func TestOtherProcessesAreNamedByPidfds(t *testing.T) {
	cmd := sleeper(t)
	peer := manage(t, func(call *dbus.Message) []*dbus.Message {
		name, _ := who(call)
		files := bustest.Files(call)
		if name != "PIDFDs" || len(files) != 1 {
			t.Errorf("got %s and the descriptors %v", name, files)
			return started("done")(call)
		}
		info, err := os.ReadFile(fmt.Sprintf("/proc/self/fdinfo/%d", files[0]))
		if err != nil || !strings.Contains(string(info), fmt.Sprintf("Pid:\t%d\n", cmd.Process.Pid)) {
			t.Errorf("%s, %v, want the process %d", info, err, cmd.Process.Pid)
		}
		return started("done")(call)
	})
	_, err := Start(t.Context(), of(cmd))
	var e *NotPlacedError // nobody moves it here
	if !errors.As(err, &e) || e.PID != cmd.Process.Pid {
		t.Errorf("got %v", err)
	}
	if c, n := peer.Connections.Load(), peer.Calls.Load(); c != 1 || n != 1 {
		t.Errorf("it took %d connections and %d calls, want one of each", c, n)
	}
}

func TestManagerWithoutPidfdsGetsPIDs(t *testing.T) {
	cmd := sleeper(t)
	peer := manage(t, func(call *dbus.Message) []*dbus.Message {
		if name, value := who(call); name == "PIDs" {
			if pids, _ := value.([]uint32); !slices.Equal(pids, []uint32{uint32(cmd.Process.Pid)}) {
				t.Errorf("got the PIDs %v", value)
			}
		}
		return refuse(t, "PIDFDs")(call)
	})
	_, err := Start(t.Context(), of(cmd))
	var e *NotPlacedError // the job was done, and nobody was moved
	if !errors.As(err, &e) {
		t.Errorf("got %v", err)
	}
	if c, n := peer.Connections.Load(), peer.Calls.Load(); c != 1 || n != 2 {
		t.Errorf("it took %d connections and %d calls, want 1 and 2", c, n)
	}
}

// noProcess fails the test unless a start failed because the process had ended.
func noProcess(t *testing.T, cmd *exec.Cmd, err error) {
	t.Helper()
	var e *NoProcessError
	if !errors.As(err, &e) || e.PID != cmd.Process.Pid || !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("got %v", err)
	}
}

func TestPIDIsNotSentOnceItsProcessHasEnded(t *testing.T) {
	cmd := sleeper(t)
	peer := manage(t, func(call *dbus.Message) []*dbus.Message {
		killed(t, cmd)
		return refuse(t, "PIDFDs")(call)
	})
	_, err := Start(t.Context(), of(cmd))
	noProcess(t, cmd, err)
	if n := peer.Calls.Load(); n != 1 {
		t.Errorf("%d calls", n)
	}
}

func TestManagerIsNotAskedForAProcessThatHasEnded(t *testing.T) {
	peer := manage(t, started("done"))
	zombie := sleeper(t)
	killed(t, zombie)
	_, err := Start(t.Context(), of(zombie))
	noProcess(t, zombie, err)

	reaped := sleeper(t)
	reaped.Process.Kill()
	reaped.Wait()
	spec := user("x.scope")
	spec.PIDs = []int{sleeper(t).Process.Pid, reaped.Process.Pid}
	var e *NoProcessError
	if _, err = Start(t.Context(), spec); !errors.As(err, &e) || e.PID != reaped.Process.Pid || !errors.Is(err, unix.ESRCH) {
		t.Errorf("got %v", err)
	}
	spec.PIDs = []int{-1}
	if _, err = Start(t.Context(), spec); !errors.As(err, &e) {
		t.Errorf("PID -1: %v", err)
	}
	if n := peer.Connections.Load(); n != 0 {
		t.Errorf("%d connections", n)
	}
}

func TestManagerThatMissesAProcessIsExplained(t *testing.T) {
	for name, answer := range map[string]bustest.Answer{
		"refused": func(call *dbus.Message) []*dbus.Message {
			return []*dbus.Message{bustest.Error(call, systemd1.UnknownProcess, "Process with ID 7 does not exist.")}
		},
		"failed": started("failed"),
	} {
		t.Run(name, func(t *testing.T) {
			cmd := sleeper(t)
			manage(t, func(call *dbus.Message) []*dbus.Message {
				killed(t, cmd)
				return answer(call)
			})
			_, err := Start(t.Context(), of(cmd))
			noProcess(t, cmd, err)
		})
	}
}

// A call may be repeated much later: it may wait for the end of another unit.
func TestPIDIsNotSentAgainOnceItsProcessHasEnded(t *testing.T) {
	cmd := sleeper(t)
	calls := 0
	peer := manage(t, func(call *dbus.Message) []*dbus.Message {
		if calls++; calls == 1 {
			return refuse(t, "PIDFDs")(call)
		}
		killed(t, cmd)
		return refuse(t, "OOMPolicy")(call)
	})
	spec := of(cmd)
	spec.Defaults = []property.Property{parse(t, "OOMPolicy=continue")}
	_, err := Start(t.Context(), spec)
	noProcess(t, cmd, err)
	if n := peer.Calls.Load(); n != 2 {
		t.Errorf("%d calls", n)
	}
}

func TestProcessThatWasStartedLaterIsAnotherOne(t *testing.T) {
	cmd := sleeper(t)
	start, err := process.StartTicks(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	peer := manage(t, started("done"))
	spec := of(cmd)
	spec.started = start - 1
	_, err = Start(t.Context(), spec)
	noProcess(t, cmd, err)
	if n := peer.Calls.Load(); n != 0 {
		t.Errorf("%d calls", n)
	}
	spec.started = start
	var e *NotPlacedError // nobody moves it here
	if _, err = Start(t.Context(), spec); !errors.As(err, &e) {
		t.Errorf("got %v", err)
	}
}

// A manager moves a zombie without any effect, and keeps the empty scope.
func TestScopeThatStartedWithoutItsProcessIsStopped(t *testing.T) {
	cmd := sleeper(t)
	m := &emptyUnit{t: t}
	manage(t, func(call *dbus.Message) []*dbus.Message {
		if bustest.Member(call) == "StartTransientUnit" {
			killed(t, cmd)
			return started("done")(call)
		}
		return m.answer(call)
	})
	_, err := Start(t.Context(), of(cmd))
	noProcess(t, cmd, err)
	if n := m.stopped.Load(); n != 1 {
		t.Errorf("stopped %d times", n)
	}
}

func TestNoPidfdIsLeftOpen(t *testing.T) {
	peer := manage(t, refuse(t, "PIDFDs"))
	count := func() int {
		list, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, entry := range list {
			if to, _ := os.Readlink("/proc/self/fd/" + entry.Name()); strings.Contains(to, "pidfd") {
				n++
			}
		}
		return n
	}
	cmd := sleeper(t)
	before := count() // os/exec holds one itself
	for range 5 {
		Start(t.Context(), of(cmd)) // fails: nobody is moved here
	}
	// The peer, in this process, has received copies.
	eventually(t, "the connections are closed", func() bool { return peer.Open.Load() == 0 })
	if after := count(); after != before {
		t.Errorf("%d pidfds before, %d after", before, after)
	}
}
