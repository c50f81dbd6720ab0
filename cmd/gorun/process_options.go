package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"
	"golang.org/x/sys/unix"

	"gorun/internal/supervise"
	"gorun/scope"
	"gorun/scope/property"
)

// processOptions are what COMMAND's process is to be, in whatever scope.
type processOptions struct {
	identity    *identity // nil: the caller's
	nice        *int      // nil: the caller's
	dir         string    // empty: the caller's
	environment []string  // on top of the caller's; NAME=VALUE
	expand      bool
}

// read takes them over from urfave/cli.
func (p *processOptions) read(c *cli.Context) (err error) {
	if p.identity, err = newIdentity(c.String("uid"), c.String("gid")); err != nil {
		return err
	}
	if text := c.String("nice"); text != "" {
		n, err := strconv.ParseInt(text, 0, 8) // 010 is octal, as for systemd-run
		if err != nil || n < -20 || n > 19 {
			return &usageError{option: "--nice=" + text, reason: "want a number from -20 to 19"}
		}
		nice := int(n)
		p.nice = &nice
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

// directory makes sure of COMMAND's working directory.
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

// environmentAssignment reads NAME=VALUE, or NAME for the value that the caller has.
func environmentAssignment(text string) (string, error) {
	name, _, hasValue := strings.Cut(text, "=")
	if !isVariable(name) {
		return "", &usageError{option: "--setenv=" + text, reason: fmt.Sprintf("%q is no name of a variable", name)}
	}
	if !hasValue {
		text += "=" + os.Getenv(name)
	}
	return text, nil
}

// processIn is COMMAND as it is run in the scope.
func (o *options) processIn(s *scope.Scope, file string, tui *terminal) supervise.Command {
	c := supervise.Command{File: file, Args: o.command, Dir: o.process.dir, Nice: o.process.nice}
	if here, err := os.Getwd(); c.Dir != "" && !filepath.IsAbs(file) && err == nil {
		c.File = here + "/" + file // it was looked up from here; not cleaned, since links may be in it
	}
	c.Env = merge(environment(os.Environ(), s), o.process.identity.environment(), o.process.environment)
	if o.process.identity != nil {
		c.Identity = &o.process.identity.Identity
	}
	if o.process.expand {
		var missing []string
		c.Args, missing = expand(o.command, c.Env)
		tui.warnOfMissing(missing)
	}
	return c
}
