package manage

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"gorun/internal/account"
	"gorun/internal/cause"
	"gorun/internal/state"
	"gorun/internal/text"
	"gorun/internal/unitname"
	"gorun/scope"
)

// Remnant is what a run or a login has left behind, as --json prints it.
type Remnant struct {
	Kind    string  `json:"kind"` // "failed", "empty", "hooks" or "file"
	Name    string  `json:"name"` // the unit, or the path of the file
	Manager *string `json:"manager"`
	Result  *string `json:"result"` // of a failed unit
	What    string  `json:"explanation"`
	// Age is that of a file.
	Age     *float64 `json:"age_seconds"`
	Cleaned bool     `json:"cleaned"` // with a dry run: it would be
	// Reason is why it is left.
	Reason *string `json:"reason"`

	manager scope.Manager
	file    *state.OldFile
	kept    scope.Kept         // what the manager keeps
	service *scope.LeftService // of hooks
	unasked bool               // it is left only because it was not named
}

// Cleaning says what is cleaned.
type Cleaning struct {
	Manager scope.Manager
	// Units are the scopes that are cleaned, whatever they are. Without one, it is all that is
	// known to be of no use.
	Units  []string
	DryRun bool
}

// oldAge is how old files of runs are that nobody will ask for any more.
const oldAge = 30 * 24 * time.Hour

// Clean removes what runs and logins have left, and lists it. missing are the units that were
// named and are no remnants. The error says what could not be looked at or cleaned; the list has
// the rest.
//
// Files come first: what is known of them, and of the units that are loaded, must be fresh.
func (c Cleaning) Clean(ctx context.Context) (list []*Remnant, missing []string, err error) {
	var files []*Remnant
	var noFiles error
	if len(c.Units) == 0 {
		files, noFiles = c.files(ctx)
		noFiles = cmp.Or(noFiles, c.cleanAll(ctx, files))
	}
	if list, err = c.units(ctx); err != nil {
		return files, nil, errors.Join(err, noFiles)
	}
	if len(c.Units) > 0 {
		list, missing = c.named(list)
	}
	err = c.cleanAll(ctx, list)
	return append(list, files...), missing, cmp.Or(err, noFiles)
}

// units finds the scopes that have failed or are empty, and the services of hooks that are of no
// use.
func (c Cleaning) units(ctx context.Context) ([]*Remnant, error) {
	if c.Manager == scope.Embedded {
		if !c.DryRun {
			scope.Sweep()
		}
		return nil, nil // nothing that has failed is kept
	}
	services, err := c.leftServices(ctx)
	if err != nil {
		return nil, err
	}
	list, err := c.scopes(ctx)
	for _, s := range services {
		list = append(list, c.service(s))
	}
	return list, err
}

// leftServices lists the services of hooks that are of no use. A user's manager that does not run
// has none.
func (c Cleaning) leftServices(ctx context.Context) ([]scope.LeftService, error) {
	ctx, cancel := asking(ctx)
	defer cancel()
	list, err := c.Manager.LeftServices(ctx)
	if isNoManager(ctx, err) && c.Manager.OfUser() {
		return nil, nil
	}
	return list, err
}

// service describes a service of hooks.
func (c Cleaning) service(s scope.LeftService) *Remnant {
	name := c.Manager.String()
	r := &Remnant{Kind: "hooks", Name: s.Unit, Manager: &name, Cleaned: true, manager: c.Manager, service: &s}
	r.What = "waits for the end of a run that does not exist any more, to run its hooks"
	if s.Result != "" {
		r.Result, r.What = &s.Result, "was to run hooks, and has failed with result "+s.Result
	}
	return r
}

// scopes finds the scopes that have failed or are empty.
func (c Cleaning) scopes(ctx context.Context) ([]*Remnant, error) {
	failed, empty, err := c.kept(ctx)
	if err != nil {
		return nil, err
	}
	var list []*Remnant
	sessions := cause.OfSessions(ctx, slices.DeleteFunc(slices.Clone(failed), func(k scope.Kept) bool { return !c.isLogin(k) }))
	for _, k := range failed {
		list = append(list, c.failed(k, sessions))
	}
	for _, k := range empty {
		list = append(list, c.empty(k))
	}
	return list, nil
}

// kept asks the manager for the scopes that have failed or are empty. One that does not run has
// none.
func (c Cleaning) kept(ctx context.Context) (failed, empty []scope.Kept, err error) {
	ctx, cancel := asking(ctx)
	defer cancel()
	if failed, err = c.Manager.Failed(ctx, "*.scope"); err == nil {
		empty, err = c.Manager.Empty(ctx)
	}
	if isNoManager(ctx, err) && c.Manager.OfUser() {
		return nil, nil, nil
	}
	return failed, empty, err
}

// remnant describes a scope. One that gorun has not started is left unless it is named.
func (c Cleaning) remnant(kind string, k scope.Kept) *Remnant {
	name := c.Manager.String()
	r := &Remnant{Kind: kind, Name: k.Unit, Manager: &name, Cleaned: true, manager: c.Manager, kept: k}
	if kind == "failed" {
		r.Result = text.OrNull(k.Result)
	}
	if !k.HasDocumentation(unitname.Documentation) {
		r.leaveUnlessNamed("gorun has not started it")
	}
	return r
}

// empty describes a scope that is active and empty. Those of logins are everybody's.
func (c Cleaning) empty(k scope.Kept) *Remnant {
	r := c.remnant("empty", k)
	r.What = "is active without a process: the kernel has not reported the end of the last one"
	if c.isLogin(k) {
		r.What = "is active without a process, after the login race: what logged in ended while systemd moved it. Harmless"
		r.ask()
	}
	return r
}

// isLogin reports whether a scope is that of a login.
func (c Cleaning) isLogin(k scope.Kept) bool {
	return !c.Manager.OfUser() && strings.HasPrefix(k.Unit, "session-")
}

// failed describes a scope that has failed. Those of logins are everybody's.
func (c Cleaning) failed(k scope.Kept, sessions map[string]cause.Session) *Remnant {
	r := c.remnant("failed", k)
	r.What = "has failed with result " + k.Result + " and was kept"
	if !c.isLogin(k) {
		return r
	}
	session := sessions[k.Unit]
	r.What = session.String()
	r.ask()
	switch {
	case session.Unknown:
		r.leaveUnlessNamed("it may not be the login race")
	case !session.Race:
		r.leaveUnlessNamed("it is not the login race")
	}
	return r
}

// ask notes that a remnant is to be cleaned.
func (r *Remnant) ask() { r.Cleaned, r.Reason, r.unasked = true, nil, false }

// leave notes why a remnant is left.
func (r *Remnant) leave(why string) { r.Cleaned, r.Reason, r.unasked = false, &why, false }

// leaveUnlessNamed notes why a remnant is left that is cleaned once it is named.
func (r *Remnant) leaveUnlessNamed(why string) {
	r.leave(why)
	r.unasked = true
}

// named picks the units that were named, and cleans each.
func (c Cleaning) named(all []*Remnant) (list []*Remnant, missing []string) {
	for _, unit := range c.Units {
		i := slices.IndexFunc(all, func(r *Remnant) bool { return r.Name == unit })
		if i < 0 {
			missing = append(missing, unit)
			continue
		}
		all[i].ask()
		list = append(list, all[i])
	}
	return list, missing
}

// files finds old files of runs that exist no longer.
func (c Cleaning) files(ctx context.Context) (list []*Remnant, err error) {
	loaded, err := loadedUnits(ctx)
	if err != nil {
		return nil, fmt.Errorf("which runs exist is unknown, so that all files stay: %w", err)
	}
	for _, f := range state.Old(state.Dirs(), state.RuntimeDir(), oldAge, loaded) {
		age := f.Age.Seconds()
		r := &Remnant{Kind: "file", Name: f.Path(), What: fmt.Sprintf("was %s, %s ago", f.What, inWords(f.Age)), Age: &age, Cleaned: true, file: &f}
		if f.Why != nil {
			r.leave(f.Why.Error())
		}
		list = append(list, r)
	}
	return list, nil
}

// inWords is an age in days, or in hours.
func inWords(age time.Duration) string {
	switch hours := int(age.Hours()); {
	case hours == 1:
		return "an hour"
	case hours < 48:
		return fmt.Sprintf("%d hours", hours)
	}
	return fmt.Sprintf("%d days", int(age.Hours()/24))
}

// loadedUnits lists the scopes of all managers, and the services of hooks.
func loadedUnits(ctx context.Context) (list []string, err error) {
	ctx, cancel := asking(ctx)
	defer cancel()
	held, err := scope.Embedded.List(ctx)
	for _, l := range held {
		list = append(list, l.Unit)
	}
	if err != nil || scope.Here() == scope.Embedded {
		return list, err
	}
	ofSystem, err := scope.SystemManager.Loaded(ctx)
	if err != nil {
		return nil, err
	}
	list = append(list, ofSystem...)
	ofUser, err := scope.UserManager.Loaded(ctx)
	if isNoManager(ctx, err) {
		return list, nil // it does not run
	}
	return append(list, ofUser...), err
}

// cleanAll cleans what is to be cleaned. A dry run makes the same checks.
func (c Cleaning) cleanAll(ctx context.Context, list []*Remnant) (err error) {
	for _, r := range list {
		if !r.Cleaned {
			continue
		}
		e := r.clean(ctx, c.DryRun)
		if e == nil {
			continue
		}
		if r.leave(reasonOf(e)); !isInUse(e) {
			err = cmp.Or(err, fmt.Errorf("clean %s: %w", r.Name, e)) // the list has the others
		}
	}
	return err
}

// isInUse reports whether an error means that a remnant is none, or none any more.
func isInUse(err error) bool {
	var running *scope.NotEndedError
	return state.IsKept(err) || errors.As(err, &running)
}

// reasonOf is why a remnant is left, without its name.
func reasonOf(err error) string {
	if running := (*scope.NotEndedError)(nil); errors.As(err, &running) {
		return running.Why
	}
	return err.Error()
}

// clean cleans one remnant, or only checks that it can be cleaned. It takes no longer than other
// questions, however many remnants there are.
func (r *Remnant) clean(ctx context.Context, dryRun bool) error {
	ctx, cancel := asking(ctx)
	defer cancel()
	loaded := func() ([]string, error) { return loadedUnits(ctx) }
	switch {
	case r.file != nil && dryRun:
		return r.file.Check(loaded)
	case r.file != nil:
		return r.file.Remove(loaded)
	case dryRun:
		return nil
	case r.service != nil:
		return r.service.End(ctx, r.manager)
	case r.Kind == "empty":
		return r.manager.EndEmpty(ctx, r.kept)
	}
	s, err := scope.Open(ctx, r.manager, r.Name)
	if errors.Is(err, scope.ErrEnded) {
		return nil // somebody else has reset it
	}
	if err != nil {
		return err
	}
	return s.ResetFailed(ctx)
}

// PrintRemnants prints for people what was cleaned, or would be.
func PrintRemnants(out io.Writer, list []*Remnant, dryRun bool) error {
	if len(list) == 0 {
		_, err := text.Fprintf(out, "nothing to clean\n")
		return err
	}
	done := "cleaned"
	if dryRun {
		done = "would be cleaned"
	}
	table := text.NewTable(out)
	for _, r := range list {
		status, why := done, ""
		if !r.Cleaned {
			status, why = "left", "; left because: "+*r.Reason
		}
		if r.unasked {
			why += "; to clean it, name it"
		}
		text.Fprintf(table, "%s\t%s\t%s%s\n", status, r.Name, r.What, why)
	}
	return table.Flush() // returns the error of any write before
}

// NeedsRoot reports whether a name is that of a login's scope, which only root can clean.
func NeedsRoot(unit string) bool {
	return account.OwnUID() != 0 && strings.HasPrefix(unit, "session-")
}
