package helper

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestHelperHasTheSignalsOfTheCaller(t *testing.T) {
	if runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" {
		t.Skip("not supported on ", runtime.GOARCH)
	}
	report := filepath.Join(t.TempDir(), "report")
	build := exec.Command("go", "build", "-o", report, "-ldflags=-E gorun_entry", "./testdata/report")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v: %s", err, text)
	}
	for _, how := range []string{"", "--block-signal=TERM,USR2", "--ignore-signal=HUP,USR1,RTMIN+3", "--block-signal=INT --ignore-signal=PIPE,XFSZ"} {
		lines := func(command string) string {
			out, err := exec.Command("sh", "-c", "exec env --default-signal "+how+" "+command).Output()
			if err != nil {
				t.Fatal(err)
			}
			return string(out)
		}
		want := lines("grep -E '^Sig(Blk|Ign)' /proc/self/status")
		if got := lines(report); got != want+want {
			t.Errorf("%s: the helpers have\n%swant twice\n%s", how, got, want)
		}
	}
}

func TestHelperIsFoundWithoutPATH(t *testing.T) {
	t.Setenv("PATH", "")
	out, err := Output(t.Context(), "echo", "a b")
	if err != nil || string(out) != "a b\n" {
		t.Errorf("printed %q, %v", out, err)
	}
	var missing *MissingError
	if _, err := Output(t.Context(), "no-such-helper"); !errors.As(err, &missing) || !strings.HasPrefix(err.Error(), "no-such-helper is not installed: ") {
		t.Errorf("got %v", err)
	}
}

func TestEnvironmentOfTheCallerDoesNotChangeTheAnswer(t *testing.T) {
	t.Setenv("LC_ALL", "de_DE.UTF-8")
	t.Setenv("LD_PRELOAD", "/no/such/library.so")
	t.Setenv("SYSTEMD_LOG_LEVEL", "debug")
	t.Setenv("SYSTEMD_COLORS", "1")
	t.Setenv("KEPT", "yes")
	for forPeople, want := range map[bool]string{
		false: "KEPT=yes\nLC_ALL=C\nSYSTEMD_COLORS=0\n",
		true:  "KEPT=yes\nLC_ALL=de_DE.UTF-8\nSYSTEMD_COLORS=0\n",
	} {
		var out strings.Builder
		cmd := New("sh", "-c", "env | grep -E '^(KEPT|LC_ALL|LD_|SYSTEMD_)' | sort")
		cmd.ForPeople, cmd.Stdout = forPeople, &out
		if err := cmd.Run(t.Context()); err != nil || out.String() != want {
			t.Errorf("for people %t: %v, the environment has\n%swant\n%s", forPeople, err, &out, want)
		}
	}
}

func TestErrorNamesTheHelperThatHangs(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	begun := time.Now()
	// A process that the helper leaves keeps the pipe open.
	_, err := Output(ctx, "sh", "-c", "sleep 60 & sleep 60")
	took := time.Since(begun)
	var hang *HangError
	if !errors.As(err, &hang) || !errors.Is(err, context.DeadlineExceeded) || err.Error() != "sh hangs: no answer after "+hang.After.Round(time.Second/10).String() {
		t.Fatalf("got %v", err)
	}
	if hang.After > took || took > 40*time.Second {
		t.Errorf("took %v, and %v by the error", took, hang.After)
	}
}

func TestFailureHasWhatTheHelperSaid(t *testing.T) {
	_, err := Output(t.Context(), "sh", "-c", "echo why >&2; exit 3")
	var exit *ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 3 || string(exit.Stderr) != "why\n" {
		t.Errorf("got %#v", err)
	}
}
