package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/sys/unix"

	"gorun/internal/supervise"
	"gorun/scope"
)

// terminal is where gorun's own words go: standard error. What is written there
// may be lost, as after a logout; then nobody reads it.
type terminal struct {
	out   io.Writer
	quiet bool // no hints, no warnings about the surroundings
}

// printf prints lines.
func (t *terminal) printf(format string, args ...any) {
	supervise.WithoutStop(func() { fmt.Fprintf(t.out, format, args...) })
}

// fdWriter is a descriptor. That nobody reads it any more must not end gorun: Go dies of
// SIGPIPE if os.Stderr is a broken pipe.
type fdWriter int

func (fd fdWriter) Write(b []byte) (int, error) {
	for written := 0; ; {
		n, err := unix.Write(int(fd), b[written:])
		if errors.Is(err, unix.EINTR) {
			continue
		}
		written += max(n, 0)
		if err != nil || written == len(b) {
			return written, err
		}
	}
}

// keep has gorun's words go on to where standard error is now, though that is about to
// be replaced.
func (t *terminal) keep() error {
	fd, err := unix.FcntlInt(2, unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return fmt.Errorf("keep standard error: %w", err)
	}
	t.out = fdWriter(fd)
	return nil
}

// release has gorun's words go where COMMAND's go, from now on.
func (t *terminal) release() {
	if fd, ok := t.out.(fdWriter); ok && fd != 2 {
		unix.Close(int(fd)) // nothing can fail late
	}
	t.out = fdWriter(2)
}

// isTerminal tells whether a person may be looking.
func (t *terminal) isTerminal() bool { return isTerminal(2) }

// loggingTo says where the output is that nobody has asked for to be there.
func (t *terminal) loggingTo(file string) {
	if !t.quiet {
		t.printf("gorun: the output goes to %s\n", printable(file))
	}
}

// oneLine keeps what a message quotes from breaking its line.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", `\n`) }

// fail prints an error and what can be done about it.
func (t *terminal) fail(err error) {
	if _, ok := err.(*noCommandError); ok {
		t.printf("%s", usage)
		return
	}
	t.printf("gorun: error: %s\n", oneLine(err))
	if hint := hintFor(err); hint != "" && !t.quiet {
		t.printf("gorun: hint: %s\n", hint)
	}
}

// ended prints why a run ended that did not end by COMMAND's own doing.
func (t *terminal) ended(unit, why string) {
	t.printf("gorun: warning: %s: %s\n", unit, why)
}

// report prints what a run used.
func (t *terminal) report(rep *report) {
	unit := "without a scope"
	if rep.Unit != nil {
		unit = *rep.Unit
	}
	t.printf("gorun: report: %s\n", unit)
	rep.print(t.out) // may be lost, as all that is written here
}

// missing prints that there is no run of a name.
func (t *terminal) missing(unit string) {
	t.printf("gorun: error: %s: no such run, neither live nor in the part of the journal that you can read\n", unit)
}

// warnOfRest tells of processes that COMMAND left behind and that did not end when
// they were asked to.
func (t *terminal) warnOfRest(unit string, r supervise.Rest) {
	if r.Killed {
		t.printf("gorun: warning: %s: what COMMAND left behind did not end when it was asked to, and was killed\n", unit)
	}
	if len(r.Left) > 0 {
		t.printf("gorun: warning: %s: left behind by COMMAND and not to be stopped: %s\n", unit, strings.Trim(fmt.Sprint(r.Left), "[]"))
	}
}

// warn warns of the surroundings.
func (t *terminal) warn(text string) {
	if !t.quiet {
		t.printf("gorun: warning: %s\n", text)
	}
}

// warnIfMortal warns of a run that does not survive the logout.
func (t *terminal) warnIfMortal(unit string, err error) {
	if err == nil || t.quiet {
		return
	}
	t.printf("gorun: warning: %s %s\ngorun: hint: %s\n", unit, oneLine(err), hintFor(err))
}

// warnOfServer warns of a multiplexer's server that a logout ends, with all that
// runs in it.
func (t *terminal) warnOfServer(name string, pid int, why string) {
	if t.quiet {
		return
	}
	t.printf("gorun: warning: the %[1]s server, process %[2]d, runs outside, and a new client does not save it: %[3]s\n"+
		"gorun: hint: 'gorun --adopt %[2]d' moves it to a scope that survives\n", name, pid, printable(why))
}

// warnOfMissing warns of variables that were to be expanded and have no value.
func (t *terminal) warnOfMissing(names []string) {
	if len(names) > 0 {
		t.warn("not set, and expanded to nothing: " + printable(strings.Join(names, ", ")))
	}
}

// started says what there is to say about a scope that has been started.
func (t *terminal) started(s *scope.Scope, o *options, spec scope.Spec) {
	if o.verbose {
		t.running(s)
	}
	if spec.MayLoseLease() {
		t.warn("--job-mode=" + o.jobMode + " may start the scope without lingering, so that a logout ends it")
	}
	for _, text := range spec.Warnings() {
		t.warn(printable(text))
	}
	for _, d := range s.Overridden {
		t.warn(fmt.Sprintf("%s: a drop-in sets %s, which wins over %s", s.Unit, d.Name, d.Value))
	}
	for _, e := range s.Unenforced {
		t.warn(oneLine(o.blame(e)))
	}
	for _, name := range s.Dropped {
		if p, ok := spec.Property(name); ok && o.asks(name) {
			t.warn(fmt.Sprintf("%s: this systemd does not have it for scopes, and it is left out", p))
		}
	}
}

// running prints what --verbose wants to know.
func (t *terminal) running(s *scope.Scope) {
	line := "gorun: running as unit " + s.Unit
	if s.InvocationID != "" {
		line += "; invocation ID " + s.InvocationID
	}
	t.printf("%s\n", line)
}

// usage is all that gorun says when it is called without a command.
const usage = `usage: gorun [OPTION...] [--] COMMAND [ARG...]
Runs COMMAND in a systemd scope of its own, where it survives logout.
Try 'gorun --help' for the options.
`
