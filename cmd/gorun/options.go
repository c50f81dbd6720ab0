package main

import (
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"gorun/internal/supervise"
	"gorun/scope"
	"gorun/scope/property"
)

// options is what was asked for on the command line.
type options struct {
	help    bool
	version bool
	manage  *management // instead of a run; nil for one
	json    bool

	manager     scope.Manager
	unit        string
	description string
	slice       string
	inherit     bool // the caller's slice
	jobMode     string
	properties  []assignment
	keepFailed  bool

	linger      scope.Linger
	mustSurvive bool
	bestEffort  bool

	noAskPassword bool
	exec          bool
	nohup         bool
	detach        bool
	caller        *supervise.Caller // whom this process is the detached copy of
	logTo         *logTarget        // nil for the default
	ifRunning     string            // empty without the option
	report        bool
	reportJSON    string // a file; empty for none
	noRecord      bool
	atEnd         atEnd
	verbose       bool
	quiet         bool

	process processOptions
	command []string
}

// assignment is a property and how it was asked for.
type assignment struct {
	text  string // NAME=VALUE
	typed string // the option: --runtime-max=5x
}

// documentation is in the Documentation of each of gorun's scopes, which are known by
// it.
const documentation = "man:gorun(1)"

// spec describes the scope that is asked for.
func (o *options) spec() (scope.Spec, error) {
	spec := scope.Spec{
		Manager:       o.manager,
		Description:   o.description,
		Documentation: []string{documentation},
		KeepFailed:    o.keepFailed,
		Linger:        o.linger,
		JobMode:       o.jobMode,
		BestEffort:    o.bestEffort,
		Defaults:      []property.Property{defaultOOMPolicy()},
	}
	if o.description == "" {
		spec.Description = describe(o.command)
	}
	var err error
	if spec.Unit, err = o.unitName(); err != nil {
		return spec, err
	}
	assignments, err := o.placement()
	if err != nil {
		return spec, err
	}
	assignments = append(o.properties, assignments...)
	for _, a := range assignments {
		p, err := property.Parse(a.text)
		if err != nil {
			return spec, a.blame(err)
		}
		spec.Properties = append(spec.Properties, p)
	}
	return spec, nil
}

// maxDescription bounds a description that nobody asked for. The manager logs it.
const maxDescription = 200

// describe makes a description of the command line.
func describe(command []string) string {
	text := "[gorun] " + strings.Join(command, " ")
	if len(text) > maxDescription {
		text = text[:maxDescription] + "…"
	}
	return text
}

// unitName is the name that was asked for, or a new one.
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

// asks tells whether a property was asked for on the command line.
func (o *options) asks(name string) bool {
	return slices.ContainsFunc(o.properties, func(a assignment) bool { return strings.HasPrefix(a.text, name+"=") })
}

// blame names the option through which a bad property, or a limit that is not in
// force, came.
func (o *options) blame(err error) error {
	name, value, why := culprit(err)
	for _, a := range slices.Backward(o.properties) {
		if name != "" && a.text == name+"="+value {
			return &usageError{option: a.typed, reason: why, cause: err}
		}
	}
	if name == "JobMode" {
		return &usageError{option: "--job-mode=" + value, reason: why}
	}
	return err
}

// culprit is the property that an error speaks of, and what is wrong with it.
func culprit(err error) (name, value, why string) {
	var bad *property.Error
	var limit *scope.LimitError
	switch {
	case errors.As(err, &bad):
		return bad.Name, bad.Value, bad.Reason
	case errors.As(err, &limit):
		return limit.Name, limit.Value, limit.Reason()
	}
	return "", "", ""
}

// blame says that err is this option's.
func (a assignment) blame(err error) error {
	var bad *property.Error
	if !errors.As(err, &bad) {
		return err
	}
	return &usageError{option: a.typed, reason: bad.Reason, cause: err}
}

// defaultOOMPolicy is what a plain command in a login session has: a prefix must
// not change what an OOM kill means.
func defaultOOMPolicy() property.Property {
	p, err := property.Parse("OOMPolicy=continue")
	if err != nil {
		panic(err) // the table has it
	}
	return p
}

// parseArgs reads the command line.
func parseArgs(args []string) (*options, error) {
	o := &options{}
	set := newFlagSet(flags())
	normal, err := set.normalize(args[1:])
	if err != nil {
		return nil, err
	}
	normal = keepLast(normal, "--user", "--system")
	if slices.Contains(normal[:slices.Index(normal, "--")], "--help") {
		o.help = true // urfave/cli would print its own
		return o, nil
	}
	if err := newApp(o, set.used(normal)).Run(append([]string{args[0]}, normal...)); err != nil {
		return nil, err
	}
	if !o.onlyTells() && o.manage == nil && len(o.command) == 0 {
		return nil, &noCommandError{}
	}
	return o, nil
}

// keepLast drops of some switches all but the last one, which is the one that
// counts.
func keepLast(args []string, switches ...string) []string {
	end := slices.Index(args, "--")
	var options []string
	found := false
	for _, arg := range slices.Backward(args[:end]) {
		if slices.Contains(switches, arg) {
			if found {
				continue
			}
			found = true
		}
		options = append(options, arg)
	}
	slices.Reverse(options)
	return append(options, args[end:]...)
}

// onlyTells tells whether nothing is to be run.
func (o *options) onlyTells() bool { return o.help || o.version }

// tell prints what was asked for instead of a run.
func (o *options) tell(out io.Writer) {
	if o.help {
		printHelp(out, flags())
		return
	}
	fmt.Fprintln(out, version())
}

// read takes the options over from urfave/cli.
func (o *options) read(c *cli.Context) error {
	o.version = c.Bool("version")
	o.mustSurvive = c.Bool("must-survive")
	o.bestEffort = c.Bool("best-effort")
	o.noAskPassword = c.Bool("no-ask-password")
	o.exec = c.Bool("exec")
	o.report = c.Bool("report")
	o.reportJSON = c.String("report-json")
	o.noRecord = c.Bool("no-record")
	o.verbose = c.Bool("verbose")
	o.quiet = c.Bool("quiet")
	o.command = c.Args().Slice()
	for _, read := range []func(*cli.Context) error{
		o.refuseEmpty, o.refuseUnsupervised, o.readManagement, o.readOutput, o.readScope, o.readIfRunning, o.process.read, o.readShell, o.readProperties, o.readAtEnd,
	} {
		if err := read(c); err != nil {
			return err
		}
	}
	return nil
}

// refuseEmpty refuses empty values, of variables that are not set most likely: what
// was meant to be another user or a limit must not be none. For -p NAME= systemd's
// meaning holds, as for a description.
func (o *options) refuseEmpty(c *cli.Context) error {
	names := []string{"unit", "slice", "job-mode", "linger", "at-end", "uid", "gid", "nice", "working-directory", "expand-environment", "report-json", "log-to", "if-running"}
	for _, p := range propertyOptions {
		names = append(names, p.option)
	}
	for _, name := range names {
		if c.IsSet(name) && c.String(name) == "" {
			return &usageError{option: "--" + name + "=", reason: "the value is empty"}
		}
	}
	return nil
}

// refuseUnsupervised refuses what only a supervisor can do, which --exec leaves out.
func (o *options) refuseUnsupervised(c *cli.Context) error {
	for _, name := range []string{"report", "report-json", "at-end", "nohup", "detach"} {
		if o.exec && c.IsSet(name) {
			return &usageError{option: "--" + name, reason: "cannot be used together with --exec, after which there is no gorun to do it"}
		}
	}
	return nil
}

// readScope reads what the scope is to be, but for its properties.
func (o *options) readScope(c *cli.Context) error {
	switch {
	case c.Bool("system"):
		o.manager = scope.SystemManager
	case c.Bool("user"):
		o.manager = scope.UserManager
	}
	o.unit = c.String("unit")
	o.description = c.String("description")
	o.slice = c.String("slice")
	o.inherit = c.Bool("slice-inherit")
	o.keepFailed = !c.Bool("collect")
	if o.jobMode = c.String("job-mode"); o.jobMode != "" && !slices.Contains(property.JobModes(), o.jobMode) {
		return &usageError{option: "--job-mode=" + o.jobMode, reason: "want one of " + strings.Join(property.JobModes(), ", ")}
	}
	switch text := c.String("linger"); text {
	case "", "lease":
		o.linger = scope.LeaseLingering
	case "no":
		o.linger = scope.LeaveLingering
	default:
		return &usageError{option: "--linger=" + text, reason: "want lease or no"}
	}
	return nil
}

// readShell makes --shell the command.
func (o *options) readShell(c *cli.Context) (err error) {
	if !c.Bool("shell") {
		return nil
	}
	if len(o.command) > 0 {
		return &usageError{option: "--shell", reason: "takes no COMMAND, which is " + o.command[0]}
	}
	shell, err := o.process.identity.shell()
	o.command = []string{shell}
	return err
}

// readProperties collects the properties: those of -p, then those of options of
// their own, which therefore win.
func (o *options) readProperties(c *cli.Context) error {
	for _, text := range c.StringSlice("property") {
		o.properties = append(o.properties, assignment{text, "-p " + text})
	}
	if c.Bool("send-sighup") {
		o.properties = append(o.properties, assignment{"SendSIGHUP=yes", "--send-sighup"})
	}
	for _, p := range propertyOptions {
		if !c.IsSet(p.option) {
			continue
		}
		value := c.String(p.option)
		a := assignment{p.property + "=" + value, "--" + p.option + "=" + value}
		o.properties = append(o.properties, a)
	}
	return nil
}
