package main

import (
	"os"
	"path"
	"slices"
	"strings"

	"gorun/internal/diagnose"
	"gorun/internal/multiplexer"
	"gorun/internal/output"
	"gorun/internal/report"
	"gorun/internal/run"
	"gorun/internal/supervise"
	"gorun/internal/unitname"
	"gorun/scope"
	"gorun/scope/property"
)

// config describes the run that the options ask for. It finds everything that can be
// wrong with them before the manager is asked for anything.
func (o *options) config(caller *supervise.Caller, waiting *output.Taken, reportFile *report.File, tui *terminal) (run.Config, error) {
	file, missing := lookUp(o.command[0])
	if missing != nil && !o.hooks.Any() {
		return run.Config{}, missing
	}
	spec, err := o.spec()
	if err != nil {
		return run.Config{}, err
	}
	if err := o.check(spec); err != nil {
		return run.Config{}, err
	}
	c := run.Config{
		Spec: spec, Named: o.unit != "", IfRunning: o.orJoin(),
		Command: o.command, File: file,
		Dir: o.process.dir, Nice: o.process.nice, OOMScore: o.process.oomScore, Expand: o.process.expand,
		Env:  append(o.process.identity.environment(), o.process.environment...),
		Exec: o.exec, Nohup: o.nohup || o.detach, Caller: caller, AtEnd: o.atEnd, Inhibit: o.inhibit, Hooks: o.hooks, Missing: missing,
		MustSurvive: o.mustSurvive, BestEffort: o.bestEffort, NoAskPassword: o.noAskPassword,
		JudgeSurvival: o.report || o.reportJSON != "", NoRecord: o.noRecord, HideArguments: o.hidesArguments(),
		Waiting: waiting, ReportFile: reportFile, Tell: (&narrator{terminal: tui, options: o, spec: spec, waiting: waiting}).tell,
	}
	if o.process.identity != nil {
		c.Identity = &o.process.identity.Identity
	}
	if !tui.quiet {
		for _, s := range diagnose.ServersOutside(o.command, spec.Unit) {
			tui.warnOfServer(s)
		}
	}
	if l, ok := o.leavesLimits(spec); ok && spec.HasLimits() {
		tui.warn(l.Why)
		if l.Fix != "" {
			tui.advise(l.Fix)
		}
	}
	c.Output, err = o.openOutput(spec.Unit, tui)
	return c, err
}

// leavesLimits finds out whether COMMAND is one whose processes a manager moves out of the scope.
func (o *options) leavesLimits(spec scope.Spec) (diagnose.Leaving, bool) {
	if o.manager == scope.Embedded {
		return diagnose.Leaving{}, false
	}
	return diagnose.LeavesLimits(o.command, o.isOfUser(), spec.OwnSlice)
}

// lookUp finds COMMAND's file in the caller's PATH.
func lookUp(name string) (string, error) {
	path, isSet := os.LookupEnv("PATH")
	return supervise.Find(name, path, isSet)
}

// openReport opens the file of --report-json.
func (o *options) openReport() (*report.File, error) {
	if o.reportJSON == "" {
		return nil, nil
	}
	f, err := report.OpenFile(o.reportJSON)
	return f, o.blameReport(err)
}

// reportFailure writes the report of a launch that failed before there was a scope: nobody
// must take the file's contents, an earlier report, for this one's.
func (o *options) reportFailure(file *report.File, launch error, tui *terminal) {
	if err := file.WriteFailure(report.NeverStarted(o.command, launch, exitStatus(launch))); err != nil {
		tui.fail(o.blameReport(err))
	}
}

// openOutput opens where COMMAND's output goes with --nohup or --detach.
func (o *options) openOutput(unit string, tui *terminal) (*output.Output, error) {
	if !o.nohup && !o.detach {
		return nil, nil
	}
	out, err := output.Open(o.manager, unit, o.logTo, o.detach)
	if err != nil {
		return nil, o.blame(err)
	}
	if o.logTo != nil && out.Place() == "" {
		tui.warn("--log-to=" + o.logTo.String() + ": standard output and standard error are no terminals, and stay where they are")
	}
	if out.Replaces(2) {
		return out, tui.keep()
	}
	return out, nil
}

// spec describes the scope that the options ask for.
func (o *options) spec() (scope.Spec, error) {
	spec := scope.Spec{
		Manager:       o.manager,
		Description:   o.description,
		Documentation: []string{unitname.Documentation},
		OwnSlice:      o.ownSlice,
		KeepFailed:    o.keepFailed,
		Linger:        o.linger,
		JobMode:       o.jobMode,
		BestEffort:    o.bestEffort,
		Defaults:      []property.Property{defaultOOMPolicy()},
	}
	if name := multiplexer.Of(o.command); name != "" {
		spec.Documentation = append(spec.Documentation, multiplexer.Documentation(name))
	}
	if o.description == "" {
		spec.Description = describe(o.command, o.hidesArguments())
	}
	var err error
	if spec.Unit, err = o.unitName(); err != nil {
		return spec, err
	}
	assignments, err := o.placement()
	if err != nil {
		return spec, err
	}
	for _, a := range append(o.properties, assignments...) {
		p, err := property.Parse(a.text)
		if err != nil {
			return spec, a.blame(err)
		}
		spec.Properties = append(spec.Properties, p)
	}
	return spec, nil
}

// maxDescription bounds the default description, which the manager logs.
const maxDescription = 200

// hidesArguments reports whether nothing of the command line but COMMAND's base name may
// leave gorun. Arguments may hold secrets, and everybody sees the system's units.
func (o *options) hidesArguments() bool {
	return o.noRecord || !o.isOfUser() && o.manager != scope.Embedded
}

// visibleArguments is the command line without the arguments of COMMAND and of hooks, and without
// the values of variables.
func (o *options) visibleArguments(args []string) []string {
	own := len(args) - len(o.command)
	if own < 0 || !slices.Equal(args[own:], o.command) {
		own = len(args) // COMMAND is the shell of --shell
	}
	var words []string
	for _, word := range args[:own] {
		for _, assignment := range o.process.environment {
			if before, ok := strings.CutSuffix(word, assignment); ok {
				name, _, _ := strings.Cut(assignment, "=")
				word = before + name + "="
			}
		}
		for _, hook := range o.hooks.Commands {
			if before, ok := strings.CutSuffix(word, hook.Text); ok {
				word = before + path.Base(hook.File)
			}
		}
		words = append(words, word)
	}
	if own < len(args) {
		words = append(words, path.Base(o.command[0]))
	}
	return words
}

// describe makes a description of the command line, or if it is hidden of the command.
func describe(command []string, hidden bool) string {
	if hidden {
		command = []string{path.Base(command[0])}
	}
	line := "[gorun] " + strings.Join(command, " ")
	if len(line) > maxDescription {
		line = line[:maxDescription] + "…"
	}
	return line
}

// unitName is the name of --unit, or a new one.
func (o *options) unitName() (string, error) {
	if o.unit == "" {
		return scope.NewName(path.Base(o.command[0]))
	}
	name, err := scope.MangleName(o.unit)
	if err != nil {
		return "", &usageError{option: "--unit=" + o.unit, reason: err.Error()}
	}
	return name, nil
}

// check finds what is wrong with the scope as a whole.
func (o *options) check(spec scope.Spec) error {
	if o.mustSurvive && spec.MayLoseLease() {
		return &usageError{option: "--job-mode=" + o.jobMode, reason: "may start the scope without lingering, on which --must-survive relies"}
	}
	return o.blame(spec.Validate())
}

// defaultOOMPolicy is what a plain command in a login session has: a prefix must not
// change what an OOM kill means.
func defaultOOMPolicy() property.Property {
	p, err := property.Parse("OOMPolicy=continue")
	if err != nil {
		panic(err) // the table has it
	}
	return p
}
