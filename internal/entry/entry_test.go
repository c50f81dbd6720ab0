package entry

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// build builds the program that prints what package entry knows.
func build(t *testing.T, flags ...string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "report")
	cmd := exec.Command("go", append(append([]string{"build", "-o", out}, flags...), "./testdata/report")...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v: %s", err, text)
	}
	return out
}

func TestSignalStateAndClosedDescriptorsAtStartAreKnown(t *testing.T) {
	if runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" {
		t.Skip("not supported on ", runtime.GOARCH)
	}
	const shim = "-ldflags=-E gorun_entry"
	for name, flags := range map[string][]string{"static": {shim}, "PIE": {shim, "-buildmode=pie"}} {
		report := build(t, flags...)
		for script, want := range map[string]string{
			"exec " + report:                              "true\n",
			"trap '' USR1 PIPE HUP; exec " + report:       "true ignored 1 ignored 10 ignored 13\n",
			"exec " + report + " <&- 2>&-":                "true closed 0 closed 2\n",
			"exec env --block-signal=TERM,USR2 " + report: "true blocked 12 blocked 15\n",
		} {
			out, err := exec.Command("env", "--default-signal", "sh", "-c", script).Output()
			if err != nil || string(out) != want {
				t.Errorf("%s: %s: printed %q, want %q (%v)", name, script, out, want, err)
			}
		}
	}
}

func TestNothingIsKnownWithoutTheLinkerFlag(t *testing.T) {
	out, err := exec.Command("sh", "-c", "trap '' USR1; exec "+build(t)).Output()
	if err != nil || string(out) != "false\n" {
		t.Errorf("printed %q (%v)", out, err)
	}
	if Ran() {
		t.Error("Ran is true in this test, which was linked without the flag")
	}
}
