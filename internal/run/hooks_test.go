package run

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"gorun/internal/hooks"
	"gorun/internal/report"
	"gorun/internal/state"
	"gorun/internal/supervise"
	"gorun/scope"
)

// Hooks and --chronic agree on which runs ended well.
func TestEndingsAreSaidInSystemdsWords(t *testing.T) {
	for _, c := range []struct {
		name    string
		status  supervise.Status
		outcome report.Outcome
		exit    int // gorun's
		want    hooks.Ending
	}{
		{"success", supervise.Status{}, report.Exited, 0, hooks.Ending{Result: "success", Code: "exited", Status: "0"}},
		{"failure", supervise.Status{Code: 3}, report.Exited, 3, hooks.Ending{Result: "exit-code", Code: "exited", Status: "3"}},
		{"signal", supervise.Status{Signal: unix.SIGUSR1}, report.Signaled, 138, hooks.Ending{Result: "signal", Code: "killed", Status: "USR1"}},
		{"core dump", supervise.Status{Signal: unix.SIGSEGV, Dumped: true}, report.Signaled, 139, hooks.Ending{Result: "signal", Code: "dumped", Status: "SEGV"}},
		{"time limit", supervise.Status{Signal: unix.SIGTERM}, report.TimedOut, 124, hooks.Ending{Result: "timeout", Code: "killed", Status: "TERM"}},
		{"time limit, and an orderly end", supervise.Status{}, report.TimedOut, 124, hooks.Ending{Result: "timeout", Code: "exited", Status: "0"}},
		{"OOM kill", supervise.Status{Signal: unix.SIGKILL}, report.OOMKilled, 137, hooks.Ending{Result: "oom-kill", Code: "killed", Status: "KILL"}},
		{"OOM kill of a child, and an orderly end", supervise.Status{}, report.OOMKilled, 0, hooks.Ending{Result: "oom-kill", Code: "exited", Status: "0"}},
		{"stop", supervise.Status{Signal: unix.SIGTERM}, report.Stopped, 143, hooks.Ending{Result: "signal", Code: "killed", Status: "TERM"}},
		{"stop, and an orderly end", supervise.Status{}, report.Stopped, 0, hooks.Ending{Result: "success", Code: "exited", Status: "0"}},
		{"^C in the wait for leftover processes", supervise.Status{}, report.Exited, 130, hooks.Ending{Result: "signal", Code: "exited", Status: "0"}},
	} {
		rep := &report.Report{Outcome: c.outcome, ExitStatus: &c.exit}
		rep.SetStatus(c.status.Code, c.status.Signal)
		checkEnding(t, c.name, endingOf(rep, c.status.Dumped), c.want)
		if want := c.want.Result == "success"; rep.EndedWell() != want {
			t.Errorf("%s: --chronic is told that the run ended well: %t, want %t", c.name, !want, want)
		}
	}
	for status, err := range map[int]error{127: &supervise.StartError{Name: "x", Err: unix.ENOENT}, 126: &supervise.StartError{Name: "x", Err: unix.EACCES}, 125: &NoRoomError{unix.EAGAIN}} {
		rep := &report.Report{}
		rep.Fail(err, StatusOfFailure(err))
		checkEnding(t, "not started", endingOf(rep, false), hooks.Ending{Result: "exit-code", Code: "exited", Status: map[int]string{125: "125", 126: "126", 127: "127"}[status]})
	}
}

func checkEnding(t *testing.T, name string, got, want hooks.Ending) {
	t.Helper()
	if !json.Valid(got.Report) {
		t.Errorf("%s: the report is %q", name, got.Report)
	}
	got.Report = nil
	if got.Result != want.Result || got.Code != want.Code || got.Status != want.Status || got.EndedWell() != (want.Result == "success") {
		t.Errorf("%s: got %+v, want %+v", name, got, want)
	}
}

// noted are hooks, of which one writes to a file what it hears, and the service's file.
func noted(t *testing.T) (h *endHooks, dir, printed string) {
	t.Helper()
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir()) // no manager
	dir, printed = t.TempDir(), filepath.Join(t.TempDir(), "printed")
	h = &endHooks{service: scope.After{Unit: "gorun-hooks-1.service"}}
	h.Job = hooks.Job{Manager: "user", Unit: "job.scope", Hooks: hooks.Hooks{Commands: []hooks.Command{
		{Text: "note", File: "/bin/sh", Args: []string{"sh", "-c", "echo $SERVICE_RESULT $EXIT_STATUS >>" + printed}},
		{Text: "false", File: "/bin/false", Args: []string{"false"}},
	}}}
	var err error
	if h.kept, err = hooks.Keep(dir, h.service.Unit, h.Job); err != nil {
		t.Fatal(err)
	}
	return h, dir, printed
}

// notedScope is a scope of a manager that does not answer.
func notedScope() *scope.Scope { return &scope.Scope{Unit: "job.scope", Manager: scope.UserManager} }

// The file with the ending cannot be written, as on a full disk. A service that hears nothing of
// the end takes the run for one whose gorun was killed.
func TestHooksRunHereIfTheServiceCannotHearOfTheEnd(t *testing.T) {
	h, dir, printed := noted(t)
	path := h.kept.Path()
	if err := os.MkdirAll(filepath.Join(dir, h.service.Unit+state.EndingSuffix, "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	e := hooks.Ending{Result: "success", Code: "exited", Status: "0"}
	h.settle(e)
	failed, err := h.run(notedScope(), e)
	if err != nil || len(failed) != 1 || failed[0].Command != "false" {
		t.Errorf("failed: %+v, %v", failed, err)
	}
	if status := hooks.Serve(hooks.Run, path); status != 0 {
		t.Errorf("the service: status %d", status)
	}
	if text, err := os.ReadFile(printed); string(text) != "success 0\n" {
		t.Errorf("printed %q, %v", text, err)
	}
}

// interrupted is a wait that a signal ends at once.
type interrupted func()

func (f interrupted) WaitFor(<-chan struct{}) bool { f(); return true }

// A stop of the scope sends a signal to COMMAND, and one to gorun, which may come later.
func TestSignalDoesNotEndTheWaitForHooksBeforeTheServiceKnowsTheEnd(t *testing.T) {
	h, dir, _ := noted(t)
	rep := &report.Report{Outcome: report.Stopped, ExitStatus: new(143)}
	rep.SetStatus(0, unix.SIGTERM)
	r := &run{hooks: h, scope: notedScope(), Config: Config{Tell: func(Event) {}}}
	r.endHooks(interrupted(func() {
		if _, err := os.Stat(filepath.Join(dir, h.service.Unit+state.EndingSuffix)); err != nil {
			t.Errorf("when the signal comes: %v", err)
		}
	}), rep, false)
}

// The manual says that nothing is done for a launch that fails with 125, as where --nice is refused.
func TestLaunchThatFailedHasNoHooks(t *testing.T) {
	for want, why := range map[string]error{
		"": &supervise.SetupError{Doing: "set the niceness to -5", Err: unix.EACCES}, "exit-code 127\n": &supervise.StartError{Name: "x", Err: unix.ENOENT},
	} {
		h, dir, printed := noted(t)
		path := h.kept.Path()
		rep := &report.Report{}
		rep.Fail(why, StatusOfFailure(why))
		r := &run{hooks: h, scope: notedScope(), Config: Config{Tell: func(Event) {}}}
		h.settleFailed(rep)
		r.failHooks(rep)
		if status := hooks.Serve(hooks.Run, path); status != 0 { // when the scope has ended
			t.Errorf("%v: the service: status %d", why, status)
		}
		if text, _ := os.ReadFile(printed); string(text) != want {
			t.Errorf("%v: printed %q, want %q", why, text, want)
		}
		if left, err := os.ReadDir(dir); len(left) != 0 || err != nil {
			t.Errorf("%v: left behind: %v, %v", why, left, err)
		}
	}
}
