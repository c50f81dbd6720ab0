package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// fakeMake prints its target and its niceness, and fails for the target $FAILS.
const fakeMake = `#!/bin/sh
echo "$1 has niceness $(nice)"
[ "$1" != "$FAILS" ] || exit 2
`

// runCI runs .ci/run in a tree with a make that does nothing. It returns what is printed, and what is
// left of the copy of the tree.
func runCI(t *testing.T, fails string) (out string, left []string, err error) {
	t.Helper()
	dir, temporary := t.TempDir(), t.TempDir()
	script, err := os.ReadFile("../../../.ci/run")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"tree/.ci/run": string(script), "tree/integration/setup.sh": "#!/bin/sh\n", "bin/make": fakeMake} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(filepath.Join(dir, "tree/.ci/run"))
	cmd.Env = append(os.Environ(), "PATH="+dir+"/bin:"+os.Getenv("PATH"), "TMPDIR="+temporary, "FAILS="+fails)
	text, err := cmd.CombinedOutput()
	left, _ = filepath.Glob(temporary + "/*") // the pattern is well-formed
	return string(text), left, err
}

func TestCIFailsIfAnyTargetFails(t *testing.T) {
	out, left, err := runCI(t, "")
	if err != nil || len(left) > 0 {
		t.Errorf("nothing fails: %v, left %q, printed %s", err, left, out)
	}
	targets := regexp.MustCompile(`(?m)^(\S+) has niceness`).FindAllStringSubmatch(out, -1)
	if len(targets) < 7 {
		t.Fatalf("the targets are %q", targets)
	}
	for _, target := range targets {
		if out, _, err := runCI(t, target[1]); err == nil {
			t.Errorf("make %s fails, and .ci/run does not: it printed %s", target[1], out)
		}
	}
}

func TestCIGivesTheMatrixTheProcessorsFirst(t *testing.T) {
	out, _, _ := runCI(t, "")
	own, err := exec.Command("nice").Output()
	if err != nil {
		t.Fatal(err)
	}
	for target, want := range map[string]string{"test-matrix": strings.TrimSpace(string(own)), "storm": strings.TrimSpace(string(own)), "faults": "19", "check": "19", "fuzz": "19"} {
		if line := target + " has niceness " + want + "\n"; !strings.Contains(out, line) {
			t.Errorf("no line %q in %s", line, out)
		}
	}
}
