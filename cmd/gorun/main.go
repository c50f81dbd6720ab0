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
	status, err := run(os.Args, tui)
	if err != nil {
		tui.fail(err)
		os.Exit(exitStatus(err))
	}
	status.Exit()
}

// run is the whole way from argv to how COMMAND ended.
func run(args []string, tui *terminal) (supervise.Status, error) {
	o, err := parseArgs(args)
	if err != nil {
		return supervise.Status{}, err
	}
	if o.onlyTells() {
		o.tell(os.Stdout)
		return supervise.Status{}, nil
	}
	tui.quiet = o.quiet
	if o.manage != nil {
		status, err := o.manage.run(o, os.Stdout, tui)
		return supervise.Status{Code: status}, err
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
	begun := time.Now()
	supervise.ReserveThreads()
	supervisor, err := supervise.New()
	if err != nil {
		return supervise.Status{}, err
	}
	var s *scope.Scope
	err = supervisor.During(func() (err error) {
		s, err = enter(o, spec, tui)
		return err
	})
	if err != nil {
		return supervise.Status{}, err
	}
	command := o.processIn(s, file, tui)
	if o.exec {
		return supervise.Status{}, supervisor.Exec(command)
	}
	r := &supervision{options: o, scope: s, file: reportFile, started: time.Now(),
		watch: &watch{scope: s, spec: spec, begun: begun, tui: tui, name: filepath.Base(o.command[0])}}
	child, err := supervisor.Start(command, supervise.Options{Everyone: r.watch.everyone, Part: r.watch.isRelayed})
	if err != nil {
		return supervise.Status{}, startFailure(err)
	}
	r.watch.pid = child.PID()
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

// surviveFirst makes sure that the run survives the logout before COMMAND starts,
// if that was asked for or there is no supervisor to do it later.
func surviveFirst(o *options, s *scope.Scope, tui *terminal) error {
	if !o.mustSurvive && !o.exec {
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
