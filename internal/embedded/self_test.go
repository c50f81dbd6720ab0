package embedded

import (
	"io"
	"os"
	"syscall"
	"testing"

	"gorun/internal/safefile"
)

// openTestState opens a state directory of the test's own.
func openTestState(t *testing.T) *safefile.Dir {
	t.Helper()
	at := t.TempDir()
	t.Setenv("XDG_RUNTIME_DIR", at)
	dir, err := safefile.MakeDir(stateDir(at), 0o700)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(dir.Close)
	return dir
}

// runSelf runs this program with variables, and returns what it prints.
func runSelf(t *testing.T, env ...string) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	p, err := os.StartProcess("/proc/self/exe", []string{"test"}, &os.ProcAttr{
		Env: append(os.Environ(), env...), Files: []*os.File{nil, w, os.Stderr}, Sys: &syscall.SysProcAttr{},
	})
	w.Close()
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(r)
	if _, waitErr := p.Wait(); err != nil || waitErr != nil {
		t.Fatal(err, waitErr)
	}
	return string(data)
}
