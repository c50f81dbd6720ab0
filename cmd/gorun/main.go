// Command gorun runs a command in a systemd scope of its own and supervises it.
//
// The Makefile sets asyncpreemptoff=1 as well, which no directive can: the runtime would send
// its threads signals. Each takes memory, for which the kernel lets the sender wait where
// MemoryHigh= throttles the scope.
//
//go:debug containermaxprocs=0
//go:debug updatemaxprocs=0
package main

import (
	"fmt"
	"io"
	"os"

	"gorun/internal/entry"
	"gorun/internal/hooks"
	"gorun/internal/output"
	"gorun/internal/process"
	"gorun/internal/report"
	"gorun/internal/run"
	"gorun/internal/supervise"
	"gorun/internal/text"
	"gorun/scope"
)

func main() {
	if err := entry.CheckRights(); err != nil {
		(&terminal{out: text.FD(2)}).fail(err)
		os.Exit(exitStatus(err))
	}
	if scope.IsKeeper() {
		scope.Keep()
		return
	}
	entry.GrowStack()
	supervise.Begin()
	tui := &terminal{out: text.FD(2), show: process.OwnArguments()}
	status, err := gorun(os.Args, supervise.FindCaller(), output.FindWaiting(), tui)
	if err != nil {
		tui.fail(err)
		os.Exit(exitStatus(err))
	}
	status.Exit()
}

// gorun is the whole way from argv to how COMMAND ended.
func gorun(args []string, caller *supervise.Caller, waiting *output.Taken, tui *terminal) (supervise.Status, error) {
	if len(args) > 1 && args[1] == completeOption {
		complete(args[2:], standardOutput())
		return supervise.Status{}, nil
	}
	if len(args) == 4 && args[1] == hooks.Option {
		return supervise.Status{Code: hooks.Serve(args[2], args[3])}, nil
	}
	o, err := parseArgs(args)
	if err != nil {
		// An option that is not known may come before the report's: then its file stays as it is.
		if file, fileErr := o.openReport(); fileErr == nil && o.manage == nil {
			o.reportFailure(file, err, tui)
		}
		return supervise.Status{}, err
	}
	tui.quiet = o.quiet
	if o.onlyPrints() {
		return supervise.Status{}, o.print(standardOutput())
	}
	if err := entry.StartPoller(); err != nil {
		return supervise.Status{}, err
	}
	switch {
	case o.manage != nil:
		status, err := o.manage.run(o, standardOutput(), tui)
		return supervise.Status{Code: status}, err
	}
	reportFile, err := o.openReport()
	if err != nil {
		return supervise.Status{}, err
	}
	if o.hidesArguments() {
		tui.show(o.visibleArguments(args)) // before gorun asks a program that logs its command line
	}
	if o.detach && caller == nil {
		return o.startCopy(reportFile, tui)
	}
	if o.chronic && waiting == nil {
		return o.waitForEnd(reportFile, tui)
	}
	c, err := o.config(caller, waiting, reportFile, tui)
	if err != nil {
		o.reportFailure(reportFile, err, tui)
		return supervise.Status{}, err
	}
	status, err := run.Run(c)
	return status, o.blame(err)
}

// standardOutput is where managements print. Printing to nowhere would be no success.
func standardOutput() io.Writer {
	if entry.Closed(1) {
		return closedOutput{}
	}
	return os.Stdout
}

// closedOutput is a standard output that the caller has closed.
type closedOutput struct{}

func (c closedOutput) Write([]byte) (int, error) { return 0, c }

func (closedOutput) Error() string { return "standard output is closed" }

// startCopy returns when a copy of this process has started COMMAND, and prints the unit.
func (o *options) startCopy(reportFile *report.File, tui *terminal) (supervise.Status, error) {
	unit, status, err := run.Detach()
	if err != nil {
		o.reportFailure(reportFile, err, tui)
		return status, err
	}
	if unit == "" {
		return status, nil
	}
	if _, err := text.Fprintf(standardOutput(), "%s\n", unit); err != nil {
		return status, unprinted(unit, err)
	}
	return status, nil
}

// waitForEnd runs a copy of this process, and prints what it has printed if it did not end well.
func (o *options) waitForEnd(reportFile *report.File, tui *terminal) (supervise.Status, error) {
	started := func() { tui.show([]string{"gorun: --chronic"}) }
	status, err := run.Chronic(o.manager, o.nohup, started, func(why string) { tui.printf("gorun: warning: %s\n", why) })
	if err != nil {
		o.reportFailure(reportFile, err, tui)
	}
	return status, err
}

// unprinted means that COMMAND runs, and the caller does not get to know where.
func unprinted(unit string, err error) error {
	return &managementError{fmt.Errorf("COMMAND runs as %s, but that name cannot be printed: %w", unit, err)}
}
