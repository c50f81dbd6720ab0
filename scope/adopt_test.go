package scope

import (
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// outsideNamespace makes the tests act as if the managers saw the same cgroups.
func outsideNamespace(t *testing.T) {
	t.Helper()
	before := isInNamespace
	isInNamespace = func() bool { return false }
	t.Cleanup(func() { isInNamespace = before })
}

func TestProcessesThatCannotBeAdoptedAreRefusedBeforeTheManagerIsAsked(t *testing.T) {
	outsideNamespace(t)
	peer := manage(t, started("done"))
	zombie := sleeper(t)
	killed(t, zombie)
	thread := otherThread(t)
	for _, c := range []struct {
		what   string
		pids   []int
		reason AdoptReason
	}{
		{"none", nil, NoProcess},
		{"no process", []int{1 << 22}, NoProcess},
		{"0, which elsewhere means the caller", []int{0}, NoProcess},
		{"a process group", []int{-2}, NoProcess},
		{"PID 1", []int{1}, Init},
		{"the caller", []int{os.Getpid()}, Itself},
		{"a thread", []int{thread}, Thread},
		{"a zombie", []int{zombie.Process.Pid}, Zombie},
		{"one of two", []int{sleeper(t).Process.Pid, zombie.Process.Pid}, Zombie},
	} {
		spec := user("x.scope")
		spec.PIDs = c.pids
		s, err := Adopt(t.Context(), Adoption{Spec: spec})
		var e *AdoptError
		if s != nil || !errors.As(err, &e) || e.Reason != c.reason {
			t.Errorf("%s: got %v, %v", c.what, s, err)
		}
		if c.reason == NoProcess && !errors.Is(err, unix.ESRCH) {
			t.Errorf("%s: %v is not ESRCH", c.what, err)
		}
	}
	if n := peer.Calls.Load(); n != 0 {
		t.Errorf("the manager was asked %d times", n)
	}
}

// otherThread is a thread of a process that is not its first one.
func otherThread(t *testing.T) int {
	t.Helper()
	cmd := exec.Command("python3", "-c", `import threading, time
t = threading.Thread(target=time.sleep, args=(60,), daemon=True); t.start(); print(t.native_id, flush=True); time.sleep(60)`)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	text := make([]byte, 16)
	n, err := out.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	tid := 0
	for _, c := range strings.TrimSpace(string(text[:n])) {
		tid = tid*10 + int(c-'0')
	}
	return tid
}

func TestInvalidSpecIsRefusedBeforeProcessesAreLookedAt(t *testing.T) {
	outsideNamespace(t)
	_, err := Adopt(t.Context(), Adoption{Spec: Spec{Unit: "x.service", PIDs: []int{1}}})
	var e *UnitNameError
	if !errors.As(err, &e) {
		t.Errorf("got %v", err)
	}
}

func TestUnitsAboveAreThoseThatACallerMayHaveMade(t *testing.T) {
	for group, want := range map[string][]string{
		"/user.slice/user-1000.slice/user@1000.service/app.slice/app-build\\x2d1f.slice/build.scope": {"build.scope", "app-build\\x2d1f.slice"},
		"/user.slice/user-1000.slice/user@1000.service/app.slice/build.scope/inner":                  {"build.scope"},
		"/user.slice/user-1000.slice/session-3.scope":                                                {"user-1000.slice"},
		"/system.slice/_memory.scope":                                                                {"memory.scope"},
		"/":                                                                                          nil,
	} {
		if got := unitsAbove(group); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", group, got, want)
		}
	}
}
