package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// target is a fuzz target.
type target struct {
	dir  string // of its package
	name string
}

func (t target) String() string { return "./" + t.dir + "." + t.name }

// binary is the name of the package's test binary.
func (t target) binary() string { return strings.ReplaceAll(t.dir, "/", "-") + ".test" }

var declaration = regexp.MustCompile(`(?m)^func (Fuzz\w+)\(`)

// findTargets finds the targets below a directory.
func findTargets(root string, only *regexp.Regexp) (list []target, err error) {
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && (d.Name() == "testdata" || d.Name()[0] == '.'):
			return filepath.SkipDir
		case !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, found := range declaration.FindAllSubmatch(text, -1) {
			if t := (target{filepath.Dir(path), string(found[1])}); only.MatchString(t.String()) {
				list = append(list, t)
			}
		}
		return nil
	})
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("no target matches %q", only)
	}
	return list, err
}
