package embedded

import (
	"os"
	"strings"
	"testing"
)

// A user without a runtime directory has the state in a directory in /tmp, which nobody else may
// read, and which nobody else may have made.
func TestStateInTmpIsTheUsersOwn(t *testing.T) {
	t.Parallel()
	p := places()[1] // nobody, who has no other directory
	const dir = "/tmp/gorun-65534"
	asNobody(t)
	if _, err := os.Lstat(dir); err == nil {
		t.Skip(dir + " is in use")
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	const run = "export XDG_RUNTIME_DIR=; gorun --embedded "
	if got := p.ok(t, run+"-q true; stat -c '%a %u' "+dir); got != "700 65534" {
		t.Errorf("the directory has %s", got)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir+"/gorun", 0o777); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{dir, dir + "/gorun"} {
		if err := os.Chown(name, 1, 1); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(name, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	out := p.sh(t, run+"sh -c 'exit 4'; exit $?")
	if out.status != 4 || !strings.Contains(out.stderr, "it cannot be found by its name") || strings.Count(out.stderr, "gorun: warning: no service manager") != 1 {
		t.Errorf("in another user's directory: status %d, printed %q", out.status, out.stderr)
	}
	if out := p.sh(t, run+"--unit=state-noted touch ran-unnoted; exit $?"); out.status != 125 || !strings.Contains(out.stderr, "its name excludes no other run") {
		t.Errorf("a run with a name: status %d, printed %q", out.status, out.stderr)
	}
	if out := p.sh(t, run+"--best-effort --unit=state-noted true; exit $?"); out.status != 0 || !strings.Contains(out.stderr, "it cannot be found by its name") {
		t.Errorf("with --best-effort: status %d, printed %q", out.status, out.stderr)
	}
	p.ok(t, "test ! -e ran-unnoted")
	if files, err := os.ReadDir(dir + "/gorun"); err != nil || len(files) > 0 {
		t.Errorf("files were made in another user's directory: %v, %v", files, err)
	}
}
