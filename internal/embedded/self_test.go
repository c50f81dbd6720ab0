package embedded

import (
	"io"
	"os"
	"syscall"
	"testing"
)

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
