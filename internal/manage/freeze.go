package manage

import (
	"context"

	"gorun/internal/report"
	"gorun/scope/property"
)

// Freeze suspends runs, with gorun in them.
func Freeze(ctx context.Context, list []*Target) (actions []*Action) {
	for _, t := range list {
		a := t.acted(Frozen, t.freeze(ctx))
		if a.Err == nil && t.state.RuntimeMax != property.Infinity {
			a.TimeLeft = report.Seconds(t.state.TimeLeft())
		}
		actions = append(actions, a)
	}
	return actions
}

func (t *Target) freeze(ctx context.Context) error {
	switch {
	case t.hasEnded():
		return &EndedError{t.Unit}
	case t.isFrozenWith():
		return &OwnRunError{t.Unit, "be frozen with it"}
	}
	ctx, cancel := asking(ctx)
	defer cancel()
	return t.scope.Freeze(ctx)
}

// Thaw resumes runs. That a run is not frozen is no error.
func Thaw(ctx context.Context, list []*Target) (actions []*Action) {
	for _, t := range list {
		actions = append(actions, t.acted(Thawed, t.thaw(ctx)))
	}
	return actions
}

func (t *Target) thaw(ctx context.Context) error {
	if t.hasEnded() {
		return &EndedError{t.Unit}
	}
	ctx, cancel := asking(ctx)
	defer cancel()
	return t.scope.Thaw(ctx)
}
