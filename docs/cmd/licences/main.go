// Command licences writes under which licences the program is: gorun's own, and those of the
// modules and of Go's library that are linked into it. The texts come from the modules.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

func main() {
	out := flag.String("o", "copyright", "the file to write")
	flag.Parse()
	text, err := collect()
	if err == nil {
		err = os.WriteFile(*out, []byte(text), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "licences:", err)
		os.Exit(1)
	}
}

const head = `gorun is under the Apache License, Version 2.0.

Copyright 2026 The gorun authors

The text of the licence is in the file LICENSE of the source, and on Debian systems in
/usr/share/common-licenses/Apache-2.0.

The program contains the following modules, which are under licences of their own.
`

// collect writes the licences of all that is linked.
func collect() (string, error) {
	modules, err := linked()
	if err != nil {
		return "", err
	}
	var out strings.Builder
	out.WriteString(head)
	for _, m := range modules {
		text, err := m.licences()
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&out, "\n%s\n%s %s\n\n%s", strings.Repeat("-", 72), m.name, m.version, text)
	}
	return out.String(), nil
}

// module is a module, or Go's library.
type module struct{ name, version, dir string }

// linked lists the modules that the program contains, and Go's library.
func linked() ([]module, error) {
	out, err := exec.Command("go", "list", "-tags=urfave_cli_no_docs", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}", "./cmd/gorun").Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	var list []module
	seen := map[string]bool{"": true}
	for line := range strings.SplitSeq(string(out), "\n") {
		if seen[line] {
			continue
		}
		seen[line] = true
		name, rest, _ := strings.Cut(line, " ")
		version, dir, _ := strings.Cut(rest, " ")
		list = append(list, module{name, version, dir})
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	return append(list, module{"The Go standard library", runtime.Version(), strings.TrimSpace(string(root))}), nil
}

// licences are the texts in the module's directory. That of the Apache License is gorun's own.
func (m module) licences() (string, error) {
	var out strings.Builder
	found := false
	for _, pattern := range []string{"LICEN[CS]E*", "COPYING*", "NOTICE*", "PATENTS*"} {
		names, err := filepath.Glob(filepath.Join(m.dir, pattern))
		if err != nil {
			return "", err
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				return "", err
			}
			text := strings.TrimSpace(string(data)) + "\n"
			if strings.Contains(text, "Apache License") && strings.Contains(text, "END OF TERMS AND CONDITIONS") {
				text = "Under the Apache License, Version 2.0, as gorun.\n"
			}
			found = found || strings.HasPrefix(filepath.Base(name), "LICEN") || strings.HasPrefix(filepath.Base(name), "COPYING")
			fmt.Fprintf(&out, "%s\n", text)
		}
	}
	if !found {
		return "", fmt.Errorf("%s has no licence in %s", m.name, m.dir)
	}
	return out.String(), nil
}
