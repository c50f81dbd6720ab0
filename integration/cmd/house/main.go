// Command house checks the plan of the repository: which package may import which, that
// every exported name has a comment, and that only package text prints.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	packages, err := list("./...")
	if err != nil {
		fmt.Fprintln(os.Stderr, "house:", err)
		os.Exit(1)
	}
	var faults []string
	for _, p := range packages {
		faults = append(faults, p.forbidden()...)
		for _, look := range []func() ([]string, error){p.undocumented, p.unclean} {
			found, err := look()
			if err != nil {
				fmt.Fprintln(os.Stderr, "house:", err)
				os.Exit(1)
			}
			faults = append(faults, found...)
		}
	}
	for _, f := range faults {
		fmt.Fprintln(os.Stderr, f)
	}
	if len(faults) > 0 {
		os.Exit(1)
	}
}

// listed is what go list says about a package.
type listed struct {
	Dir, ImportPath string
	GoFiles         []string
	Imports         []string
	TestImports     []string // of tests in the package
	XTestImports    []string // of tests in a package of their own
}

// list lists packages of this module.
func list(pattern string) ([]listed, error) {
	cmd := exec.Command("go", "list", "-json=Dir,ImportPath,GoFiles,Imports,TestImports,XTestImports", pattern)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	var all []listed
	for decoder := json.NewDecoder(out); ; {
		var p listed
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return all, cmd.Wait()
		}
		if err != nil {
			return nil, fmt.Errorf("read what go list prints: %w", err)
		}
		all = append(all, p)
	}
}

// forbidden lists the imports that the plan does not allow.
func (p listed) forbidden() []string {
	var faults []string
	if isRoom(p.ImportPath) && !matches(slices.Concat(floors...), p.ImportPath) {
		faults = append(faults, p.ImportPath+" is on no floor")
	}
	for _, imported := range p.imports() {
		for _, r := range rules {
			if r.covers(p.ImportPath) && matches(r.not, imported) && !matches(r.but, imported) {
				faults = append(faults, fmt.Sprintf("%s imports %s: %s", p.ImportPath, imported, r.why))
			}
		}
	}
	return faults
}

// imports lists what the package imports. Tests of a room may import what they need. The
// tests of gorun as a whole may not import its rooms.
func (p listed) imports() []string {
	if isRoom(p.ImportPath) {
		return p.Imports
	}
	return slices.Concat(p.Imports, p.TestImports, p.XTestImports)
}

// files lists the package's files with their directories.
func (p listed) files() []string {
	var files []string
	for _, f := range p.GoFiles {
		files = append(files, filepath.Join(p.Dir, f))
	}
	return files
}

// matches reports whether a path is, or is below, one of the patterns.
func matches(patterns []string, importPath string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		return pattern == importPath || strings.HasPrefix(importPath, pattern+"/")
	})
}
