package scope

import (
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// private is the private socket of a manager that a test plays.
func private(t *testing.T) endpoint {
	t.Helper()
	list, _ := userEndpoints(os.Getenv)
	return list[0]
}

// occupy takes the turn on a private socket, as another process does.
func occupy(t *testing.T, e endpoint) *os.File {
	t.Helper()
	turn := e.takeTurn(t.Context())
	if turn == nil {
		t.Fatal("no turn")
	}
	t.Cleanup(func() { turn.Close() })
	return turn
}

func TestLaunchesUseThePrivateSocketInTurns(t *testing.T) {
	peer := manage(t, started("done"))
	turn := occupy(t, private(t))
	ended := make(chan bool)
	go func() {
		defer close(ended)
		Start(t.Context(), user("x.scope")) // fails: nobody is moved here
	}()
	time.Sleep(patience / 4)
	if n := peer.Connections.Load(); n != 0 {
		t.Errorf("%d connections during another process's turn", n)
	}
	turn.Close()
	<-ended
	if n := peer.Connections.Load(); n != 1 {
		t.Errorf("%d connections after that", n)
	}
	occupy(t, private(t)) // the launch's turn has ended
}

// Another process may have been stopped in its turn.
func TestLaunchDoesNotWaitForATurnThatDoesNotEnd(t *testing.T) {
	peer := manage(t, started("done"))
	e := private(t)
	turn := occupy(t, e)
	begun := time.Now()
	Start(t.Context(), user("x.scope")) // fails: nobody is moved here
	if n, took := peer.Connections.Load(), time.Since(begun); n != 1 || took < patience || took > 4*patience {
		t.Errorf("%d connections after %v", n, took)
	}
	turn.Close()
	eventually(t, "nobody has a turn that nobody uses", func() bool {
		turn, err := os.Open(e.turnFile())
		if err != nil {
			t.Fatal(err)
		}
		defer turn.Close()
		return unix.Flock(int(turn.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil
	})
}

// Each turn is short, and all together take longer than anybody waits for one.
func TestTurnsThatEndKeepOthersWaiting(t *testing.T) {
	manage(t, started("done"))
	e := private(t)
	first := occupy(t, e)
	turns := make(chan *os.File)
	const waiting = 3
	for range waiting {
		go func() {
			turn := e.takeTurn(t.Context())
			time.Sleep(patience * 2 / 3)
			turn.Close()
			turns <- turn
		}()
	}
	time.Sleep(patience * 2 / 3)
	first.Close()
	for range waiting {
		if <-turns == nil {
			t.Error("somebody did not wait")
		}
	}
}

// Whoever can open a file can lock it.
func TestDirectoryThatOthersCanOpenHasNoTurns(t *testing.T) {
	manage(t, started("done"))
	e := private(t)
	if err := os.Chmod(e.runtimeDir, 0o755); err != nil {
		t.Fatal(err)
	}
	if turn := e.takeTurn(t.Context()); turn != nil {
		t.Error("there is a turn")
	}
}
