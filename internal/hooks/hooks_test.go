package hooks

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"gorun/internal/bus/bustest"
	"gorun/scope"
)

func TestCommandLinesAreReadAsSystemdDoes(t *testing.T) {
	for text, want := range map[string]Command{
		"true":                 {File: "/usr/bin/true", Args: []string{"true"}},
		"  echo 'a b' \"c\" d": {File: "/usr/bin/echo", Args: []string{"echo", "a b", "c", "d"}},
		`echo a\x2db "\t\u00e9" '\055\s' \; ";" a\\b`: {File: "/usr/bin/echo", Args: []string{"echo", "a-b", "\té", "- ", ";", ";", `a\b`}},
		" -true":         {File: "/usr/bin/true", Args: []string{"true"}, MayFail: true},
		"-echo $A; $(b)": {File: "/usr/bin/echo", Args: []string{"echo", "$A;", "$(b)"}, MayFail: true},
	} {
		t.Setenv("PATH", "/usr/bin")
		want.Text = text
		if got, err := Parse(text); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %+v, %v; want %+v", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"": "there is no command", " ": "there is no command", "-": "there is no command", "''": "there is no command",
		"echo 'a":         "a quote (') is not closed",
		"echo a ; echo b": `a ";" alone would begin another command: use the option once for each, or write \; for an argument`,
		`echo a\ b`:       `\  is no escape that systemd knows; write \\ for a backslash`,
		`echo \x4`:        `\x is no escape that systemd knows; write \\ for a backslash`,
		`echo \x00`:       `\x is no escape that systemd knows; write \\ for a backslash`,
		`echo \400`:       `\4 is no escape that systemd knows; write \\ for a backslash`,
		`echo a\`:         "nothing follows the last backslash",
		"+id":             `the prefix "+" is not supported`,
		"@/bin/sh sh":     `the prefix "@" is not supported`,
		"no-such-hook x":  "no-such-hook: no such file or directory",
	} {
		if _, err := Parse(text); err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

// command is one that a job has, without a look into PATH.
func command(args ...string) Command {
	return Command{Text: strings.Join(args, " "), File: args[0], Args: args}
}

// output is a file for what the commands print, and what they printed.
func output(t *testing.T) (*os.File, func() string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "output")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f, func() string {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
}

func TestCommandsRunInOrderWithVariablesAndReport(t *testing.T) {
	j := Job{
		Hooks: Hooks{Commands: []Command{
			command("/bin/sh", "-c", `echo $SERVICE_RESULT $EXIT_CODE $EXIT_STATUS $UNIT $INVOCATION_ID "$COLOUR"; cat; exit 3`),
			command("/bin/echo", "$COLOUR", "${SERVICE_RESULT}", "$NOTHING"),
			command("/bin/pwd"),
			{Text: "-false", File: "/bin/false", Args: []string{"false"}, MayFail: true},
			command("/nosuch/hook"),
		}},
		Unit: "job.scope", InvocationID: "5d0c", Env: []string{"COLOUR=dark red", "UNIT=other", "INVOCATION_ID=other"}, Dir: "/usr",
		Timeout: time.Minute,
	}
	out, printed := output(t)
	failed := j.Do(Ending{Result: "exit-code", Code: "exited", Status: "7", Report: []byte("{}\n")}, out)
	const want = "exit-code exited 7 job.scope 5d0c dark red\n{}\ndark red exit-code\n/usr\n"
	if got := printed(); got != want {
		t.Errorf("printed %q, want %q", got, want)
	}
	if len(failed) != 2 || failed[0].Why != "exit status 3" || failed[0].Command != j.Commands[0].Text || failed[1].Command != "/nosuch/hook" {
		t.Errorf("failed: %+v", failed)
	}
}

// What the hook has started in its session is killed as well, or the pipe would stay open.
func TestCommandThatHangsIsKilledAndTheNextOneRuns(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	j := Job{Hooks: Hooks{Commands: []Command{
		command("/bin/sh", "-c", "sleep 600 & wait"), command("/bin/echo", "next"),
	}}, Timeout: 100 * time.Millisecond}
	failed := j.Do(Ending{Result: Success}, w)
	w.Close()
	if len(failed) == 0 || failed[0].Why != "killed: it did not end within 100ms" {
		t.Errorf("failed: %+v", failed)
	}
	text := make([]byte, 100)
	r.SetReadDeadline(time.Now().Add(time.Minute))
	n, _ := r.Read(text)
	if got := string(text[:n]); got != "next\n" {
		t.Errorf("printed %q", got)
	}
	if n, err := r.Read(text); n != 0 || err == nil || os.IsTimeout(err) {
		t.Errorf("a process of the hook still has the output open: read %d bytes, %v", n, err)
	}
}

// The service's process finds what gorun has left, and gorun what the process has.
func TestServiceRunsWhatWasKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "gorun")
	printed := filepath.Join(t.TempDir(), "printed")
	j := Job{
		Hooks: Hooks{Commands: []Command{command("/bin/sh", "-c", "echo $EXIT_STATUS >>"+printed), command("/bin/false")}},
		Unit:  "job.scope", Timeout: time.Minute,
	}
	k, err := Keep(dir, "gorun-hooks-1.service", j)
	if err != nil {
		t.Fatal(err)
	}
	if status := Serve(Check, k.Path()); status != 0 {
		t.Errorf("the check: status %d", status)
	}
	if _, err := os.Stat(printed); err == nil {
		t.Error("the check ran a hook")
	}
	if err := k.End(Ending{Result: "exit-code", Code: "exited", Status: "7"}); err != nil {
		t.Fatal(err)
	}
	if status := Serve(Run, k.Path()); status != 0 {
		t.Errorf("status %d", status)
	}
	if text, err := os.ReadFile(printed); string(text) != "7\n" {
		t.Errorf("printed %q, %v", text, err)
	}
	failed, err := k.Failures()
	if err != nil || len(failed) != 1 || failed[0].String() != "/bin/false: exit status 1" {
		t.Errorf("failed: %+v, %v", failed, err)
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) != 0 {
		t.Errorf("left behind: %v, %v", names, err)
	}
	if status := Serve(Run, k.Path()); status != 0 {
		t.Errorf("a second time: status %d", status)
	}
	if text, err := os.ReadFile(printed); string(text) != "7\n" {
		t.Errorf("a second time: printed %q, %v", text, err)
	}
	if status := Serve(Check, k.Path()); status != 1 {
		t.Errorf("the check finds nothing: status %d, want 1", status)
	}
}

func TestFilesOfHooksAreForTheUserOnly(t *testing.T) {
	dir := t.TempDir()
	k, err := Keep(dir, "gorun-hooks-1.service", Job{Env: []string{"PASSWORD=secret"}})
	if err == nil {
		err = k.End(Ending{})
	}
	if err != nil {
		t.Fatal(err)
	}
	files, _ := os.ReadDir(dir)
	for _, f := range files {
		if info, err := f.Info(); err != nil || info.Mode() != 0o600 {
			t.Errorf("%s: %v, %v", f.Name(), info.Mode(), err)
		}
	}
	if len(files) != 3 {
		t.Errorf("%d files", len(files))
	}
}

func TestReportOfALostRunSaysWhatTheManagerKnows(t *testing.T) {
	j := Job{Report: []byte(`{"version": 1, "unit": "job.scope", "outcome": null}`)}
	for result, want := range map[scope.Result]struct {
		lost, unseen Ending
	}{
		scope.Success:   {Ending{Result: "signal", Code: "killed", Status: "KILL"}, Ending{Result: "unknown"}},
		scope.Unknown:   {Ending{Result: "signal", Code: "killed", Status: "KILL"}, Ending{Result: "unknown"}},
		scope.TimedOut:  {Ending{Result: "timeout", Code: "killed", Status: "KILL"}, Ending{Result: "timeout"}},
		scope.OOMKilled: {Ending{Result: "oom-kill", Code: "killed", Status: "KILL"}, Ending{Result: "oom-kill"}},
	} {
		for got, want := range map[*Ending]Ending{new(j.lost(result)): want.lost, new(j.unseen(result)): want.unseen} {
			var fields map[string]any
			if err := json.Unmarshal(got.Report, &fields); err != nil || fields["outcome"] != outcomes[result] || fields["unit"] != "job.scope" {
				t.Errorf("%s: %v, %v", result, fields, err)
			}
			got.Report = nil
			if !reflect.DeepEqual(*got, want) || got.EndedWell() {
				t.Errorf("%s: got %+v, want %+v", result, got, want)
			}
		}
	}
}

// outcomes are what the report says.
var outcomes = map[scope.Result]any{scope.TimedOut: "timeout", scope.OOMKilled: "oom-kill"}

// Another program has moved gorun out of the scope, which then ended. The service leaves the hooks to
// gorun, and of the two only one runs them.
func TestHooksWaitForAGorunThatLives(t *testing.T) {
	dir, printed := filepath.Join(t.TempDir(), "gorun"), filepath.Join(t.TempDir(), "printed")
	j := Job{Hooks: Hooks{Commands: []Command{command("/bin/sh", "-c", "echo $EXIT_STATUS >>"+printed)}}, Manager: "user", Unit: "nosuch.scope", Timeout: time.Minute}
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir()) // no manager
	k, err := Keep(dir, "gorun-hooks-1.service", j)
	if err != nil {
		t.Fatal(err)
	}
	if status := Serve(Run, k.Path()); status != 0 {
		t.Errorf("status %d", status)
	}
	if text, err := os.ReadFile(printed); err == nil {
		t.Errorf("a hook ran while gorun did: %q", text)
	}
	if err := k.End(Ending{Result: "exit-code", Code: "exited", Status: "7"}); err != nil {
		t.Fatal(err)
	}
	if isOurs, err := k.Take(); !isOurs || err != nil {
		t.Errorf("the hooks are not gorun's: %v", err)
	}
	if isOurs, err := k.Take(); isOurs || err != nil {
		t.Errorf("the hooks can be had twice: %v", err)
	}
	if status := Serve(Run, k.Path()); status != 0 {
		t.Errorf("the service has nothing to do: status %d", status)
	}
	if text, err := os.ReadFile(printed); err == nil {
		t.Errorf("the service ran the hooks too: %q", text)
	}

	k.Remove()

	// gorun is killed, or leaves COMMAND running: then the lock is free.
	for want, end := range map[string]func(*Kept){
		"KILL\n": func(k *Kept) { k.results.Close() }, "\n": func(k *Kept) { k.End(Ending{Parted: true}) },
	} {
		os.Remove(printed)
		if k, err = Keep(dir, "gorun-hooks-1.service", j); err != nil {
			t.Fatal(err)
		}
		end(k)
		if status := Serve(Run, k.Path()); status != 0 {
			t.Errorf("status %d", status)
		}
		if text, err := os.ReadFile(printed); string(text) != want {
			t.Errorf("printed %q, %v, want %q", text, err, want)
		}
	}
}

// A name in Latin-1, a key: what a shell passes on needs no encoding.
func TestWordsThatAreNotUTF8ReachTheHooks(t *testing.T) {
	dir, here := t.TempDir(), filepath.Join(t.TempDir(), "caf\xe9")
	if err := os.Mkdir(here, 0o700); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(here, "n\xf6te")
	if err := os.WriteFile(program, []byte("#!/bin/sh\nprintf '%s %s %s' \"$1\" \"$KEY\" \"${PWD##*/}\" >printed\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	j := Job{
		Hooks: Hooks{Commands: []Command{{Text: "-n\xf6te \xff", File: program, Args: []string{"n\xf6te", "\xff"}, MayFail: true}}, OnFailure: []string{"x.service"}},
		Unit:  "job.scope", Env: []string{"KEY=\xe9\x01"}, Dir: here, Timeout: time.Minute, Report: []byte(`{"version":1}`),
	}
	k, err := Keep(dir, "gorun-hooks-1.service", j)
	if err != nil {
		t.Fatal(err)
	}
	if got, _, err := k.read(); err != nil || !reflect.DeepEqual(got, j) {
		t.Errorf("read %+v, %v, want %+v", got, err, j)
	}
	if err := k.End(Ending{Result: Success}); err != nil {
		t.Fatal(err)
	}
	if status := Serve(Run, k.Path()); status != 0 {
		t.Errorf("status %d", status)
	}
	if text, err := os.ReadFile(filepath.Join(here, "printed")); string(text) != "\xff \xe9\x01 caf\xe9" {
		t.Errorf("printed %q, %v", text, err)
	}
}

// manage plays a user manager.
func manage(t *testing.T, answer bustest.Answer) {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("XDG_RUNTIME_DIR", dir)
	if err := errors.Join(os.Chmod(dir, 0o700), os.Mkdir(filepath.Join(dir, "systemd"), 0o755)); err != nil {
		t.Fatal(err)
	}
	bustest.Listen(t, filepath.Join(dir, "systemd/private"), answer)
}

// The manager has begun to start the unit, and the wait for it ends. What ends it does not matter.
func TestUnitThatTakesLongIsNoFailure(t *testing.T) {
	manage(t, func(call *dbus.Message) []*dbus.Message {
		if bustest.Member(call) == "StartUnit" {
			return []*dbus.Message{bustest.Reply(call, dbus.ObjectPath("/org/freedesktop/systemd1/job/7")), bustest.HangUp}
		}
		return []*dbus.Message{bustest.Reply(call)}
	})
	j := Job{Hooks: Hooks{OnFailure: []string{"slow.service"}}, Manager: "user"}
	if failed := j.Do(Ending{Result: signal}, nil); len(failed) != 0 {
		t.Errorf("failed: %+v", failed)
	}
}

func TestHooksThatDidNotFinishAreNoSuccess(t *testing.T) {
	t.Setenv("SERVICE_RESULT", Success)
	for name, c := range map[string]struct {
		run  func(*Kept)
		want string
	}{
		"none failed": {func(k *Kept) { Serve(Run, k.Path()) }, ""},
		"the process was killed after it had taken them": {func(k *Kept) { k.Take() }, "they did not finish, or could not say so; see the journal of gorun-hooks-1.service"},
	} {
		k, err := Keep(t.TempDir(), "gorun-hooks-1.service", Job{Hooks: Hooks{Commands: []Command{command("/bin/true")}}})
		if err == nil {
			err = k.End(Ending{Result: Success})
		}
		if err != nil {
			t.Fatal(err)
		}
		c.run(k)
		failed, err := k.Failures()
		if got := fmt.Sprint(err); len(failed) != 0 || (err != nil || c.want != "") && got != c.want {
			t.Errorf("%s: %+v, %v", name, failed, err)
		}
	}
}

// Somebody has stopped the service and not the scope, which may last for days.
func TestServiceThatIsStoppedAloneLeavesTheHooksToGorun(t *testing.T) {
	id := []byte("0123456789abcdef")
	manage(t, func(call *dbus.Message) []*dbus.Message {
		if bustest.Member(call) != "Get" {
			return []*dbus.Message{bustest.Reply(call)}
		}
		values := map[any]any{
			"InvocationID": id, "ControlGroup": "/x.scope", "ActiveState": "active", "LoadState": "loaded", "SubState": "running", "Result": "success",
			"Description": "", "Documentation": []string{},
		}
		value, ok := values[call.Body[1]]
		if !ok {
			value = uint64(0)
		}
		return []*dbus.Message{bustest.Reply(call, dbus.MakeVariant(value))}
	})
	printed := filepath.Join(t.TempDir(), "printed")
	j := Job{Hooks: Hooks{Commands: []Command{command("/usr/bin/touch", printed)}}, Manager: "user", Unit: "x.scope", InvocationID: hex.EncodeToString(id)}
	k, err := Keep(t.TempDir(), "gorun-hooks-1.service", j)
	if err != nil {
		t.Fatal(err)
	}
	status := make(chan int, 1)
	go func() { status <- Serve(Run, k.Path()) }()
	select {
	case got := <-status:
		if got != 0 {
			t.Errorf("status %d", got)
		}
	case <-time.After(time.Minute):
		t.Fatal("the service waits for the end of the scope")
	}
	if _, err := os.Stat(printed); err == nil {
		t.Error("the service ran the hooks")
	}
	if isOurs, err := k.Take(); !isOurs || err != nil {
		t.Errorf("the hooks are not gorun's: %v", err)
	}
}

// gorun takes the hooks and removes the files while the service waits for the end of the scope.
func TestServiceLeavesNoFileOfHooksThatWereTaken(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir()) // no manager
	dir := t.TempDir()
	k, err := Keep(dir, "gorun-hooks-1.service", Job{Manager: "user", Unit: "x.scope"})
	if err != nil {
		t.Fatal(err)
	}
	if j, _, err := k.read(); err != nil {
		t.Error(err)
	} else {
		k.Remove()
		if e, err := k.ending(j); e != nil || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the end is %+v, %v", e, err)
		}
	}
	if left, err := os.ReadDir(dir); len(left) != 0 || err != nil {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
