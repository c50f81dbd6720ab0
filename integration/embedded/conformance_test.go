package embedded

import (
	"encoding/json"
	"strings"
	"testing"
)

// A command behaves under gorun as it does alone, in every trial of the program conform that
// needs no service manager and no program that this machine lacks.
func TestConformance(t *testing.T) {
	if !thorough() {
		t.Skip("takes minutes on a busy machine: make test-matrix runs it")
	}
	t.Parallel()
	p := places()[0]
	var trials []struct{ Name, Reason, OnlyFor, Want string }
	var alone, behind map[string]string
	conformJSON(t, p, "conform -list", &trials)
	conformJSON(t, p, "conform -parallel 6", &alone)
	conformJSON(t, p, "conform -parallel 6 -prefix 'gorun --embedded -q'", &behind)
	for _, x := range trials {
		want := alone[x.Name]
		if x.OnlyFor != "" {
			want = x.Want
		}
		switch {
		case x.Reason != "" || needsManager[x.Name]:
		case strings.Contains(want, "not found"), strings.HasPrefix(want, "never "):
			t.Logf("%s: not tried: %s", x.Name, want)
		case behind[x.Name] != want:
			t.Errorf("%s: saw %q, want %q", x.Name, behind[x.Name], want)
		}
	}
}

// needsManager has the trials that ask a service manager about the scope, or have it keep the name:
// that of an embedded run is a file.
var needsManager = map[string]bool{
	"no room in files, for a run with a name": true,
	"gorun killed, the command lives":         true,
	"the manager's signals come once":         true,
}

func conformJSON(t *testing.T, p place, command string, v any) {
	t.Helper()
	cmd := p.command(t, command)
	cmd.Stderr = nil
	text, err := cmd.Output()
	if err != nil {
		t.Fatal(command, err)
	}
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatal(command, err)
	}
}
