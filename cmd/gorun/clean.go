package main

import (
	"context"
	"errors"
	"io"

	"gorun/internal/manage"
	"gorun/internal/quoting"
	"gorun/internal/text"
	"gorun/scope"
)

// clean removes what runs and logins have left behind, and prints what each was.
func clean(ctx context.Context, o *options, out io.Writer, tui *terminal) (int, error) {
	c := manage.Cleaning{Manager: o.manager, DryRun: o.dryRun}
	for _, typed := range o.command {
		unit, err := scope.MangleName(typed)
		if err != nil {
			return 0, &usageError{option: "--clean " + typed, reason: err.Error()}
		}
		c.Units = append(c.Units, unit)
	}
	list, missing, err := c.Clean(ctx)
	code := 0
	for _, unit := range missing {
		tui.nothingToClean(unit)
		code = statusMissing
	}
	switch {
	case o.json:
		if list == nil {
			list = []*manage.Remnant{}
		}
		err = errors.Join(text.JSON(out, list), err)
	case len(list) > 0 || len(missing) == 0 && err == nil:
		err = errors.Join(manage.PrintRemnants(out, list, o.dryRun), err)
	}
	return code, err
}

// nothingToClean says that a unit that was named is not one to clean.
func (t *terminal) nothingToClean(unit string) {
	t.printf("gorun: error: %s: no failed or empty scope\n", unit)
	if manage.NeedsRoot(unit) {
		t.advise("only root can clean the scopes of logins: sudo gorun --clean " + quoting.Word(unit))
	}
}
