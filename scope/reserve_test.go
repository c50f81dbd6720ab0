package scope

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"

	"gorun/internal/bus"
	"gorun/internal/bus/bustest"
	"gorun/internal/systemd1"
)

// occupy locks the private socket of a manager that a test plays, as a process does that
// was stopped while it used the socket.
func occupy(t *testing.T) *os.File {
	t.Helper()
	file := openLock(t)
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		t.Fatal(err)
	}
	return file
}

func openLock(t *testing.T) *os.File {
	t.Helper()
	file, err := os.Open(filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "systemd"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}

// isFree reports whether a private socket can be reserved.
func isFree(t *testing.T) bool {
	t.Helper()
	file := openLock(t)
	defer file.Close()
	return unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil
}

func private(t *testing.T) endpoint {
	t.Helper()
	list, _ := userEndpoints(os.Getenv)
	return list[0]
}

func TestLaunchWaitsUntilNobodyUsesThePrivateSocket(t *testing.T) {
	peer := manage(t, started("done"))
	other := occupy(t)
	ended := make(chan bool)
	go func() {
		defer close(ended)
		Start(t.Context(), user("x.scope")) // fails: nobody is moved here
	}()
	time.Sleep(maxUse / 4)
	if n := peer.Connections.Load(); n != 0 {
		t.Errorf("%d connections while another process uses the socket", n)
	}
	other.Close()
	<-ended
	if n := peer.Connections.Load(); n != 1 || !isFree(t) {
		t.Errorf("%d connections after that; free: %t", n, isFree(t))
	}
}

func TestLaunchDoesNotWaitForAProcessThatIsStopped(t *testing.T) {
	peer := manage(t, started("done"))
	other := occupy(t)
	begun := time.Now()
	for range 3 {
		Start(t.Context(), user("x.scope")) // fails: nobody is moved here
	}
	// Only the first one waits.
	if n, took := peer.Connections.Load(), time.Since(begun); n != 3 || took < patience || took > 2*patience {
		t.Errorf("%d connections after %v", n, took)
	}
	other.Close()
	awaitNoWait(t)
	eventually(t, "nobody has reserved the socket", func() bool { return isFree(t) })
}

// The end of a run asks with a second of silence allowed.
func TestQuestionIsAnsweredThoughAProcessIsStopped(t *testing.T) {
	manage(t, unit())
	other := occupy(t)
	ctx, cancel := bus.WithSilenceLimit(t.Context(), time.Second)
	defer cancel()
	s := &Scope{Unit: "x.scope", Manager: UserManager, at: private(t)}
	err := s.ask(ctx, "ask", func(conn *bus.Conn) error {
		_, err := systemd1.ReadUnitState(ctx, conn, "x.scope")
		return err
	})
	if errors.Is(err, context.DeadlineExceeded) { // the test's manager knows no state
		t.Error(err)
	}
	other.Close()
	awaitNoWait(t)
}

// awaitNoWait waits until this process has ended a wait that it has given up.
func awaitNoWait(t *testing.T) {
	t.Helper()
	eventually(t, "this process waits no longer", func() bool { return !isWaiting.Load() })
}

// A job may wait for other units.
func TestReservationEndsBeforeALongJob(t *testing.T) {
	manage(t, started("done"))
	r := private(t).reserve(t.Context())
	if r == nil || isFree(t) {
		t.Fatal("not reserved")
	}
	eventually(t, "the reservation ends", func() bool { return isFree(t) })
	r.Close()
}

// Each process is fast, and all together take longer than anybody waits for one.
func TestLaunchesWaitAsLongAsTheyGetOn(t *testing.T) {
	manage(t, started("done"))
	lock := occupy(t)
	const limit = time.Second // and so a quarter of it for each
	ctx, cancel := bus.WithSilenceLimit(t.Context(), limit)
	defer cancel()
	reserved := make(chan *reservation)
	go func() { reserved <- private(t).reserve(ctx) }()
	for range 12 { // other processes get the lock
		time.Sleep(limit / 8)
		now := time.Now()
		if err := os.Chtimes(lock.Name(), now, now); err != nil {
			t.Fatal(err)
		}
	}
	lock.Close()
	if r := <-reserved; r == nil || context.Cause(ctx) != nil {
		t.Errorf("reserved: %v, %v", r != nil, context.Cause(ctx))
	}
}

// Whoever can open a file can lock it.
func TestSocketThatOthersCanReserveIsNotWaitedFor(t *testing.T) {
	manage(t, started("done"))
	if err := os.Chmod(os.Getenv("XDG_RUNTIME_DIR"), 0o755); err != nil {
		t.Fatal(err)
	}
	if r := private(t).reserve(t.Context()); r != nil {
		t.Error("reserved")
	}
}

// The processes in a scope that is stopped may ask the manager before they end.
func TestStopKeepsNobodyWaiting(t *testing.T) {
	stopped := make(chan bool, 1)
	manage(t, func(call *dbus.Message) []*dbus.Message {
		if bustest.Member(call) == "Stop" {
			stopped <- true
		}
		return []*dbus.Message{bustest.Reply(call, job)} // and the job does not end
	})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan bool)
	go func() {
		defer close(ended)
		(&Scope{Unit: "x.scope", Manager: UserManager, at: private(t)}).Stop(ctx)
	}()
	<-stopped
	begun := time.Now()
	eventually(t, "the socket is free", func() bool { return isFree(t) })
	if took := time.Since(begun); took > maxUse/2 {
		t.Errorf("it was kept for %v", took)
	}
	cancel()
	<-ended
}
