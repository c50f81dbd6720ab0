package entry

import (
	"fmt"
	"os/exec"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

func TestChildHasTheTimerSlackOfTheStart(t *testing.T) {
	if runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" {
		t.Skip("not supported on ", runtime.GOARCH)
	}
	long := int(longSlack)
	report := build(t, "-ldflags=-E gorun_entry")
	for start, want := range map[int]int{50_000: long, 1: long, long: long, 5 * long: 5 * long} {
		if own, child := slacks(t, start, report); own != want || child != start {
			t.Errorf("started with %d: the slack is %d, want %d, and that of a child %d, want %[1]d", start, own, want, child)
		}
	}
	if own, child := slacks(t, 50_000, build(t)); own != 50_000 || child != 50_000 {
		t.Errorf("linked without the flag: the slack is %d, and that of a child %d, want 50000", own, child)
	}
}

// slacks runs the program that prints its timer slack and that of a child.
func slacks(t *testing.T, start int, report string) (own, child int) {
	t.Helper()
	runtime.LockOSThread() // which is not unlocked: it ends with the goroutine, and its slack
	if err := unix.Prctl(unix.PR_SET_TIMERSLACK, uintptr(start), 0, 0, 0); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(report, "slack").Output()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscanf(string(out), "%d <nil>\n%d\n", &own, &child); err != nil {
		t.Fatalf("%q: %v", out, err)
	}
	return own, child
}
