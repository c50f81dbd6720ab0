package scope

import (
	"math"
	"slices"
	"time"

	"gorun/internal/unitname"
	"gorun/scope/property"
)

// replace is the job mode that replaces conflicting jobs. With "fail", a launch that
// meets a unit that it wants while that unit stops succeeds and loses the unit.
const replace = "replace"

// Spec describes a scope to be started.
type Spec struct {
	// Manager is the service manager that starts the scope. Zero means the caller's
	// own.
	Manager Manager
	// Unit is the scope's name, ending in ".scope". It must not be empty; see
	// [NewName] and [MangleName].
	Unit string
	// Description says to people what the scope is. Empty means the unit's
	// name. Characters that D-Bus cannot carry are replaced.
	Description string
	// Documentation lists URIs, as in "man:gorun(1)". The scope has them even if
	// Properties reset the list.
	Documentation []string
	// Slice is the slice the scope is placed in, ending in ".slice". Empty
	// means the manager's default: app.slice or system.slice.
	Slice string
	// OwnSlice makes a slice for the scope alone, within Slice, and gives it the limits.
	// They then hold also for processes of the run that the manager moves into scopes of
	// their own, if these are placed in the same slice, as tmux does with its panes. The
	// slice ends with the scope.
	OwnSlice bool
	// PIDs are the processes that the scope starts with. None means the
	// calling process, and so does 0. The caller has to make sure that no other
	// process has ended: before Start looks, its PID can have become another
	// process's. A child that has not been waited for is safe.
	PIDs []int
	// Empty starts the scope without a process, which only [Embedded] can: processes are started
	// in it, see [Scope.Entrance].
	Empty bool
	// started is when the one process of PIDs was started, as [process.StartTicks]; 0 if that
	// is not known. Another process with that PID is none.
	started uint64

	// JobMode is how the manager deals with other jobs, as in "fail"; see
	// [property.JobModes]. Empty means "replace". See [Spec.MayLoseLease].
	JobMode string

	// Interactive lets polkit ask a person whether the caller may start the
	// scope, which needs an agent such as pkttyagent(1). Start is then bounded by
	// its context alone.
	Interactive bool

	// Linger says whether the scope has to outlive the user's sessions.
	Linger Linger

	// OOMPolicy is what an OOM kill in the scope means for the rest of it:
	// "continue", "stop" or "kill". Empty means the manager's default.
	OOMPolicy string
	// RuntimeMax is how long the scope may run before the manager stops it.
	// Zero means that there is no limit.
	RuntimeMax time.Duration
	// RuntimeRandomizedExtra is the most that the manager adds to RuntimeMax, at
	// random. Zero means nothing. It needs a RuntimeMax.
	RuntimeRandomizedExtra time.Duration
	// KeepFailed keeps the unit loaded, and its name taken, if it fails. Otherwise
	// the manager forgets every scope that ends.
	KeepFailed bool

	// Properties are set in addition to the fields above, and win over them.
	Properties []property.Property
	// BestEffort starts the scope without the properties that this manager does not
	// support, see [Scope.Dropped], and with limits that are not in force, see
	// [Scope.Unenforced]. Otherwise either is an error.
	BestEffort bool
	// Defaults are set unless Properties or the fields above set the same. A default
	// that the manager does not support is left out; see [Scope.Dropped].
	Defaults []property.Property
}

// Validate says what is wrong with the description, without asking a manager. The error
// is a [*UnitNameError] or a [*property.Error].
func (s Spec) Validate() error {
	if err := unitname.Check(s.Unit, suffix); err != nil {
		return &UnitNameError{Name: s.Unit, Reason: err.Error()}
	}
	if !slices.Contains(property.JobModes(), s.jobMode()) {
		return &property.Error{Name: "JobMode", Value: s.JobMode, Reason: "unknown job mode"}
	}
	properties, err := s.properties()
	if err != nil {
		return err
	}
	if s.OwnSlice {
		if _, _, err := s.split(properties); err != nil {
			return err
		}
	}
	return checkRuntime(properties)
}

// checkRuntime refuses a time limit of nothing, which would stop the scope at once. It
// also refuses an extra without a limit, which the manager would ignore.
func checkRuntime(properties []property.Property) error {
	limit, limited := last(properties, "RuntimeMaxSec")
	if limited && limit.Span() == 0 {
		return &property.Error{Name: limit.Name(), Value: limit.Text(), Reason: "must not be 0; infinity means no limit"}
	}
	extra, ok := last(properties, "RuntimeRandomizedExtraSec")
	if !ok {
		return nil
	}
	if !limited || limit.Value() == uint64(math.MaxUint64) {
		return &property.Error{Name: extra.Name(), Value: extra.Text(), Reason: "needs a time limit, RuntimeMaxSec"}
	}
	return nil
}

// jobMode is the job mode that is asked for.
func (s Spec) jobMode() string {
	if s.JobMode == "" {
		return replace
	}
	return s.JobMode
}
