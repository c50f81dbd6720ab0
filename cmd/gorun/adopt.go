package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"gorun/internal/manage"
	"gorun/internal/multiplexer"
	"gorun/internal/process"
	"gorun/internal/text"
	"gorun/scope"
)

// scopeOptions are the options that describe a scope, whatever runs in it.
func scopeOptions() []string {
	names := []string{"user", "system", "scope", "unit", "description", "slice", "own-slice", "slice-inherit", "property", "collect", "send-sighup", "job-mode", "no-ask-password", "linger", "best-effort", "verbose"}
	for _, p := range propertyOptions {
		names = append(names, p.option)
	}
	return names
}

// adopt moves processes into a new scope, and prints its name.
func adopt(ctx context.Context, o *options, out io.Writer, tui *terminal) (int, error) {
	pids, err := readPIDs(o.command)
	if err != nil {
		return 0, err
	}
	spec, err := o.adoption(pids)
	if err != nil {
		return 0, err
	}
	a, err := manage.Adopt(ctx, spec, o.force)
	if a == nil {
		return 0, &adoptionError{o.blame(err)}
	}
	(&narrator{terminal: tui, options: o, spec: spec}).started(a.Scope)
	for _, w := range a.Warnings {
		tui.warnOfAdopted(w)
	}
	if err != nil {
		err = &adoptionError{&adoptedError{a, o.blame(err)}}
	}
	if o.json {
		return 0, errors.Join(text.JSON(out, a), err)
	}
	_, printErr := text.Fprintf(out, "%s\n", a.Unit)
	return 0, errors.Join(printErr, err)
}

// adoptionError means that an adoption went wrong. The hints for launches do not go with it.
type adoptionError struct{ error }

func (e *adoptionError) Unwrap() error { return e.error }

// adoptedError means that something went wrong after processes were moved.
type adoptedError struct {
	adopted *manage.Adopted
	err     error
}

// Error says where the processes are. What has stayed outside has a warning of its own.
func (e *adoptedError) Error() string {
	where := "the processes are in " + e.adopted.Unit
	if outside := e.adopted.Outside(); outside > 0 {
		in := uint64(len(e.adopted.PIDs))
		where = fmt.Sprintf("%s in %s, and %d outside", text.Count(in, "process is", "processes are"), e.adopted.Unit, outside)
	}
	return fmt.Sprintf("%v; %s", e.err, where)
}

func (e *adoptedError) Unwrap() error { return e.err }

// readPIDs reads the words after --adopt. In the output of pgrep(1) or pidof(1) they may be
// separated by line breaks within one word.
func readPIDs(words []string) (pids []int, err error) {
	for _, word := range strings.Fields(strings.Join(words, " ")) {
		pid, err := strconv.ParseInt(word, 10, 32)
		if err != nil || pid <= 0 {
			return nil, &usageError{option: "--adopt " + word, reason: "must be the ID of a process"}
		}
		pids = append(pids, int(pid))
	}
	if len(pids) == 0 {
		return nil, &usageError{option: "--adopt", reason: "needs the ID of a process"}
	}
	return pids, nil
}

// adoption describes the scope that processes are moved into. The first one gives it its name,
// and its description.
func (o *options) adoption(pids []int) (scope.Spec, error) {
	named := *o
	named.command = commandOf(pids[0])
	spec, err := named.spec()
	if err != nil {
		return spec, err
	}
	if o.description == "" {
		spec.Description = strings.Replace(spec.Description, "[gorun]", "[gorun] adopted:", 1)
	}
	spec.PIDs = pids
	return spec, o.check(spec)
}

// commandOf is the command line of a process as somebody would type it: a login shell's begins
// with a dash, and a server of screen is SCREEN.
func commandOf(pid int) []string {
	p, err := process.Read(pid)
	if err != nil {
		return []string{"process"} // it cannot be adopted
	}
	command := p.Args
	if len(command) == 0 || path.Base(command[0]) == "/" {
		command = []string{p.Name}
	}
	command = append([]string{strings.TrimPrefix(command[0], "-")}, command[1:]...)
	if name := multiplexer.Server(p); name != "" {
		command[0] = name
	}
	return command
}

// warnOfAdopted warns about processes that were adopted, or were not.
func (t *terminal) warnOfAdopted(err error) {
	t.warn(err.Error())
	if hint := hintFor(err); hint != "" {
		t.advise(hint)
	}
}
