package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"gorun/internal/output"
	"gorun/internal/run"
	"gorun/internal/supervise"
	"gorun/scope"
	"gorun/scope/property"
)

// assignment is a property and the option that set it.
type assignment struct {
	text  string // NAME=VALUE
	typed string // the option: --runtime-max=5x
}

// asks reports whether an option set a property.
func (o *options) asks(name string) bool {
	return slices.ContainsFunc(o.properties, func(a assignment) bool { return strings.HasPrefix(a.text, name+"=") })
}

// blame adds the option that an error is about, if it is about one.
func (o *options) blame(err error) error {
	var target *output.TargetError
	var own *run.OwnRunError
	var atEnd *run.AtEndError
	var inhibit *run.InhibitError
	var hook *run.HookError
	var unit *run.HookUnitError
	var file *run.ReportError
	var setup *supervise.SetupError
	switch {
	case errors.As(err, &file):
		return o.blameReport(file.Err)
	case errors.As(err, &setup) && setup.Of == supervise.Niceness:
		return &usageError{option: fmt.Sprintf("--nice=%d", *o.process.nice), reason: reason(setup.Err), cause: err}
	case errors.As(err, &setup) && setup.Of == supervise.OOMScore:
		return &usageError{option: fmt.Sprintf("--oom-score-adjust=%d", *o.process.oomScore), reason: reason(setup.Err), cause: err}
	case errors.As(err, &setup) && setup.Of == supervise.Directory:
		return &usageError{option: "--working-directory=" + o.process.dir, reason: reason(setup.Err), cause: err}
	case errors.As(err, &target) && target.Asked:
		return &usageError{option: "--log-to=" + target.Target.String(), reason: reason(target.Err), cause: err}
	case errors.As(err, &own) && own.IfRunning != run.JoinSame:
		return &usageError{option: "--if-running=" + string(own.IfRunning), reason: err.Error(), cause: err}
	case errors.As(err, &hook) && hook.Hook != nil:
		return blameHook(hook)
	case errors.As(err, &unit):
		return &usageError{option: unitOption(unit.OnFailure) + "=" + unit.Unit, reason: unit.Error(), cause: err}
	case errors.As(err, &inhibit):
		return &usageError{option: "--inhibit=" + inhibit.What, reason: err.Error(), cause: err}
	case errors.As(err, &atEnd):
		return &usageError{option: "--at-end=" + string(atEnd.AtEnd), reason: err.Error(), cause: err}
	}
	name, value, why := culprit(err)
	placed, _ := o.placement() // it has been read before
	for _, a := range slices.Backward(slices.Concat(o.properties, placed)) {
		if name != "" && a.text == name+"="+value {
			return &usageError{option: a.typed, reason: why, cause: err}
		}
	}
	if name == "JobMode" {
		return &usageError{option: "--job-mode=" + value, reason: why}
	}
	return err
}

// blameReport says that an error is about --report-json.
func (o *options) blameReport(err error) error {
	if err == nil {
		return nil
	}
	return &usageError{option: "--report-json=" + o.reportJSON, reason: reason(err), cause: err}
}

// culprit is the property that an error is about, and what is wrong with it.
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

// blame says that an error is about the assignment's option.
func (a assignment) blame(err error) error {
	var bad *property.Error
	if !errors.As(err, &bad) {
		return err
	}
	return &usageError{option: a.typed, reason: bad.Reason, cause: err}
}

// reason is what the system says, without the name of the file or call.
func reason(err error) string {
	var errno unix.Errno
	if errors.As(err, &errno) {
		return errno.Error()
	}
	return err.Error()
}
