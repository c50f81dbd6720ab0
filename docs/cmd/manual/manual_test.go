package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// pages makes the pages with a gorun of this source.
func pages(t *testing.T) (dir, gorun string) {
	t.Helper()
	t.Chdir("../../..")
	dir = t.TempDir()
	gorun = filepath.Join(dir, "gorun")
	if out, err := exec.Command("go", "build", "-o", gorun, "./cmd/gorun").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := makePages(gorun, dir); err != nil {
		t.Fatal(err)
	}
	return dir, gorun
}

func TestManRendersThePagesWithoutAWarning(t *testing.T) {
	if _, err := exec.LookPath("man"); err != nil {
		t.Skip("no man(1): integration/setup.sh installs it")
	}
	dir, _ := pages(t)
	for _, page := range []string{"gorun.1", "gorun-recipes.7"} {
		cmd := exec.Command("man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", filepath.Join(dir, page))
		cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "MANROFFSEQ=", "MANWIDTH=80")
		var warnings strings.Builder
		cmd.Stderr = &warnings
		if out, err := cmd.Output(); err != nil || len(out) == 0 || warnings.Len() > 0 {
			t.Errorf("%s: %v, %d bytes, %s", page, err, len(out), &warnings)
		}
	}
}

// Each option of the program is an entry of the page, and each entry an option.
func TestManualHasTheOptionsOfTheProgram(t *testing.T) {
	dir, gorun := pages(t)
	page, err := os.ReadFile(filepath.Join(dir, "gorun.1"))
	if err != nil {
		t.Fatal(err)
	}
	help, err := exec.Command(gorun, "--help=all").Output()
	if err != nil {
		t.Fatal(err)
	}
	typed := regexp.MustCompile(`--[a-z][a-z-]*[a-z]`)
	wanted := map[string]bool{}
	for line := range strings.Lines(string(help)) {
		if strings.HasPrefix(line, "  -") {
			names, _, _ := strings.Cut(line[2:], "  ")
			for _, name := range typed.FindAllString(names, -1) {
				wanted[name] = true
			}
		}
	}
	entries := regexp.MustCompile(`(?m)^\.TP\n(\\fB.*)$`)
	for _, entry := range entries.FindAllStringSubmatch(string(page), -1) {
		for _, name := range typed.FindAllString(strings.ReplaceAll(entry[1], `\-`, "-"), -1) {
			if !wanted[name] {
				t.Errorf("%s has an entry, and is no option", name)
			}
			delete(wanted, name)
		}
	}
	for name := range wanted {
		t.Errorf("%s has no entry", name)
	}
}

// What is typed must not be a hyphen that no keyboard has, where roff makes one of "-".
func TestOptionsCanBeCopiedFromThePage(t *testing.T) {
	const markdown = "# x 1\n\n## A\n\n**--unit**=*A-B* is well-known, `-p`.\n\n```\ngorun --x -- a-b\n```\n"
	got := string(render(markdown))
	for _, want := range []string{`\fB\-\-unit\fP=\fIA-B\fP is well-known`, `\fB\-p\fR`, `gorun \-\-x \-\- a\-b`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %s", want, got)
		}
	}
}
