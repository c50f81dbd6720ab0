// Package docs has gorun's manual. Its test builds the Go program that the manual shows.
package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestGoRecipeBuildsInAModuleOfItsOwn(t *testing.T) {
	page, err := os.ReadFile("gorun-recipes.7.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## GO\n")
	_, program, _ := strings.Cut(section, "```\n")
	program, _, found := strings.Cut(program, "```\n")
	if !found {
		t.Fatal("no program under GO")
	}
	gorun, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile("../go.sum")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"main.go": program,
		"go.mod":  "module example\n\ngo 1.26\n\nrequire gorun v0.0.0\n\nreplace gorun => " + gorun + "\n",
		"go.sum":  string(sums),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "build", "-mod=mod", "-o", "program", ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	if formatted, err := exec.Command("gofmt", "-l", filepath.Join(dir, "main.go")).CombinedOutput(); err != nil || len(formatted) > 0 {
		t.Errorf("the program is not formatted: %v %s", err, formatted)
	}
}
