package main

import (
	"fmt"
	"io"

	"gorun/scope"
)

// terminal is where gorun's own words go: standard error. What is written there
// may be lost, as after a logout; then nobody reads it.
type terminal struct {
	out   io.Writer
	quiet bool // no hints, no warnings about the surroundings
}

// fail prints an error and what can be done about it.
func (t *terminal) fail(err error) {
	if _, ok := err.(*noCommandError); ok {
		fmt.Fprint(t.out, usage)
		return
	}
	fmt.Fprintf(t.out, "gorun: error: %v\n", err)
	if hint := hintFor(err); hint != "" && !t.quiet {
		fmt.Fprintf(t.out, "gorun: hint: %s\n", hint)
	}
}

// ended prints why a run ended that did not end by COMMAND's own doing.
func (t *terminal) ended(unit, why string) {
	fmt.Fprintf(t.out, "gorun: warning: %s: %s\n", unit, why)
}

// warnIfMortal warns of a run that does not survive the logout.
func (t *terminal) warnIfMortal(unit string, err error) {
	if err == nil || t.quiet {
		return
	}
	fmt.Fprintf(t.out, "gorun: warning: %s %v\ngorun: hint: %s\n", unit, err, hintFor(err))
}

// running prints what --verbose wants to know.
func (t *terminal) running(s *scope.Scope) {
	fmt.Fprintf(t.out, "gorun: running as unit %s", s.Unit)
	if s.InvocationID != "" {
		fmt.Fprintf(t.out, "; invocation ID %s", s.InvocationID)
	}
	fmt.Fprintln(t.out)
}

// usage is all that gorun says when it is called without a command.
const usage = `usage: gorun [OPTION...] [--] COMMAND [ARG...]
Runs COMMAND in a systemd scope of its own, where it survives logout.
Try 'gorun --help' for the options.
`
