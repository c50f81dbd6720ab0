package entry

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// Go's runtime would print all goroutines, and exit with 2.
func TestLimitsThatAreTooLowForTheRuntimeAreRefused(t *testing.T) {
	if runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" {
		t.Skip("not supported on ", runtime.GOARCH)
	}
	report := build(t, "-ldflags=-E gorun_entry")
	for script, want := range map[string]string{
		"ulimit -S -v 799999":  noSpace,
		"ulimit -S -v 1000000": "",
		"ulimit -S -u 1":       noProcesses,
		"ulimit -S -u 10":      noProcesses,
		"ulimit -S -u 40":      "",
		"ulimit -S -u 5000":    "",
	} {
		args := []string{"bash", "-c", script + " && exec " + report}
		if strings.Contains(script, "-u") {
			if os.Geteuid() != 0 {
				continue // other processes of the user count, too
			}
			for dir := filepath.Dir(report); dir != os.TempDir(); dir = filepath.Dir(dir) {
				if err := os.Chmod(dir, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			args = append([]string{"setpriv", "--reuid=54321", "--clear-groups"}, args...)
		}
		cmd := exec.Command(args[0], args[1:]...)
		out, err := cmd.Output()
		printed, status := "", cmd.ProcessState.ExitCode()
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			printed = string(exit.Stderr)
		}
		if want == "" && (status != 0 || !strings.HasPrefix(string(out), "true")) || want != "" && (status != 125 || printed != want) {
			t.Errorf("%s: status %d, printed %q and %q", script, status, out, printed)
		}
	}
}
