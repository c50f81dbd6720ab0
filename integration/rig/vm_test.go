package rig

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestVirtualMachine takes three minutes a suite with an empty cache and without KVM. The
// reboot is tested by gorun's tests of one.
func TestVirtualMachine(t *testing.T) {
	for _, suite := range testSuites(t) {
		t.Run(suite.Name, func(t *testing.T) { testVirtualMachine(t, suite) })
	}
}

func testVirtualMachine(t *testing.T, suite Suite) {
	img := openImage(t, suite)
	startTestVM(t, img).Close() // there is a snapshot now
	start := time.Now()
	a := startTestVM(t, img)
	defer a.Close()
	took := time.Since(start)
	b := startTestVM(t, img)
	defer b.Close()

	t.Run("StartsFromTheSnapshotWithinHalfAMinute", func(t *testing.T) {
		if took > 30*time.Second {
			t.Errorf("the start took %v", took)
		}
	})
	t.Run("RunsTheWholeSystem", func(t *testing.T) { testWholeSystem(t, a) })
	t.Run("KnowsTheTime", func(t *testing.T) { testClock(t, a) })
	t.Run("DrawsRandomNumbersOfItsOwn", func(t *testing.T) { testRandomNumbers(t, a, b) })
	t.Run("IsReachableOnlyBySSH", func(t *testing.T) {
		if _, err := a.host.dial(t.Context(), 80); err == nil {
			t.Error("port 80 is reachable")
		}
	})
	t.Run("LeavesNoProcess", func(t *testing.T) { testNoProcess(t, a) })
}

// testSuites are the suites in GORUN_SUITES, a list separated by commas.
func testSuites(t *testing.T) []Suite {
	names := os.Getenv("GORUN_SUITES")
	if names == "" {
		t.Skip("GORUN_SUITES names no Debian releases to start")
	}
	var suites []Suite
	for name := range strings.SplitSeq(names, ",") {
		suite, err := SuiteNamed(name)
		if err != nil {
			t.Fatal(err)
		}
		suites = append(suites, suite)
	}
	return suites
}

func openImage(t *testing.T, suite Suite) *Image {
	t.Helper()
	img, err := OpenImage(t.Context(), suite, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func startTestVM(t *testing.T, img *Image) *Machine {
	t.Helper()
	start := time.Now()
	m, err := StartVM(t.Context(), img)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("up after %v", time.Since(start).Round(time.Millisecond))
	return m
}

// asRoot runs a script that must succeed.
func asRoot(t *testing.T, m *Machine, script string) string {
	t.Helper()
	out, err := m.RunAs(t.Context(), "root", script)
	if err != nil {
		t.Fatal(err)
	}
	if out.Status != 0 {
		t.Fatalf("%s: status %d: %s%s", script, out.Status, out.Stdout, out.Stderr)
	}
	return strings.TrimSpace(out.Stdout)
}

func testWholeSystem(t *testing.T, m *Machine) {
	if state := asRoot(t, m, "systemctl is-system-running"); state != "running" {
		t.Errorf("the system is %q, want running", state)
	}
	want := fmt.Sprintf("systemd %d ", m.Suite.Systemd)
	if version := asRoot(t, m, "systemctl --version"); !strings.HasPrefix(version, want) {
		t.Errorf("want %s, have %s", want, version)
	}
	system, err := m.Controllers(t.Context())
	testControllers(t, system, err, "memory", "pids", "cpu")
	user, err := m.UserControllers(t.Context(), "alice")
	testControllers(t, user, err, "memory", "pids")
}

func testControllers(t *testing.T, have []string, err error, want ...string) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
	for _, c := range want {
		if !slices.Contains(have, c) {
			t.Errorf("the controllers are %q, without %s", have, c)
		}
	}
}

func testClock(t *testing.T, m *Machine) {
	var seconds int64
	before := time.Now()
	if _, err := fmt.Sscan(asRoot(t, m, "date +%s"), &seconds); err != nil {
		t.Fatal(err)
	}
	guest := time.Unix(seconds, 0)
	if guest.Before(before.Add(-5*time.Second)) || guest.After(time.Now()) {
		t.Errorf("the machine's clock says %v at %v", guest, before)
	}
}

func testRandomNumbers(t *testing.T, a, b *Machine) {
	const draw = "cat /proc/sys/kernel/random/uuid"
	if one, two := asRoot(t, a, draw), asRoot(t, b, draw); one == two {
		t.Errorf("both machines drew %s", one)
	}
}

func testNoProcess(t *testing.T, m *Machine) {
	pid := m.host.(*vm).process.Pid
	if err := unix.Kill(pid, 0); err != nil {
		t.Errorf("QEMU, PID %d, does not run: %v", pid, err)
	}
	m.Close()
	if err := unix.Kill(pid, 0); !errors.Is(err, unix.ESRCH) {
		t.Errorf("QEMU, PID %d, still runs: %v", pid, err)
	}
}
