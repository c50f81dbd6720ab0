package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestImportsGoDownOnly(t *testing.T) {
	for _, c := range []struct {
		from, to string
		allowed  bool
	}{
		{"gorun/cmd/gorun", "gorun/internal/run", true},
		{"gorun/internal/run", "gorun/internal/manage", false},
		{"gorun/internal/run", "gorun/cmd/gorun", false},
		{"gorun/internal/report", "gorun/internal/run", false},
		{"gorun/scope", "gorun/scope/property", true},
		{"gorun/scope/property", "gorun/scope", false},
		{"gorun/scope", "gorun/internal/bus/bustest", true},
		{"gorun/cgroup", "golang.org/x/sys/unix", true},
		{"gorun/cgroup", "github.com/godbus/dbus/v5", false},
		{"gorun/internal/run", "gorun/internal/cli", false},
		{"gorun/internal/logind", "os/exec", false},
		{"gorun/internal/helper", "os/exec", true},
		{"gorun/cmd/gorun", "gorun/docs/optiontext", false},
		{"gorun/cmd/gorun", "github.com/cpuguy83/go-md2man/v2/md2man", false},
		{"gorun/integration/rig", "os/exec", true},
		{"gorun/integration/guest/library", "gorun/scope", true},
		{"gorun/integration/rig", "gorun/scope", false},
	} {
		faults := listed{ImportPath: c.from, Imports: []string{c.to}}.forbidden()
		if (len(faults) == 0) != c.allowed {
			t.Errorf("%s imports %s: %q", c.from, c.to, faults)
		}
	}
}

func TestExportedNamesNeedComments(t *testing.T) {
	dir := t.TempDir()
	source := `package p

type T struct{}

func (T) M()            {}
func (T) String() string { return "" }
func F()                {}
func f()                {}

// Documented is.
const Documented = 1

const (
	A = 1
	B = 2 // has one
)
`
	if err := os.WriteFile(filepath.Join(dir, "p.go"), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	faults, err := listed{Dir: dir, ImportPath: "gorun/p", GoFiles: []string{"p.go"}}.undocumented()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range faults {
		_, f, _ = strings.Cut(f, ": ")
		names = append(names, strings.Fields(f)[0])
	}
	if got := strings.Join(names, " "); got != "the F A T M" {
		t.Errorf("got %s, from %q", got, faults)
	}
}

func TestOnlyPackageTextPrints(t *testing.T) {
	dir := t.TempDir()
	source := `package p

import (
	"fmt"
	"os"
	"strings"
)

func f() {
	var b strings.Builder
	fmt.Fprintf(&b, "to a text")
	fmt.Fprintln(os.Stderr, "printed")
	fmt.Print(fmt.Sprint("printed"))
}
`
	if err := os.WriteFile(filepath.Join(dir, "p.go"), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	for room, want := range map[string]int{"gorun/internal/run": 2, "gorun/internal/text": 0, "gorun/integration/rig": 0} {
		faults, err := listed{Dir: dir, ImportPath: room, GoFiles: []string{"p.go"}}.unclean()
		if err != nil || len(faults) != want {
			t.Errorf("%s: %v, %q", room, err, faults)
		}
	}
}
