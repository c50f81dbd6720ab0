package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/sys/unix"

	"gorun/internal/diagnose"
	"gorun/internal/report"
	"gorun/internal/run"
	"gorun/internal/supervise"
	"gorun/internal/text"
	"gorun/scope"
)

// terminal is where gorun's own words go: standard error. What is written there may be
// lost, as after a logout.
type terminal struct {
	out   io.Writer
	quiet bool // no hints, and no warnings about the machine

	show func(words []string) // replaces the command line that others see
}

// printf prints lines.
func (t *terminal) printf(format string, args ...any) {
	supervise.WithoutStop(func() { text.Fprintf(t.out, format, args...) })
}

// keep lets gorun's words go where standard error is now, although standard error is
// about to be replaced.
func (t *terminal) keep() error {
	fd, err := unix.FcntlInt(2, unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return fmt.Errorf("keep standard error: %w", err)
	}
	t.out = text.FD(fd)
	return nil
}

// release undoes keep.
func (t *terminal) release() {
	if fd, ok := t.out.(text.FD); ok && fd != 2 {
		unix.Close(int(fd)) // nothing can fail late
	}
	t.out = text.FD(2)
}

// fail prints an error and what can be done about it.
func (t *terminal) fail(err error) {
	if _, ok := err.(*noCommandError); ok {
		t.printf(usage)
		return
	}
	t.printf("gorun: error: %v\n", err)
	if hint := hintFor(err); hint != "" {
		t.advise(hint)
	}
}

// warn warns about the machine, or what runs on it.
func (t *terminal) warn(warning string) {
	if !t.quiet {
		t.printf("gorun: warning: %s\n", warning)
	}
}

// advise prints a hint.
func (t *terminal) advise(hint string) {
	if !t.quiet {
		t.printf("gorun: hint: %s\n", hint)
	}
}

// warnOf warns about what a run lacks. Only a run that does not survive or has been moved
// gets a hint: the other warnings are about what the caller's options accept.
func (t *terminal) warnOf(err error) {
	t.warn(err.Error())
	var mortal *run.LogoutError
	var stray *run.StrayError
	var lock *run.InhibitError
	if errors.As(err, &mortal) || errors.As(err, &stray) || errors.As(err, &lock) {
		t.advise(hintFor(err))
	}
}

// limits prints which limits of a scope are not those that were asked for, or change nothing.
// blame adds the options to errors.
func (t *terminal) limits(s *scope.Scope, blame func(error) error) {
	for _, d := range s.Overridden {
		t.warn(fmt.Sprintf("%s: a drop-in sets %s, which wins over %s", s.Unit, d.Name, d.Value))
	}
	for _, e := range s.Unenforced {
		t.warnOf(blame(e))
	}
	for _, m := range s.Moot {
		t.warn(m.String())
	}
}

// warnOfServer warns of a multiplexer's server that a logout ends.
func (t *terminal) warnOfServer(s diagnose.Server) {
	t.warn(fmt.Sprintf("the %s server, process %d, is already running outside a gorun scope; attaching does not protect it: %s", s.Name, s.PID, s.Why))
	t.advise(s.Fix)
}

// report prints what a run used.
func (t *terminal) report(rep *report.Report) {
	unit := "without a scope"
	if rep.Unit != nil {
		unit = *rep.Unit
	}
	t.printf("gorun: report: %s\n", unit)
	rep.Print(t.out) // may be lost, like all that is written here
}

// leftovers prints what became of leftover processes that did not end by themselves.
func (t *terminal) leftovers(l run.Left) {
	if l.Killed {
		t.printf("gorun: warning: %s: leftover processes did not end when they were asked to, and were killed\n", l.Unit)
	}
	if len(l.PIDs) > 0 {
		t.printf("gorun: warning: %s: leftover processes that cannot be stopped: %s\n", l.Unit, strings.Trim(fmt.Sprint(l.PIDs), "[]"))
	}
}
