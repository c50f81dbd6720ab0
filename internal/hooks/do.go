package hooks

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"
	"time"

	"gorun/internal/account"
	"gorun/internal/helper"
	"gorun/internal/quoting"
	"gorun/scope"
)

// Failure is a hook that failed. The run's status stays what it is.
type Failure struct {
	// Unit is the unit that was to be started; empty for a command.
	Unit string
	// Command is the command line, and Program the base name of what it runs.
	Command, Program string
	// OnFailure says that the unit is one of those for a run that failed.
	OnFailure bool
	Why       string
}

// WithoutArguments is the failure with the program's name in the place of the command line.
func (f Failure) WithoutArguments() Failure {
	f.Command = f.Program
	return f
}

// Do runs the commands in their order, and starts the units. out is where the commands print.
func (j Job) Do(e Ending, out *os.File) (failed []Failure) {
	for _, c := range j.Commands {
		if err := j.run(c, e, out); err != nil && !c.MayFail {
			failed = append(failed, Failure{Command: c.Text, Program: path.Base(c.File), Why: err.Error()})
		}
	}
	units := j.OnFailure
	if e.EndedWell() {
		units = j.OnSuccess
	}
	for _, unit := range units {
		if err := j.start(unit); err != nil {
			failed = append(failed, Failure{Unit: unit, OnFailure: !e.EndedWell(), Why: err.Error()})
		}
	}
	return failed
}

// run runs a command, and kills it after the time limit.
func (j Job) run(c Command, e Ending, out *os.File) error {
	ctx, cancel := j.limited()
	defer cancel()
	env := withVariables(j.Env, j.variables(e))
	args, _ := quoting.Expand(c.Args[1:], env) // like systemd, it replaces what is not set by nothing
	cmd := helper.New(c.File, args...)
	cmd.Env, cmd.Dir, cmd.OwnSession = env, j.Dir, true
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(e.Report), out, out
	if i := j.Identity; i != nil {
		cmd.As = &syscall.Credential{Uid: uint32(i.UID), Gid: uint32(i.GID), NoSetGroups: !account.MaySetGroups()}
		for _, gid := range i.Groups {
			cmd.As.Groups = append(cmd.As.Groups, uint32(gid))
		}
	}
	err := cmd.Run(ctx)
	var hang *helper.HangError
	if errors.As(err, &hang) {
		return fmt.Errorf("killed: it did not end within %s", j.Timeout)
	}
	return err
}

// limited is a context with the time limit of one hook.
func (j Job) limited() (context.Context, context.CancelFunc) {
	if j.Timeout == 0 {
		return context.WithCancel(context.Background())
	}
	return context.WithTimeout(context.Background(), j.Timeout)
}

// withVariables adds variables to an environment, which replace those that are there.
func withVariables(env, variables []string) []string {
	isReplaced := func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.ContainsFunc(variables, func(n string) bool { return strings.HasPrefix(n, name+"=") })
	}
	return append(slices.DeleteFunc(slices.Clone(env), isReplaced), variables...)
}

// start starts a unit, and waits until it has started: a lease that keeps the manager running
// is held as long. A unit that takes longer than the time limit is left alone.
func (j Job) start(unit string) error {
	if j.Manager == "" || j.Manager == scope.Embedded.String() {
		return errors.New("there is no manager")
	}
	ctx, cancel := j.limited()
	defer cancel()
	err := j.manager().StartUnit(ctx, unit)
	if errors.Is(err, scope.ErrStarting) {
		return nil
	}
	return err
}

func (j Job) manager() scope.Manager {
	if j.Manager == scope.SystemManager.String() {
		return scope.SystemManager
	}
	return scope.UserManager
}

// questionTimeout is how long the manager may take to find the scope.
const questionTimeout = 30 * time.Second

// awaitScope waits until the scope has ended, and returns why the manager has stopped it; empty if
// that cannot be found out. The manager has not forgotten the scope: the service depends on it.
// The service's own time limit bounds the wait.
func awaitScope(s *scope.Scope) scope.Result {
	result, err := s.Wait(context.Background())
	if err != nil {
		return ""
	}
	if result == scope.TimedOut && !isOutOfTime(s) {
		return scope.Success // somebody stopped the scope, which took too long
	}
	return result
}

// openScope finds the run's scope.
func (j Job) openScope() (*scope.Scope, error) {
	ctx, cancel := context.WithTimeout(context.Background(), questionTimeout)
	defer cancel()
	s, err := scope.Open(ctx, j.manager(), j.Unit)
	if err == nil && s.InvocationID != j.InvocationID {
		err = scope.ErrEnded
	}
	return s, err
}

// isActive reports whether the manager neither stops the scope nor has done so.
func isActive(s *scope.Scope) bool {
	ctx, cancel := context.WithTimeout(context.Background(), questionTimeout)
	defer cancel()
	state, err := s.State(ctx)
	return err == nil && !state.Stopping()
}

// isOutOfTime reports whether a scope that has ended had reached its time limit. The result is the
// same if SIGKILL had to end it.
func isOutOfTime(s *scope.Scope) bool {
	ctx, cancel := context.WithTimeout(context.Background(), questionTimeout)
	defer cancel()
	state, err := s.State(ctx)
	return err == nil && state.Lasted >= state.RuntimeMax
}

// lost is the ending of a run whose gorun was killed before it could say how the run ended. Its
// caller sees that, too. The manager's result says why it stopped the scope.
func (j Job) lost(result scope.Result) Ending {
	return j.endingBy(result, Ending{Result: signal, Code: "killed", Status: "KILL"})
}

// unseen is the ending of a run that gorun has parted from.
func (j Job) unseen(result scope.Result) Ending { return j.endingBy(result, Ending{Result: unknown}) }

// endingBy is an ending with what the manager knows of it.
func (j Job) endingBy(result scope.Result, e Ending) Ending {
	e.Report = j.Report
	if result == scope.TimedOut || result == scope.OOMKilled {
		e.Result, e.Report = string(result), j.reportWith(result)
	}
	return e
}

// reportWith is the report of a run that nobody saw end, with what the manager knows.
func (j Job) reportWith(outcome scope.Result) json.RawMessage {
	var fields map[string]json.RawMessage
	if json.Unmarshal(j.Report, &fields) != nil || fields == nil { // nil: it is null
		return j.Report
	}
	fields["outcome"], _ = json.Marshal(outcome) // a string can always be written
	data, err := json.MarshalIndent(fields, "", "  ")
	if err != nil {
		return j.Report
	}
	return append(data, '\n')
}
