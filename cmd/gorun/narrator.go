package main

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"gorun/internal/journal"
	"gorun/internal/output"
	"gorun/internal/report"
	"gorun/internal/run"
	"gorun/internal/text"
	"gorun/scope"
)

// narrator prints what happens during a run.
type narrator struct {
	*terminal
	options *options
	spec    scope.Spec
	waiting *output.Taken // nil if the output does not wait
	hasSaid bool          // why the run ends
}

func (n *narrator) tell(e run.Event) {
	switch e := e.(type) {
	case run.Skipped:
		if n.options.verbose {
			n.printf("gorun: %s is still running; skipped\n", e.Unit)
		}
	case run.Started:
		n.started(e.Scope)
	case run.Joined:
		n.joined(e.Scope)
	case run.Redirected:
		if !n.quiet {
			n.printf("gorun: the output goes to %s\n", e.File)
		}
	case run.Warning:
		n.warning(e.Err)
	case run.Starting:
		n.show([]string{title(e.Unit, n.options.unit != "")})
	case run.CallerReleased:
		n.release()
	case run.Ending:
		n.ending(e.Unit + ": " + e.Why)
	case run.Noticed:
		n.warn(e.Unit + ": " + e.What)
	case run.Left:
		n.leftovers(e)
	case run.Ended:
		n.sayHow(e.Report)
		if n.options.report {
			n.report(n.visible(e.Report))
		}
	case run.ReportFailed:
		n.fail(n.options.blameReport(e.Err)) // COMMAND's status stays what it is
	}
}

// ending says why the run ends. Where the output waits, the process that prints it says that
// last: it also does if this one is killed now, or if the disk of the output is full.
func (n *narrator) ending(why string) {
	n.hasSaid = true
	if n.waiting != nil {
		n.waiting.Say(why)
		return
	}
	n.printf("gorun: warning: %s\n", why)
}

// sayHow says how COMMAND ended where the output waits and nothing else says why it is printed.
func (n *narrator) sayHow(rep *report.Report) {
	if n.waiting == nil || rep.EndedWell() || n.hasSaid {
		return
	}
	unit := path.Base(n.options.command[0])
	if rep.Unit != nil {
		unit = *rep.Unit
	}
	n.waiting.Say(unit + ": " + rep.How())
}

// title is gorun's command line while COMMAND runs. Tools such as "pkill -f" find processes
// by a part of COMMAND's command line, and must not find gorun as well. The name that gorun
// makes for a unit has COMMAND's name, which the title leaves out: what remains is a pattern
// for systemctl(1). A title that is longer than the command line was is cut.
func title(unit string, isChosen bool) string {
	switch {
	case unit == "":
		return "gorun: no scope"
	case isChosen:
		return "gorun: " + unit
	}
	return "gorun: gorun-*" + unit[strings.LastIndex(unit, "-"):]
}

// started prints what there is to say about a scope that has been started.
func (n *narrator) started(s *scope.Scope) {
	if n.options.verbose {
		n.unit("running as", s)
	}
	if n.spec.MayLoseLease() {
		n.warn("--job-mode=" + n.options.jobMode + " may start the scope without lingering, so that a logout ends it")
	}
	for _, warning := range n.spec.Warnings() {
		n.warn(warning)
	}
	n.adviseOnFailure()
	n.limits(s)
	if s.Swap > 0 {
		n.advise(fmt.Sprintf("MemoryMax does not limit swap, of which the machine has %s: -p MemorySwapMax=0 keeps the run out of it", text.Bytes(s.Swap)))
	}
	if s.IsEmbedded() {
		n.warn((&run.NoManagerError{Plain: s.Plain(), Unkept: s.Unkept()}).Error())
	}
	for _, name := range s.Dropped {
		if p, ok := n.spec.Property(name); ok && n.options.asks(name) && s.IsEmbedded() {
			n.warn(p.String() + ": needs a service manager, and is left out")
		} else if ok && n.options.asks(name) {
			n.warn(fmt.Sprintf("%s: not supported for scopes by this systemd, and left out", p))
		}
	}
}

// joined prints what there is to say about the scope of a run that has been joined.
func (n *narrator) joined(s *scope.Scope) {
	if n.options.verbose {
		n.unit("joined", s)
	}
	n.limits(s)
}

// limits prints which limits are not those that were asked for, or change nothing.
func (n *narrator) limits(s *scope.Scope) { n.terminal.limits(s, n.options.blame) }

// visible is the report without what must not get into the journal.
func (n *narrator) visible(rep *report.Report) *report.Report {
	if n.hides() {
		return rep.WithoutArguments()
	}
	return rep
}

// warning warns of what a run lacks. Where the output waits, nobody sees it after a good end: the process
// that prints it warns of hooks, which are not COMMAND's.
func (n *narrator) warning(err error) {
	err = n.visibleWarning(err)
	var hook *run.HookError
	isOfHook := errors.As(err, &hook)
	err = n.options.blame(err)
	if n.waiting == nil || !isOfHook {
		n.warnOf(err)
	} else if !n.quiet {
		n.waiting.SayAlso(err.Error())
	}
}

// visibleWarning is a warning without what must not get into the journal.
func (n *narrator) visibleWarning(err error) error {
	var hook *run.HookError
	if errors.As(err, &hook) && n.hides() {
		return hook.WithoutArguments()
	}
	return err
}

// hides reports whether gorun's words go to the journal, and arguments must not. Words that wait
// may go there: only the process that prints them knows.
func (n *narrator) hides() bool {
	if !n.options.hidesArguments() {
		return false
	}
	fd, ok := n.out.(text.FD)
	return n.waiting != nil || ok && journal.IsStream(int(fd))
}

// unit prints what --verbose promises: what COMMAND does, and in which unit.
func (n *narrator) unit(what string, s *scope.Scope) {
	line := "gorun: " + what + " unit " + s.Unit
	if s.InvocationID != "" {
		line += "; invocation ID " + s.InvocationID
	}
	n.printf("%s\n", line)
}
