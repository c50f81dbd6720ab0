package scope

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"

	"gorun/internal/bus"
	"gorun/internal/systemd1"
	"gorun/internal/unitname"
)

// After describes a service that runs a command once: when [Scope.RunAfter] says so, or when
// the scope has ended, whatever ended it. It is no part of the scope. As long as it lasts, the
// manager does not forget the scope's result, and the user lingers if the scope has a lease.
type After struct {
	// Unit is the service's name, ending in ".service".
	Unit string
	// Description says to people what it does.
	Description string
	// Check is a command, with the absolute path of its file first. The service does not
	// start if it fails.
	Check []string
	// Command is the command that runs at the end.
	Command []string
	// Timeout is how long the command may run. 0 means that there is no limit.
	Timeout time.Duration
	// UID is the user whose processes they are. Only the system's manager is asked for it.
	UID int
	// Interactive lets polkit ask a person whether the service may start. The context of
	// [Scope.StartAfter] has to leave time for that.
	Interactive bool
}

// afterCheckTimeout is how long the check may take.
const afterCheckTimeout = 30 * time.Second

// The service is bound to the scope, so that the manager stops it when the scope has ended. The
// order Before makes the manager stop the scope first if it stops both: RunAfter's command sees
// how the scope ended. What else stops services leaves the service alone if it leaves the scope
// alone: "systemctl isolate", and a shutdown for a scope without DefaultDependencies.
//
// What the command leaves behind is killed at once. With the stop signal, a process that ignores
// it would hold the scope's name, the caller and a shutdown until Timeout is over. A service
// without a main process sends KillSignal only to what is left after ExecStopPost, or when one of
// its commands is out of time (service_enter_signal in systemd's service.c).
//
// While the machine goes down, the system's manager keeps the network until the command has run.
func (a After) properties(s *Scope, hasDefaults bool) []systemd1.Property {
	timeout := uint64(math.MaxUint64) // USEC_INFINITY
	if a.Timeout > 0 {
		timeout = uint64(a.Timeout / time.Microsecond)
	}
	exec := func(command []string) []execCommand { return []execCommand{{command[0], command, false}} }
	list := []systemd1.Property{
		systemd1.Set("Description", a.Description),
		systemd1.Set("Documentation", []string{unitname.Documentation}),
		systemd1.Set("Type", "oneshot"),
		systemd1.Set("RemainAfterExit", true),
		systemd1.Set("CollectMode", "inactive-or-failed"),
		systemd1.Set("BindsTo", []string{s.Unit}),
		systemd1.Set("Before", []string{s.Unit}),
		systemd1.Set("DefaultDependencies", hasDefaults),
		systemd1.Set("IgnoreOnIsolate", true),
		systemd1.Set("KillSignal", int32(unix.SIGKILL)),
		systemd1.Set("StartLimitIntervalUSec", uint64(0)),
		systemd1.Set("TimeoutStartUSec", uint64(afterCheckTimeout/time.Microsecond)),
		systemd1.Set("TimeoutStopUSec", timeout),
		systemd1.Set("ExecStart", exec(a.Check)),
		// Not ExecStop, which is skipped if the manager stops while ExecStart runs.
		systemd1.Set("ExecStopPost", exec(a.Command)),
	}
	if s.lease.isWanted() {
		list = append(list, systemd1.Set("Wants", []string{lingerUnit}))
	}
	if s.Manager == SystemManager {
		list = append(list, systemd1.Set("After", []string{"network.target", "remote-fs.target"}))
	}
	if s.Manager == SystemManager && a.UID != 0 {
		list = append(list, systemd1.Set("User", fmt.Sprint(a.UID)))
	}
	return list
}

// AfterError means that the service did not start: its check failed, or the manager could not
// run it.
type AfterError struct {
	Unit    string
	Manager Manager
	File    string // of the check
	Result  string // of the start job
}

func (e *AfterError) Error() string {
	return fmt.Sprintf("the %s manager cannot run %s in %s: the result of the job is %s", e.Manager, e.File, e.Unit, e.Result)
}

// StartAfter starts the service, and returns when its check has ended. If the scope has ended
// by then, the command runs at once. The error may be an [*AfterError], or a [*CallError].
func (s *Scope) StartAfter(ctx context.Context, a After) error {
	return s.ask(ctx, "start "+a.Unit+" for", func(conn *bus.Conn) error {
		if err := conn.Match(systemd1.JobRemovedRule(a.Unit)); err != nil {
			return err
		}
		hasDefaults := true
		if err := systemd1.Get(ctx, conn, s.key(), systemd1.Unit, "DefaultDependencies", &hasDefaults); err != nil && !systemd1.IsForgotten(err) {
			return err
		}
		// With its dependencies the job would start the scope again if that is about to end.
		call := systemd1.Call("StartTransientUnit", a.Unit, "ignore-dependencies", a.properties(s, hasDefaults), []systemd1.AuxiliaryUnit{})
		call.Interactive = a.Interactive
		reply, err := conn.Call(ctx, call)
		if systemd1.IsError(err, systemd1.UnitExists) {
			return nil // an earlier call has started it, and its answer was lost
		}
		var job dbus.ObjectPath
		if err == nil {
			err = dbus.Store(reply, &job)
		}
		if err != nil {
			return err
		}
		result, err := systemd1.WaitForJob(ctx, conn, job)
		if err == nil && result != "done" {
			return &AfterError{a.Unit, s.Manager, a.Check[0], result}
		}
		return err
	})
}

// RunAfter makes the service run its command now, and returns when that has ended. If the scope
// is being stopped, the command runs after that, and RunAfter returns at once: the caller may
// be what the manager waits for. ran is then false. It is also false if the caller may not stop the
// service, as where polkit wants a password: then the command runs when the scope has ended.
//
// How long the command takes is not bounded here, but by the manager. That the manager itself does
// not answer for ten seconds is an error; the command runs when the scope ends.
func (s *Scope) RunAfter(ctx context.Context, a After) (ran bool, err error) {
	return s.runAfterWithin(ctx, a, afterAnswerTimeout)
}

// afterAnswerTimeout is how long the manager may be silent when it is asked to run the command.
const afterAnswerTimeout = 10 * time.Second

func (s *Scope) runAfterWithin(ctx context.Context, a After, limit time.Duration) (ran bool, err error) {
	dial := func() (*bus.Conn, error) {
		bounded, cancel := bus.WithSilenceLimit(ctx, limit)
		defer cancel()
		return s.dial(bounded)
	}
	err = s.askOver(dial, "stop "+a.Unit+" of", func(conn *bus.Conn) error {
		var job dbus.ObjectPath
		job, ran, err = s.stopAfter(ctx, conn, a, limit)
		if err != nil || job == "" {
			return err
		}
		conn.Release() // the command may ask the manager
		ran, err = s.awaitAfter(ctx, conn, job)
		return err
	})
	return ran, err
}

// stopAfter stops the service, which then runs its command. It returns the job of the stop. That
// is empty if there is nothing to wait for: the command has run, or it runs when the scope has
// ended.
func (s *Scope) stopAfter(ctx context.Context, conn *bus.Conn, a After, limit time.Duration) (job dbus.ObjectPath, ran bool, err error) {
	ctx, cancel := bus.WithSilenceLimit(ctx, limit)
	defer cancel()
	rules := []bus.Rule{systemd1.JobRemovedRule(a.Unit), systemd1.UnitChangedRule(s.Unit)}
	if err := systemd1.Subscribe(ctx, conn, rules...); err != nil {
		return "", false, err
	}
	reply, err := conn.Call(ctx, systemd1.Call("StopUnit", a.Unit, replace))
	switch {
	case systemd1.IsForgotten(err):
		return "", true, nil
	case systemd1.IsRefused(err): // polkit asked before; the service is stopped after the scope
		return "", false, nil
	case err == nil:
		err = dbus.Store(reply, &job)
	}
	if err != nil {
		return "", false, err
	}
	var state string
	err = systemd1.Get(ctx, conn, s.key(), systemd1.Unit, "ActiveState", &state)
	switch {
	case systemd1.IsForgotten(err):
		return "", true, nil // the service knows the scope until it has ended itself
	case err != nil || state == "deactivating":
		return "", false, err
	}
	return job, false, nil
}

// awaitAfter waits until the command has run. If the scope is stopped meanwhile, ran is false.
func (s *Scope) awaitAfter(ctx context.Context, conn *bus.Conn, job dbus.ObjectPath) (ran bool, err error) {
	event, err := systemd1.Next(ctx, conn, func(e systemd1.Event) bool {
		switch e := e.(type) {
		case systemd1.JobRemoved:
			return e.Job == job
		case systemd1.UnitChanged:
			active, _ := e.Changed["ActiveState"].Value().(string)
			return e.Path == systemd1.UnitPath(s.Unit) && active == "deactivating"
		}
		return false
	})
	_, ran = event.(systemd1.JobRemoved)
	return ran, err
}

// UnusableUnitError means that a manager has no unit of a name, or cannot start it.
type UnusableUnitError struct {
	Unit    string
	Manager Manager
	Load    string // LoadState: not-found, masked, bad-setting, error
}

func (e *UnusableUnitError) Error() string {
	switch e.Load {
	case "not-found":
		return fmt.Sprintf("the %s manager has no unit %s", e.Manager, e.Unit)
	case "masked":
		return e.Unit + " is masked"
	}
	return fmt.Sprintf("%s cannot be loaded: %s", e.Unit, e.Load)
}

// CheckUnit makes sure that the scope's manager can start a unit. The error may be an
// [*UnusableUnitError].
func (s *Scope) CheckUnit(ctx context.Context, unit string) error {
	return s.ask(ctx, "look for "+unit+" for", func(conn *bus.Conn) error {
		var load string
		err := systemd1.Get(ctx, conn, unit, systemd1.Unit, "LoadState", &load)
		if err == nil && load != "loaded" {
			return &UnusableUnitError{unit, s.Manager, load}
		}
		return err
	})
}

// ErrStarting means that the manager has begun to start a unit, and that nobody waits for it any
// more.
var ErrStarting = errors.New("the unit is being started")

// StartUnit makes the manager start a unit, and returns when it has started: of a oneshot
// service, when that has ended. The error may be a [*NoManagerError], or a [*JobError]. It is
// [ErrStarting], with what ended the wait, if the context ends or the connection breaks after the
// manager has begun.
func (m Manager) StartUnit(ctx context.Context, unit string) error {
	conn, _, err := m.reach(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.Match(systemd1.JobRemovedRule(unit)); err != nil {
		return err
	}
	reply, err := conn.Call(ctx, systemd1.Call("StartUnit", unit, replace))
	var job dbus.ObjectPath
	if err == nil {
		err = dbus.Store(reply, &job)
	}
	if err != nil {
		return err
	}
	conn.Release() // the unit may ask the manager before it has started
	result, err := systemd1.WaitForJob(ctx, conn, job)
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", ErrStarting, err)
	case result != "done":
		return &JobError{Unit: unit, Manager: m.resolve(), Result: result}
	}
	return nil
}
