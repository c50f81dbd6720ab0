package manage

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"gorun/scope"
	"gorun/scope/property"
)

// Set changes properties of a run. The scope says what is to be known about limits that are in
// force; it is nil if nothing was changed.
func Set(ctx context.Context, t *Target, properties []property.Property) (*Action, *scope.Scope) {
	if t.hasEnded() {
		return t.acted(Failed, &EndedError{t.Unit}), nil
	}
	ctx, cancel := asking(ctx)
	defer cancel()
	if err := t.scope.SetProperties(ctx, properties...); err != nil {
		return t.acted(Failed, naming(err, properties)), nil
	}
	return t.acted(Changed, nil), t.scope
}

// naming adds the values to a refusal of the manager's that does not name them.
func naming(err error, properties []property.Property) error {
	var refused *scope.CallError
	if !errors.As(err, &refused) || refused.Refused() {
		return err
	}
	var words []string
	for _, p := range properties {
		words = append(words, p.String())
	}
	return fmt.Errorf("%s: %w", strings.Join(words, " "), err)
}
