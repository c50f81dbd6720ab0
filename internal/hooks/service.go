package hooks

import (
	"errors"
	"io/fs"
	"os"

	"gorun/internal/text"
	"gorun/scope"
)

// Option is gorun's first argument in the service. The second is [Check] or [Run], and the third
// the file of [Kept.Path]. People do not use it.
const Option = "--run-hooks"

// What the service does.
const (
	Check = "check" // at its start: can the manager run gorun, and does that find the file?
	Run   = "run"   // at its end
)

// Serve does what the service does, and returns its exit status. A hook that fails is no
// failure of the service's.
func Serve(what, path string) (status int) {
	k, err := find(path)
	if err == nil {
		err = k.serve(what)
	}
	if err != nil {
		text.Fprintf(os.Stderr, "gorun: error: hooks: %v\n", err)
		return 1
	}
	return 0
}

func (k *Kept) serve(what string) error {
	switch {
	case what != Run:
		_, _, err := k.read()
		return err
	case !wasChecked():
		k.Remove()
		return nil
	}
	err := k.runHooks()
	if errors.Is(err, fs.ErrNotExist) {
		return nil // gorun has taken the hooks
	}
	return err
}

// runHooks runs the hooks, unless gorun does. The error is [fs.ErrNotExist] if it has taken them.
func (k *Kept) runHooks() error {
	j, e, err := k.read()
	if err != nil {
		return err
	}
	if e == nil || e.Parted {
		if e, err = k.ending(j); e == nil || err != nil {
			return err // gorun still runs: it runs the hooks at COMMAND's end
		}
	}
	if isOurs, err := k.Take(); !isOurs || err != nil {
		return err
	}
	defer k.Remove()
	failed := j.Do(*e, os.Stderr)
	for _, f := range failed {
		if j.HideArguments {
			f = f.WithoutArguments()
		}
		text.Fprintf(os.Stderr, "gorun: warning: %s: %s\n", j.Unit, f)
	}
	return k.tell(failed)
}

// wasChecked reports whether the service's check succeeded. If it did not, COMMAND was not run, and
// the manager stops the service all the same (SERVICE_RESULT in systemd.exec(5)).
func wasChecked() bool {
	result, ok := os.LookupEnv("SERVICE_RESULT")
	return !ok || result == Success
}

// ending waits until the scope has ended, and finds out how COMMAND has. It is nil if gorun still
// runs. At a time limit and after an OOM kill the manager stops this service when it begins to stop
// the scope: gorun still waits for COMMAND then. If somebody has stopped this service alone, the
// scope may last for days, and nobody waits for that.
func (k *Kept) ending(j Job) (*Ending, error) {
	var result scope.Result
	if s, err := j.openScope(); err == nil { // otherwise it has ended
		isOnly := isActive(s)
		isHeld, err := k.isHeld()
		if err != nil || isOnly && isHeld {
			return nil, err
		}
		result = awaitScope(s)
	}
	isHeld, err := k.isHeld() // before the ending is read, which gorun writes first
	if err != nil {
		return nil, err
	}
	_, e, err := k.read()
	switch {
	case err != nil || e == nil && isHeld:
		return nil, err
	case e == nil:
		e = new(j.lost(result))
	case e.Parted:
		e = new(j.unseen(result))
	}
	return e, nil
}

// String is the failure in words.
func (f Failure) String() string {
	if f.Unit != "" {
		return f.Unit + " was not started: " + f.Why
	}
	return f.Command + ": " + f.Why
}
