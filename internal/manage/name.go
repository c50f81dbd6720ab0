package manage

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorun/internal/report"
	"gorun/internal/state"
	"gorun/internal/unitname"
	"gorun/scope"
)

// NoRunError means that there is no run of a name.
type NoRunError struct {
	Name string
	// Near are the units of runs that have the name within a word of theirs, which is not enough
	// for what acts.
	Near []string
}

func (e *NoRunError) Error() string {
	return e.Name + ": no such run, neither running nor in the part of the journal that you can read"
}

// AmbiguousError means that a part of a name is not enough.
type AmbiguousError struct {
	Name  string
	Units []string // that have it, oldest first
}

func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("%d runs have that in their name: %s", len(e.Units), someOf(e.Units))
}

// maxCandidates is how many units a message names.
const maxCandidates = 10

func someOf(units []string) string {
	named := strings.Join(units[:min(len(units), maxCandidates)], ", ")
	if more := len(units) - maxCandidates; more > 0 {
		named += fmt.Sprintf(" and %d more", more)
	}
	return named
}

// Use says what a name is used for.
type Use int

const (
	// Reading takes the newest run that a name may mean.
	Reading Use = iota
	// Waiting takes a run that is running, and only if a name means no other one. If none is
	// running, it takes the newest one that has ended.
	Waiting
	// Acting is as Waiting, and takes whole words of a unit's name only: a run that nobody meant
	// must not be stopped.
	Acting
)

// prefix begins the names that gorun makes for units.
const prefix = "gorun-"

// Resolve finds the unit that a person means: by its name, with or without "gorun-" and
// ".scope", or by a part of it. The error is a [*NoRunError], a [*scope.UnitNameError] or an
// [*AmbiguousError].
func Resolve(ctx context.Context, m scope.Manager, typed string, use Use) (unit string, err error) {
	unit, _, err = resolve(ctx, m, typed, use)
	return unit, err
}

// resolve also returns the scope if the manager was asked for it.
func resolve(ctx context.Context, m scope.Manager, typed string, use Use) (unit string, s *scope.Scope, err error) {
	whole, err := scope.MangleName(typed)
	if err != nil {
		return "", nil, &scope.UnitNameError{Name: typed, Reason: err.Error()}
	}
	names := []string{whole, prefix + whole}
	for _, name := range names {
		s, err := openHeld(ctx, m, name)
		if s != nil || err != nil {
			return name, s, err
		}
	}
	if use != Reading {
		Settle(ctx, whole) // a run that has just ended must not be taken for another one
	}
	for _, name := range names {
		left, err := hasLeft(ctx, m, name)
		if err != nil && use == Reading {
			return name, nil, nil // a record is broken: who reads says so, or finds what it needs elsewhere
		}
		if left || err != nil {
			return name, nil, err
		}
	}
	found, err := findPart(ctx, m, strings.TrimSuffix(whole, suffix))
	if err != nil {
		return "", nil, err
	}
	unit, err = found.choose(whole, use)
	return unit, nil, err
}

// suffix ends the names of scopes.
const suffix = ".scope"

// openHeld opens a scope that the manager has. It returns nil if there is none, and no manager.
func openHeld(ctx context.Context, m scope.Manager, unit string) (*scope.Scope, error) {
	if unitname.Check(unit, suffix) != nil {
		return nil, nil // the prefix made it too long
	}
	ctx, cancel := asking(ctx)
	defer cancel()
	s, err := scope.Open(ctx, m, unit)
	if errors.Is(err, scope.ErrEnded) || isNoManager(ctx, err) {
		return nil, nil
	}
	return s, err
}

// isNoManager reports whether an error means that no manager runs. One that refuses the caller, or
// has not answered in time, may well run.
func isNoManager(ctx context.Context, err error) bool {
	var none *scope.NoManagerError
	return errors.As(err, &none) && none.Absent() && ctx.Err() == nil
}

// hasLeft reports whether a unit has run and left something.
func hasLeft(ctx context.Context, m scope.Manager, unit string) (bool, error) {
	past, err := report.Find(ctx, m, unit)
	return past != nil || state.FindNote(state.Dirs(), m.String(), unit) != nil, err
}

// candidates are the runs that a part of a name may mean.
type candidates struct{ running, ended []candidate }

type candidate struct {
	unit  string
	began time.Time
}

// maxEnded is how many runs that have ended are looked at.
const maxEnded = 1000

// findPart finds the runs that have a part in the names of their units.
func findPart(ctx context.Context, m scope.Manager, part string) (candidates, error) {
	var found candidates
	has := func(unit string) bool {
		return strings.Contains(strings.TrimSuffix(unit, suffix), part) || hasWords(unit, part)
	}
	running, err := Running(ctx, m)
	if err != nil {
		return candidates{}, err
	}
	for _, r := range running {
		if has(r.Unit) {
			found.running = append(found.running, candidate{r.Unit, r.State.Since})
		}
	}
	ended, err := report.List(ctx, m, maxEnded)
	if err != nil {
		return candidates{}, err
	}
	for _, p := range ended {
		if has(*p.Report.Unit) {
			found.ended = append(found.ended, candidate{*p.Report.Unit, p.Report.StartedAt})
		}
	}
	return found, nil
}

// hasWords reports whether a unit's name has whole words, between dashes: gorun-make-1f2e.scope has
// make. A dash within the name of a command is escaped in the unit's. gorun's own prefix is a word
// only with the next one.
func hasWords(unit, words string) bool {
	stem := strings.TrimSuffix(unit, suffix)
	words, isLong := strings.CutPrefix(strings.Trim(words, "-"), prefix)
	first := ""
	if isLong {
		first = prefix
	} else {
		stem = strings.TrimPrefix(stem, prefix)
	}
	has := func(words string) bool { return strings.Contains("-"+stem+"-", "-"+first+words+"-") }
	return words != "" && (has(words) || has(unitname.Escape(words)))
}

// withWords are the candidates whose names have whole words.
func (c candidates) withWords(words string) candidates {
	hasNone := func(c candidate) bool { return !hasWords(c.unit, words) }
	return candidates{slices.DeleteFunc(slices.Clone(c.running), hasNone), slices.DeleteFunc(slices.Clone(c.ended), hasNone)}
}

// choose finds the unit that is meant.
func (c candidates) choose(name string, use Use) (string, error) {
	all := c
	if use == Acting {
		c = c.withWords(strings.TrimSuffix(name, suffix))
	}
	list := c.running
	switch {
	case use != Reading && len(list) > 1:
		return "", &AmbiguousError{name, unitsOf(sorted(list))}
	case use != Reading && len(list) == 1:
		return list[0].unit, nil
	}
	list = sorted(slices.Concat(c.ended, c.running))
	if len(list) == 0 {
		return "", &NoRunError{name, unitsOf(sorted(all.running))}
	}
	return list[len(list)-1].unit, nil
}

// sorted puts runs in order by their begin.
func sorted(list []candidate) []candidate {
	return slices.SortedStableFunc(slices.Values(list), func(a, b candidate) int { return a.began.Compare(b.began) })
}

func unitsOf(list []candidate) (units []string) {
	for _, c := range list {
		units = append(units, c.unit)
	}
	return units
}

// Running lists the manager's runs that are running. Without a manager there is none.
func Running(ctx context.Context, m scope.Manager) ([]scope.Listed, error) {
	ctx, cancel := asking(ctx)
	defer cancel()
	list, err := m.List(ctx)
	if isNoManager(ctx, err) {
		return nil, nil
	}
	return runsOf(list), err
}

// runsOf are the scopes that gorun has started, and that have not failed.
func runsOf(list []scope.Listed) []scope.Listed {
	return slices.DeleteFunc(list, func(l scope.Listed) bool {
		return l.State.Active == "failed" || !slices.Contains(l.State.Documentation, unitname.Documentation)
	})
}
