// Command manual makes the manual pages from the Markdown files in docs. What gorun.1 says about
// the options comes from the program: their names from its help, and the texts from the
// comments above their entries.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"gorun/docs/optiontext"
)

func main() {
	out := flag.String("o", "man", "the directory for the pages")
	gorun := flag.String("gorun", "bin/gorun", "the program")
	flag.Parse()
	if err := makePages(*gorun, *out); err != nil {
		fmt.Fprintln(os.Stderr, "manual:", err)
		os.Exit(1)
	}
}

// makePages makes all pages in a directory.
func makePages(gorun, out string) error {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	pages, err := filepath.Glob("docs/*.[1-9].md")
	if err != nil {
		return err
	}
	if len(pages) == 0 {
		return fmt.Errorf("no pages in docs: run this in the repository's root")
	}
	filled, err := newFilling(gorun)
	if err != nil {
		return err
	}
	for _, page := range pages {
		source, err := os.ReadFile(page)
		if err != nil {
			return err
		}
		name := strings.TrimSuffix(filepath.Base(page), ".md")
		if err := os.WriteFile(filepath.Join(out, name), render(filled.Replace(string(source))), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// newFilling fills in what comes from the program.
func newFilling(gorun string) (*strings.Replacer, error) {
	version, err := exec.Command(gorun, "--version").Output()
	if err != nil {
		return nil, fmt.Errorf("%s --version: %w", gorun, err)
	}
	help, err := exec.Command(gorun, "--help=all").Output()
	if err != nil {
		return nil, fmt.Errorf("%s --help=all: %w", gorun, err)
	}
	texts, err := optiontext.Read("cmd/gorun")
	if err != nil {
		return nil, err
	}
	options, err := describe(parseHelp(string(help)), texts)
	if err != nil {
		return nil, err
	}
	number := strings.TrimSuffix(strings.Fields(string(version))[1], ",")
	return strings.NewReplacer("gorun VERSION", "gorun "+number, "{{options}}", options), nil
}
