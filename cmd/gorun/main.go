// Command gorun runs a command in a systemd scope of its own and supervises it.
//
//go:debug containermaxprocs=0
//go:debug updatemaxprocs=0
package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"gorun/internal/supervise"
	"gorun/scope"
)

func main() {
	supervise.Begin()
	tui := &terminal{out: fdWriter(2)}
	status, err := run(os.Args, supervise.FindCaller(), tui)
	if err != nil {
		tui.fail(err)
		os.Exit(exitStatus(err))
	}
	status.Exit()
}

// run is the whole way from argv to how COMMAND ended.
func run(args []string, caller *supervise.Caller, tui *terminal) (supervise.Status, error) {
	o, err := parseArgs(args)
	if err != nil {
		return supervise.Status{}, err
	}
	o.caller = caller
	if o.onlyTells() {
		o.tell(os.Stdout)
		return supervise.Status{}, nil
	}
	tui.quiet = o.quiet
	if o.manage != nil {
		status, err := o.manage.run(o, os.Stdout, tui)
		return supervise.Status{Code: status}, err
	}
	if o.detach && caller == nil {
		return detach()
	}
	// All that can be wrong with what was typed is found before the manager is
	// asked for anything.
	file, err := lookUp(o.command[0])
	if err != nil {
		return supervise.Status{}, err
	}
	spec, err := o.spec()
	if err != nil {
		return supervise.Status{}, err
	}
	if err := o.check(spec); err != nil {
		return supervise.Status{}, err
	}
	return launch(o, spec, file, tui)
}

// lookUp finds COMMAND's file by the caller's PATH.
func lookUp(name string) (string, error) {
	path, isSet := os.LookupEnv("PATH")
	return supervise.Find(name, path, isSet)
}

// launch enters the scope, runs COMMAND there, and says how that ended.
func launch(o *options, spec scope.Spec, file string, tui *terminal) (supervise.Status, error) {
	warnOfServers(o.command, tui)
	reportFile, err := newReportFile(o.reportJSON)
	if err != nil {
		return supervise.Status{}, err
	}
	out, err := newOutput(o, spec.Unit, tui)
	if err != nil {
		return supervise.Status{}, err
	}
	if o.nohup || o.detach {
		supervise.IgnoreHangup()
	}
	begun := time.Now()
	supervise.ReserveThreads()
	supervisor, err := supervise.New()
	if err != nil {
		return supervise.Status{}, err
	}
	s, err := enterInTurn(supervisor, o, spec, tui)
	if errors.Is(err, errSkipped) {
		return supervise.Status{}, nil
	}
	if err != nil {
		return supervise.Status{}, err
	}
	r := &supervision{options: o, scope: s, file: reportFile, out: out,
		watch: &watch{scope: s, spec: spec, begun: begun, tui: tui, name: filepath.Base(o.command[0])}}
	o.noteRun(s, os.Getpid())
	status, err := r.run(supervisor, file, tui)
	if err != nil {
		o.forgetRun(s)
	}
	return status, err
}

// run runs COMMAND, now that the process is in the scope, and says how that ended.
func (r *supervision) run(supervisor *supervise.Supervisor, file string, tui *terminal) (supervise.Status, error) {
	o, s := r.options, r.scope
	if err := o.leaveTerminal(r.out, s, tui); err != nil {
		return supervise.Status{}, err
	}
	command := o.processIn(s, file, tui)
	if o.exec {
		return supervise.Status{}, supervisor.Exec(command)
	}
	r.started = time.Now()
	child, err := supervisor.Start(command, supervise.Options{Everyone: r.watch.everyone, Part: r.watch.isRelayed})
	if err != nil {
		return supervise.Status{}, startFailure(err)
	}
	r.watch.pid = child.PID()
	o.noteRun(s, os.Getpid(), child.PID())
	if err := o.letCallerGo(s, tui); err != nil {
		return supervise.Status{}, err
	}
	supervise.LeaveInherited(r.file.descriptors()...)
	r.checkSurvival(tui)
	return r.end(child, tui), nil
}

// enter starts the scope. It is nil where COMMAND has to do without one.
func enter(o *options, spec scope.Spec, tui *terminal) (*scope.Scope, error) {
	stop := func() {}
	if o.mayAsk() {
		stop = startAgent(&spec)
	}
	s, err := scope.Start(context.Background(), spec)
	stop()
	var none *scope.NoManagerError
	if o.bestEffort && !o.mustSurvive && errors.As(err, &none) {
		tui.warn(oneLine(err) + "; COMMAND runs without a scope, and without limits")
		return nil, nil
	}
	if err != nil {
		return nil, o.blame(err)
	}
	tui.started(s, o, spec)
	return s, surviveFirst(o, s, tui)
}

// knowsFirst tells whether a logout's consequences are found out before COMMAND starts:
// if that was asked for, or nobody is there later to be told.
func (o *options) knowsFirst() bool { return o.mustSurvive || o.exec || o.detach }

// surviveFirst makes sure before COMMAND starts that the run survives the logout, or
// warns.
func surviveFirst(o *options, s *scope.Scope, tui *terminal) error {
	if !o.knowsFirst() {
		return nil
	}
	err := checkSurvival(s)
	if o.mustSurvive {
		return err
	}
	tui.warnIfMortal(s.Unit, err)
	return nil
}

// startFailure tells a command that cannot be executed from a scope that has no
// room for it.
func startFailure(err error) error {
	if errors.Is(err, errNoRoom) {
		return &noRoomError{err}
	}
	return err
}
