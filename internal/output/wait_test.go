package output

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"gorun/internal/state"
	"gorun/scope"
)

// role makes the test binary act as the process that prints, or as the one that runs COMMAND.
const role = "OUTPUT_TEST_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(role) {
	case "printer":
		bePrinter()
		os.Exit(0) // and never run the tests, which start this program again
	case "runner":
		beRunner()
		os.Exit(1)
	case "":
		os.Exit(m.Run())
	}
	panic("no such role")
}

// bePrinter runs a runner, and prints what that has printed, unless it ended well.
func bePrinter() {
	w, err := Wait()
	if err != nil {
		panic(err)
	}
	defer w.Remove()
	cmd := exec.Command(os.Args[0])
	err = w.Redirect(func(env string) error {
		cmd.Env = append(os.Environ(), role+"=runner", env)
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		return cmd.Start() // the descriptor in env is inherited
	})
	if err != nil {
		panic(err)
	}
	failed := cmd.Wait() != nil
	said := w.Said()
	if !failed && !said.Badly {
		return
	}
	if err := w.Print(); err != nil {
		panic(err)
	}
	fmt.Fprintln(os.Stderr, said.Unit, said.Why)
}

// beRunner prints in turn on both descriptors, and ends as $OUTPUT_TEST_END says.
func beRunner() {
	t := FindWaiting()
	end := os.Getenv("OUTPUT_TEST_END")
	if end != "early" {
		if err := t.Take(scope.UserManager, "job.scope", "id", true); err != nil {
			panic(err)
		}
	}
	for i := range 3 {
		fmt.Println("out", i)
		fmt.Fprintln(os.Stderr, "err", i)
	}
	switch end {
	case "well":
		t.Drop()
		os.Exit(0)
	case "killed":
		unix.Kill(os.Getpid(), unix.SIGKILL)
	}
	t.Say("it failed")
	if end == "badly, with 0" {
		t.SayBadly()
		os.Exit(0)
	}
	os.Exit(1)
}

// waited runs a printer in a home of its own. It returns what was printed, and the names of the
// files that remain.
func waited(t *testing.T, end string, together bool) (stdout, stderr string, names []string) {
	t.Helper()
	home := t.TempDir()
	t.Setenv("XDG_STATE_HOME", home)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), role+"=printer", "OUTPUT_TEST_END="+end)
	var files [2]*os.File
	for i := range files {
		f, err := os.Create(filepath.Join(t.TempDir(), "printed"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		files[i] = f
	}
	cmd.Stdout, cmd.Stderr = files[0], files[1]
	if together {
		cmd.Stderr = files[0]
	}
	if err := cmd.Run(); err != nil {
		t.Error(err)
	}
	var printed [2]string
	for i, f := range files {
		f.Seek(0, io.SeekStart)
		text, err := io.ReadAll(f)
		if err != nil {
			t.Fatal(err)
		}
		printed[i] = string(text)
	}
	entries, _ := os.ReadDir(filepath.Join(home, "gorun"))
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			names = append(names, e.Name())
			if info.Mode() != 0o600 {
				t.Errorf("%s has the mode %v", e.Name(), info.Mode())
			}
		}
	}
	return printed[0], printed[1], names
}

func TestOutputIsPrintedUnlessTheRunEndedWell(t *testing.T) {
	const out, err = "out 0\nout 1\nout 2\n", "err 0\nerr 1\nerr 2\n"
	for _, c := range []struct {
		end      string
		why      string // on standard error, at the end
		together bool
		names    string
	}{
		{"badly", "job.scope [it failed]\n", false, "job.scope.log job.scope.log.stderr"},
		{"badly", "job.scope [it failed]\n", true, "job.scope.log"},
		{"badly, with 0", "job.scope [it failed]\n", true, "job.scope.log"},
		{"killed", "job.scope []\n", false, "job.scope.log job.scope.log.stderr"},
		{"early", " [it failed]\n", false, ""}, // without a run that has the name
		{"well", "", false, ""},
		{"well", "", true, ""},
	} {
		stdout, stderr, names := waited(t, c.end, c.together)
		wantOut, wantErr := out, err+c.why
		switch {
		case c.end == "well":
			wantOut, wantErr = "", ""
		case c.together:
			wantOut, wantErr = "out 0\nerr 0\nout 1\nerr 1\nout 2\nerr 2\n"+c.why, ""
		}
		if stdout != wantOut || stderr != wantErr || strings.Join(names, " ") != c.names {
			t.Errorf("%s, together %t: printed %q and %q, and left %q", c.end, c.together, stdout, stderr, names)
		}
		note := state.FindNote(state.Dirs(), "user", "job.scope")
		if hasFile := note != nil && note.Output != ""; hasFile != (c.names != "") {
			t.Errorf("%s: the note is %+v", c.end, note)
		}
		if c.names != "" && len(Parts(note.Output)) != len(strings.Fields(c.names)) {
			t.Errorf("%s: found %q", c.end, Parts(note.Output))
		}
	}
}

// A pipe whose reader is gone takes nothing, and the other stream is printed all the same.
func TestStreamThatCannotBePrintedDoesNotKeepTheOther(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	w, err := Wait()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Remove()
	r, broken, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	printed, err := os.Create(filepath.Join(t.TempDir(), "printed"))
	if err != nil {
		t.Fatal(err)
	}
	defer printed.Close()
	if len(w.files) == 1 { // the test's own output is one
		name, f, err := w.dir.NewFile()
		if err != nil {
			t.Fatal(err)
		}
		w.names, w.files = append(w.names, name), append(w.files, f)
	}
	for i, f := range w.files {
		fmt.Fprintln(f, "stream", i+1)
	}
	w.kept = [2]*os.File{broken, printed}
	if err := w.Print(); err == nil || !strings.Contains(err.Error(), "broken pipe") {
		t.Errorf("got %v", err)
	}
	if text, err := os.ReadFile(printed.Name()); err != nil || string(text) != "stream 2\n" {
		t.Errorf("printed %q, %v", text, err)
	}
}

// The pipe has room for 64 KiB, and nobody reads before the end: what has no room must not hold the run.
func TestWordsToTheOtherProcessDoNotWait(t *testing.T) {
	said, tell, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer said.Close()
	w := &Waiting{said: said}
	t.Setenv(waitingVariable, fmt.Sprintf("%d:%d:name", os.Getppid(), tell.Fd()))
	taken := FindWaiting()
	taken.SayAlso("a hook failed")
	for range 100 {
		taken.SayAlso(strings.Repeat("ä", 5000))
	}
	taken.Say("it failed")
	tell.Close()
	s := w.Said()
	if len(s.Also) < 10 || s.Also[0] != "a hook failed" || !strings.HasPrefix(s.Also[9], "ää") || len(s.Also[9]) > mostSaid {
		t.Errorf("%d lines, the first is %.30q", len(s.Also), s.Also)
	}
	for _, why := range s.Why {
		if why != "it failed" {
			t.Errorf("why: %.30q", why)
		}
	}
}
