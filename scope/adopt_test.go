package scope

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"

	"gorun/cgroup"
	"gorun/internal/bus"
	"gorun/internal/bus/bustest"
	"gorun/internal/logind"
	"gorun/internal/process"
	"gorun/internal/systemd1"
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

// A manager fails as a whole if one of several processes ends. It may have moved the others.
func TestAdoptionStartsWithTheFirstProcessThatLives(t *testing.T) {
	outsideNamespace(t)
	first, second := sleeper(t), sleeper(t)
	var given []string
	manage(t, func(call *dbus.Message) []*dbus.Message {
		if bustest.Member(call) != "StartTransientUnit" {
			return []*dbus.Message{bustest.Error(call, systemd1.NoSuchUnit, "Unit x.scope not loaded.")}
		}
		for _, fd := range bustest.Files(call) {
			info, err := os.ReadFile(fmt.Sprintf("/proc/self/fdinfo/%d", fd))
			if err != nil {
				t.Error(err)
			}
			_, pid, _ := strings.Cut(string(info), "\nPid:\t")
			pid, _, _ = strings.Cut(pid, "\n")
			given = append(given, pid)
		}
		if len(given) == 1 {
			killed(t, first)
			return []*dbus.Message{bustest.Error(call, systemd1.UnknownProcess, "Process does not exist.")}
		}
		return started("done")(call)
	})
	spec := user("x.scope")
	spec.PIDs = []int{first.Process.Pid, second.Process.Pid}
	_, err := Adopt(t.Context(), Adoption{Spec: spec})
	var e *NotPlacedError // the job was done, and nobody was moved
	if !errors.As(err, &e) || e.PID != second.Process.Pid {
		t.Errorf("got %v", err)
	}
	if want := []string{fmt.Sprint(first.Process.Pid), fmt.Sprint(second.Process.Pid)}; !slices.Equal(given, want) {
		t.Errorf("the manager was given %q, one after the other, want %q", given, want)
	}
}

func TestAdoptionOfProcessesThatAllEndIsAnError(t *testing.T) {
	outsideNamespace(t)
	first, second := sleeper(t), sleeper(t)
	manage(t, func(call *dbus.Message) []*dbus.Message {
		if bustest.Member(call) == "StartTransientUnit" {
			killed(t, first)
			killed(t, second)
			return []*dbus.Message{bustest.Error(call, systemd1.UnknownProcess, "Process does not exist.")}
		}
		return []*dbus.Message{bustest.Error(call, systemd1.NoSuchUnit, "Unit x.scope not loaded.")}
	})
	spec := user("x.scope")
	spec.PIDs = []int{first.Process.Pid, second.Process.Pid}
	s, err := Adopt(t.Context(), Adoption{Spec: spec})
	var e *NoProcessError
	if s != nil || !errors.As(err, &e) || e.PID != second.Process.Pid {
		t.Errorf("got %v, %v", s, err)
	}
}

func TestDescendantsInOtherUnitsAreLeft(t *testing.T) {
	const session, apps = "/user.slice/user-1000.slice/session-3.scope", "/user.slice/user-1000.slice/user@1000.service/app.slice/"
	b := newBonds("", false)
	if err := b.check(t.Context(), sleeper(t).Process.Pid); err != nil || len(b.homes) != 1 {
		t.Fatalf("got %v, %v", b.homes, err)
	}
	b.homes = map[logind.Place]bool{logind.PlaceOf(session): true, logind.PlaceOf(apps + "editor.service"): true}
	for group, unit := range map[string]string{
		session:                       "",
		apps + "editor.service":       "",
		apps + "editor.service/below": "",
		apps + "app.slice/tmux-spawn-5d0cd0e5-f4e9.scope": "",
		apps + "build.scope":                              "build.scope",
		apps + "build.scope/below":                        "build.scope",
		"/system.slice/editor.service":                    "editor.service",
		"/docker/5d0cd0e5f4e94e34":                        "/docker/5d0cd0e5f4e94e34",
		"/system.slice/tmux-spawn-5d0cd0e5-f4e9.scope":    "tmux-spawn-5d0cd0e5-f4e9.scope",
	} {
		err := b.checkHome(4711, group)
		var e *AdoptError
		if unit == "" && err != nil || unit != "" && (!errors.As(err, &e) || e.Reason != OtherUnit || e.Unit != unit) {
			t.Errorf("%s: got %v", group, err)
		}
		if err := newBonds("", true).checkHome(4711, group); err != nil {
			t.Errorf("%s: got %v", group, err)
		}
	}
}

// gatheringOf is the adoption of a process.
func gatheringOf(t *testing.T, pid int) *gathering {
	t.Helper()
	r, err := process.Identify(pid)
	if err != nil {
		t.Fatal(err)
	}
	kin, err := process.Follow(os.Getpid(), r)
	if err != nil {
		t.Fatal(err)
	}
	return &gathering{asked: []process.Relative{r}, kin: kin, bonds: newBonds("", true), left: map[process.Relative]Left{}}
}

// A unit that an earlier run has left, and that somebody keeps to look at, is not reset.
func TestOnlyTheUnitOfAFailedAdoptionIsForgotten(t *testing.T) {
	for name, c := range map[string]struct {
		before bool   // the process ends before the manager is asked
		result string // of the unit that the manager keeps
		resets int32
	}{
		"made and kept":    {false, "resources", 1},
		"somebody else's":  {false, "timeout", 0},
		"nobody was asked": {true, "resources", 0},
	} {
		victim := sleeper(t)
		g := gatheringOf(t, victim.Process.Pid)
		var resets atomic.Int32
		manage(t, func(call *dbus.Message) []*dbus.Message {
			value := func(v any) []*dbus.Message { return []*dbus.Message{bustest.Reply(call, dbus.MakeVariant(v))} }
			switch bustest.Member(call) {
			case "StartTransientUnit":
				killed(t, victim)
				return []*dbus.Message{bustest.Error(call, systemd1.UnknownProcess, "Process does not exist.")}
			case "ResetFailed":
				resets.Add(1)
				return []*dbus.Message{bustest.Reply(call)}
			}
			switch call.Body[1] {
			case "InvocationID":
				return value([]byte("0123456789abcdef"))
			case "ActiveState":
				return value("failed")
			case "Result":
				return value(c.result)
			case "RuntimeMaxUSec", "TimeoutStopUSec", "ActiveEnterTimestamp", "ActiveEnterTimestampMonotonic", "ActiveExitTimestampMonotonic":
				return value(uint64(1))
			case "Documentation":
				return value([]string{})
			}
			return value("")
		})
		if c.before {
			killed(t, victim)
		}
		s, err := g.start(t.Context(), user("x.scope"))
		var gone *AdoptError
		if s != nil || !errors.As(err, &gone) || gone.Reason != Ended || resets.Load() != c.resets {
			t.Errorf("%s: %v, %v; %d resets", name, s, err, resets.Load())
		}
	}
}

// A manager that hangs may have moved the process, or may do it later.
func TestProcessOfAnAdoptionThatIsLateIsFound(t *testing.T) {
	for name, group := range map[string]string{"moved": "/app.slice/x.scope", "not moved": "/user.slice/user-1000.slice/session-2.scope"} {
		manage(t, func(*dbus.Message) []*dbus.Message { return nil })
		var asked atomic.Bool
		pathOf = func(int) (string, error) {
			if asked.Swap(true) {
				return group, nil
			}
			return "/user.slice/user-1000.slice/session-2.scope", nil
		}
		t.Cleanup(func() { pathOf = cgroup.PathOf })
		g := gatheringOf(t, sleeper(t).Process.Pid)
		ctx, cancel := bus.WithSilenceLimit(t.Context(), 50*time.Millisecond)
		defer cancel()
		s, err := g.start(ctx, user("x.scope"))
		var late *TimeoutError
		says := fmt.Sprintf("process %d is in session-2.scope, and the manager may still move it", g.asked[0].PID)
		if isMoved := name == "moved"; !errors.As(err, &late) || (s != nil) != isMoved || isMoved && (s.Cgroup != group || s.at.address.Path == "") || strings.Contains(err.Error(), says) == isMoved {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
}

func TestProcessesThatAFailedAdoptionHasNotMovedAreNamed(t *testing.T) {
	pid := sleeper(t).Process.Pid
	own, err := cgroup.PathOf(0)
	if err != nil {
		t.Skip(err)
	}
	for group, isIn := range map[string]bool{own: true, "/nowhere/x.scope": false} {
		g := gatheringOf(t, pid)
		g.mover.scope = &Scope{Unit: "x.scope", Cgroup: group}
		g.locate()
		a := g.adopted()
		if slices.Contains(a.PIDs, pid) != isIn || (len(a.Left) == 0) != isIn || !isIn && a.Left[0].Why.(*AdoptError).Reason != NotMoved {
			t.Errorf("%s: in %v, left %v", group, a.PIDs, a.Left)
		}
	}
}
