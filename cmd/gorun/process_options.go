package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"gorun/internal/cli"
	"gorun/scope/property"

	"golang.org/x/sys/unix"
)

// processOptions describe COMMAND's process.
type processOptions struct {
	identity    *identity // nil for the caller's
	nice        *int      // nil for the caller's
	oomScore    *int      // nil for the caller's
	dir         string    // empty for the caller's
	environment []string  // on top of the caller's: NAME=VALUE
	expand      bool
}

// read reads the options.
func (p *processOptions) read(c *cli.Context) (err error) {
	if p.identity, err = newIdentity(c.String("uid"), c.String("gid")); err != nil {
		return err
	}
	if text := c.String("nice"); text != "" {
		n, err := strconv.ParseInt(text, 0, 8) // 010 is octal, as for systemd-run
		if err != nil || n < -20 || n > 19 {
			return &usageError{option: "--nice=" + text, reason: "must be a number from -20 to 19"}
		}
		nice := int(n)
		p.nice = &nice
	}
	if text := c.String("oom-score-adjust"); text != "" {
		n, err := strconv.ParseInt(text, 10, 16)
		if err != nil || n < -1000 || n > 1000 {
			return &usageError{option: "--oom-score-adjust=" + text, reason: "must be a number from -1000 to 1000"}
		}
		p.oomScore = new(int(n))
	}
	if p.dir, err = directory(c.String("working-directory")); err != nil {
		return err
	}
	for _, text := range c.StringSlice("setenv") {
		assignment, err := environmentAssignment(text)
		if err != nil {
			return err
		}
		p.environment = append(p.environment, assignment)
	}
	if text := c.String("expand-environment"); text != "" {
		if p.expand, err = property.ParseBool(text); err != nil {
			return &usageError{option: "--expand-environment=" + text, reason: err.Error()}
		}
	}
	return nil
}

// directory checks COMMAND's working directory, and makes it absolute.
func directory(dir string) (string, error) {
	if dir == "" {
		return "", nil
	}
	st, err := os.Stat(dir)
	if err == nil && !st.IsDir() {
		err = unix.ENOTDIR
	}
	if err == nil {
		dir, err = filepath.Abs(dir)
	}
	if err != nil {
		return "", &usageError{option: "--working-directory=" + dir, reason: reason(err)}
	}
	return dir, nil
}

// environmentAssignment reads NAME=VALUE, or NAME for the caller's value.
func environmentAssignment(text string) (string, error) {
	name, _, hasValue := strings.Cut(text, "=")
	if !isVariable(name) {
		return "", &usageError{option: "--setenv=" + text, reason: fmt.Sprintf("%q is not a valid variable name", name)}
	}
	if !hasValue {
		text += "=" + os.Getenv(name)
	}
	return text, nil
}

// isVariable reports whether a variable of the environment can have a name.
func isVariable(name string) bool {
	for i := range len(name) {
		c := name[i]
		isLetter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_'
		if !isLetter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}
