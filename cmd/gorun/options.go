package main

import (
	"bytes"
	"io"
	"runtime/debug"
	"slices"
	"strings"

	"gorun/internal/cli"
	"gorun/internal/hooks"
	"gorun/internal/logind"
	"gorun/internal/multiplexer"
	"gorun/internal/output"
	"gorun/internal/run"
	"gorun/internal/text"
	"gorun/scope"
	"gorun/scope/property"
)

// options are what the command line asks for.
type options struct {
	help    *string // what to print help about, of the words of --help=; nil for no help
	version bool
	manage  *management // instead of a run; nil for one
	json    bool
	allRuns bool
	raw     bool
	force   bool
	dryRun  bool

	ended    bool // with --list
	allUsers bool

	manager     scope.Manager
	unit        string
	description string
	slice       string
	inherit     bool // place the scope in the caller's slice
	ownSlice    bool // give the limits to a slice of the run's own
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
	chronic       bool
	logTo         *output.Target // nil for the default
	ifRunning     run.IfRunning
	report        bool
	reportJSON    string // a file; empty for none
	noRecord      bool
	atEnd         run.AtEnd
	inhibit       string // empty for nothing
	hooks         hooks.Hooks
	verbose       bool
	quiet         bool

	process processOptions
	command []string
}

// parseArgs reads the command line. After an error the options are those that were read before.
func parseArgs(args []string) (*options, error) {
	o := &options{}
	set := flags()
	normal, err := flagSet(set).normalize(args[1:])
	if err != nil {
		return o, err
	}
	normal = keepLast(normal, "--user", "--system")
	if o.help = helpTopic(normal); o.help != nil {
		return o, nil
	}
	c, err := cli.Read(set, normal)
	if err == nil {
		err = o.read(c)
	}
	if err != nil {
		return o, err
	}
	if !o.onlyPrints() && o.manage == nil && len(o.command) == 0 {
		return o, &noCommandError{}
	}
	return o, nil
}

// keepLast drops all but the last of some switches. The last one counts.
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

// onlyPrints reports whether nothing is run or managed.
func (o *options) onlyPrints() bool { return o.help != nil || o.version }

// print prints the help or the version.
func (o *options) print(out io.Writer) error {
	var all bytes.Buffer
	if o.help != nil {
		printHelp(&all, *o.help)
	} else {
		info, _ := debug.ReadBuildInfo() // nil if there is none
		text.Fprintf(&all, "%s\n", version(info))
	}
	if _, err := out.Write(all.Bytes()); err != nil {
		return &managementError{err}
	}
	return nil
}

// read reads the options.
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
	o.command = c.Args()
	for _, read := range []func(*cli.Context) error{
		o.refuseEmpty, o.refuseUnsupervised, o.readManagement, o.readOutput, o.readScope, o.readIfRunning, o.process.read, o.readShell, o.readProperties, o.readAtEnd, o.readInhibit, o.readHooks,
	} {
		if err := read(c); err != nil {
			return err
		}
	}
	return nil
}

// refuseEmpty refuses empty values. They most likely come from a variable that is not set,
// and would drop a limit or run COMMAND as the caller. -p NAME= and an empty description
// have systemd's meaning.
func (o *options) refuseEmpty(c *cli.Context) error {
	for _, f := range c.Flags() {
		_, takesOne := f.(*cli.StringFlag)
		info := f.Info()
		if takesOne && !info.MayBeEmpty && c.IsSet(info.Name) && c.String(info.Name) == "" {
			return &usageError{option: "--" + info.Name + "=", reason: "the value is empty"}
		}
	}
	return nil
}

// refuseUnsupervised refuses what only a supervisor can do. With --exec there is none.
func (o *options) refuseUnsupervised(c *cli.Context) error {
	for _, name := range []string{"report", "report-json", "at-end", "nohup", "detach", "inhibit", "exec-stop-post", "on-success", "on-failure", "chronic"} {
		if o.exec && c.IsSet(name) {
			return &usageError{option: "--" + name, reason: "cannot be used together with --exec, which leaves no gorun to do it"}
		}
	}
	return nil
}

// readScope reads what describes the scope, except its properties.
func (o *options) readScope(c *cli.Context) error {
	if err := o.readManager(c); err != nil {
		return err
	}
	o.unit = c.String("unit")
	o.description = c.String("description")
	o.slice = c.String("slice")
	o.inherit = c.Bool("slice-inherit")
	o.ownSlice = c.Bool("own-slice")
	o.keepFailed = !c.Bool("collect")
	if o.jobMode = c.String("job-mode"); o.jobMode != "" && !slices.Contains(property.JobModes(), o.jobMode) {
		return &usageError{option: "--job-mode=" + o.jobMode, reason: "must be one of " + strings.Join(property.JobModes(), ", ")}
	}
	switch text := c.String("linger"); text {
	case "", "lease":
		o.linger = scope.LeaseLingering
	case "no":
		o.linger = scope.LeaveLingering
	default:
		return &usageError{option: "--linger=" + text, reason: "must be lease or no"}
	}
	return nil
}

// readManager reads who holds the run.
func (o *options) readManager(c *cli.Context) error {
	switch {
	case c.Bool("embedded") && c.Bool("system"):
		return &usageError{option: "--embedded", reason: "cannot be used together with --system"}
	case c.Bool("embedded") && c.Bool("user"):
		return &usageError{option: "--embedded", reason: "cannot be used together with --user"}
	case c.Bool("embedded"):
		o.manager = scope.Embedded
	case c.Bool("system"):
		o.manager = scope.SystemManager
	case c.Bool("user"):
		o.manager = scope.UserManager
	default:
		o.manager = scope.Here()
	}
	return nil
}

// readShell makes the shell of --shell the command.
func (o *options) readShell(c *cli.Context) (err error) {
	if !c.Bool("shell") {
		return nil
	}
	if len(o.command) > 0 {
		return &usageError{option: "--shell", reason: "takes no COMMAND, and got " + o.command[0]}
	}
	shell, err := o.process.identity.shell()
	o.command = []string{shell}
	return err
}

// readProperties collects the properties: first those of -p, then those that have an
// option of their own, which therefore win.
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

// readIfRunning reads what to do if a run of the unit is still running.
func (o *options) readIfRunning(c *cli.Context) error {
	o.ifRunning = run.IfRunning(c.String("if-running"))
	known := []run.IfRunning{run.FailAlways, run.Fail, run.Skip, run.Wait, run.Replace, run.Join}
	switch typed := "--if-running=" + string(o.ifRunning); {
	case !slices.Contains(known, o.ifRunning):
		return &usageError{option: typed, reason: "must be fail, skip, wait, replace or join"}
	case o.ifRunning != run.FailAlways && o.unit == "":
		return &usageError{option: typed, reason: "needs --unit, the name by which runs find each other"}
	}
	return nil
}

// orJoin is what to do if a run of the unit is still running, if the caller has not said it. A
// multiplexer is called again to attach to what it has left running.
func (o *options) orJoin() run.IfRunning {
	if o.ifRunning == run.FailAlways && o.unit != "" && multiplexer.Of(o.command) != "" {
		return run.JoinSame
	}
	return o.ifRunning
}

// readAtEnd reads what to do about leftover processes.
func (o *options) readAtEnd(c *cli.Context) error {
	o.atEnd = run.Leave
	if !c.IsSet("at-end") {
		return nil
	}
	o.atEnd = run.AtEnd(c.String("at-end"))
	if !slices.Contains([]run.AtEnd{run.Leave, run.WaitFor, run.Stop}, o.atEnd) {
		return &usageError{option: "--at-end=" + string(o.atEnd), reason: "must be leave, wait or stop"}
	}
	return nil
}

// readInhibit reads what the machine must not do while the run lasts.
func (o *options) readInhibit(c *cli.Context) error {
	if o.inhibit = c.String("inhibit"); o.inhibit == "" {
		return nil
	}
	if err := logind.CheckInhibited(o.inhibit); err != nil {
		return &usageError{option: "--inhibit=" + o.inhibit, reason: err.Error()}
	}
	return nil
}

// readOutput reads what replaces the terminal.
func (o *options) readOutput(c *cli.Context) (err error) {
	o.nohup, o.detach, o.chronic = c.Bool("nohup"), c.Bool("detach"), c.Bool("chronic")
	if o.chronic && o.detach {
		return &usageError{option: "--chronic", reason: "cannot be used together with --detach, which leaves no gorun to print the output"}
	}
	value := c.String("log-to")
	if value == "" {
		return nil
	}
	if !o.nohup && !o.detach {
		return &usageError{option: "--log-to=" + value, reason: "needs --nohup or --detach"}
	}
	if o.logTo, err = output.ParseTarget(value); err != nil {
		return &usageError{option: "--log-to=" + value, reason: err.Error()}
	}
	return nil
}
