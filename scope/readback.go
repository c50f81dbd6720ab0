package scope

import (
	"context"
	"fmt"
	"os"
	"path"
	"reflect"
	"slices"
	"strings"

	"gorun/cgroup"
	"gorun/internal/bus"
	"gorun/internal/systemd1"
	"gorun/scope/property"
)

// readBack finds out whether the limits that were asked for are in force.
type readBack struct {
	scope       *Scope
	spec        Spec
	unit        string // that has the limits
	kind        systemd1.Kind
	path        string       // of its cgroup
	group       cgroup.Group // the zero Group as long as nothing was looked at
	controllers []string     // of the group
	conn        *bus.Conn    // to the manager, nil as long as it need not be asked
}

// readBack reads back what the scope itself has.
func (s *Scope) readBack(spec Spec) *readBack {
	return &readBack{scope: s, spec: spec, unit: s.Unit, kind: systemd1.Scope, path: s.Cgroup}
}

// readBackOfSlice reads back what the scope's own slice has.
func (s *Scope) readBackOfSlice(spec Spec) *readBack {
	group := s.figures()
	return &readBack{scope: s, spec: spec, unit: path.Base(group), kind: systemd1.Slice, path: group}
}

// check compares what was asked for with what the kernel shows and does. If a limit differs
// it asks the manager, which holds either another value, set by a drop-in, or the value
// that it was given and could not apply. Only the latter is an error.
func (r *readBack) check(ctx context.Context, asked []property.Property) error {
	defer r.close()
	for _, l := range standing(asked) {
		if err := r.checkLimit(ctx, l); err != nil {
			return err
		}
	}
	chosen := slices.DeleteFunc(slices.Clone(asked), func(p property.Property) bool {
		return r.spec.isDefault(p.Name()) || slices.Contains(ignoredOverrides, p.Name()) || isList(p.Value())
	})
	if len(chosen) == 0 || !mayHaveDropIn(r.unit, r.scope.Manager, os.Getenv) {
		return nil
	}
	if err := r.dial(ctx); err != nil {
		return err
	}
	r.findOverrides(ctx, chosen)
	return nil
}

// standing are the limits that ask for something and that no later assignment replaces.
func standing(asked []property.Property) (list []limit) {
	for i, p := range asked {
		if l := (limit{p}); p.Info().Controller != "" && !l.isOff() && !isSuperseded(asked, i) {
			list = append(list, l)
		}
	}
	return list
}

// checkLimit makes sure that a limit is in force.
func (r *readBack) checkLimit(ctx context.Context, l limit) error {
	if err := r.look(); err != nil {
		return err
	}
	inForce, overridden := r.isApplied(l), false
	if !inForce {
		if err := r.dial(ctx); err != nil {
			return err
		}
		inForce, overridden = r.readHeld(ctx, l)
		inForce = inForce || !overridden && l.holdsAnyway(r.group)
	}
	why := ""
	switch {
	case inForce:
		why = l.whyWithoutEffect(r.group)
	case l.isProvided(r.controllers, r.scope.Manager):
		why = l.whyNoDevice()
	}
	switch {
	case overridden:
		r.override(l.Property)
	case !inForce || why != "":
		return r.fail(l, why)
	default:
		r.noteMoot(l)
	}
	return nil
}

// isApplied reports whether the scope has what the limit needs, and the kernel shows it as
// it was asked for.
func (r *readBack) isApplied(l limit) bool {
	return l.isProvided(r.controllers, r.scope.Manager) && r.isAttached(l) && (!l.hasReader() || l.isShown(r.group, l.Value()))
}

// isAttached reports whether the manager has attached the program that the limit needs. It
// filters the addresses of a slice by programs of the scopes within.
func (r *readBack) isAttached(l limit) bool {
	if l.isAttached(r.group) {
		return true
	}
	group, err := cgroup.At(r.scope.Cgroup)
	return err == nil && r.kind == systemd1.Slice && l.isAttached(group)
}

// fail says why a limit is not in force.
func (r *readBack) fail(l limit, why string) error {
	e := r.limitError(l)
	e.why = why
	return r.tolerate(e)
}

// tolerate returns the error unless BestEffort makes it a warning.
func (r *readBack) tolerate(e *LimitError) error {
	if !r.spec.BestEffort {
		return e
	}
	r.scope.Unenforced = append(r.scope.Unenforced, e)
	return nil
}

// noteMoot notes a limit that changes nothing.
func (r *readBack) noteMoot(l limit) {
	if why := l.whyMoot(r.group); why != "" {
		r.scope.Moot = append(r.scope.Moot, Moot{l.Name(), l.Text(), why})
	}
	if _, asked := r.spec.Property("MemorySwapMax"); l.Name() == "MemoryMax" && !asked && mayUseSwap(r.group) {
		r.scope.Swap = swapOfMachine()
	}
}

// dial connects to the manager, once.
func (r *readBack) dial(ctx context.Context) (err error) {
	if r.conn != nil {
		return nil
	}
	if r.conn, err = r.scope.dial(ctx); err != nil {
		return fmt.Errorf("read back the properties of %s: %w", r.unit, err)
	}
	return nil
}

func (r *readBack) close() {
	if r.conn != nil {
		r.conn.Close()
	}
}

// look finds the scope's cgroup and its controllers, once.
func (r *readBack) look() (err error) {
	if r.group.Dir != "" {
		return nil
	}
	if r.scope.held != nil {
		r.group = r.scope.held.Group()
	} else if r.group, err = cgroup.At(r.path); err != nil {
		return err
	}
	r.controllers, err = r.group.Controllers()
	return err
}

// isSuperseded reports whether a later assignment takes the place of the i-th. Each
// device has a value of its own.
func isSuperseded(properties []property.Property, i int) bool {
	earlier, isOfDevice := properties[i].Value().([]property.DeviceValue)
	return slices.ContainsFunc(properties[i+1:], func(p property.Property) bool {
		later, _ := p.Value().([]property.DeviceValue)
		return p.Name() == properties[i].Name() &&
			(!isOfDevice || len(earlier) == 0 || len(later) == 0 || earlier[0].Path == later[0].Path)
	})
}

// readHeld asks for the value that the manager holds. The limit is in force with the number
// that the manager made of a share, and overridden by any other value than was asked for.
func (r *readBack) readHeld(ctx context.Context, l limit) (inForce, overridden bool) {
	value := r.held(ctx, l, r.unit, r.kind)
	if value == nil {
		return false, false
	}
	if l.isScale() {
		return l.hasReader() && l.isShown(r.group, value), false
	}
	return false, !l.isHeld(value)
}

// limitError says why a limit is not in force.
func (r *readBack) limitError(l limit) *LimitError {
	info := l.Info()
	e := &LimitError{Unit: r.unit, Manager: r.scope.Manager, Name: l.Name(), Value: l.Text(), File: info.File}
	switch e.inactive = l.isProvided(r.controllers, r.scope.Manager) && !r.isAttached(l); {
	case e.inactive, !l.isProvided(r.controllers, r.scope.Manager):
		e.Controller = info.Controller
		e.late = !e.inactive && isLate(r.scope.Cgroup, info.Controller)
	default:
		e.File, e.Shows = l.shown(r.group)
	}
	return e
}

// isLate reports whether the user manager of a scope has a controller for its own cgroup,
// user@UID.service, and not for the groups right below. It decides about these at its start.
func isLate(scope, controller string) bool {
	before, after, ok := strings.Cut(scope, "/user@")
	parts := strings.SplitN(after, "/", 3)
	if !ok || len(parts) < 2 {
		return false
	}
	service := before + "/user@" + parts[0]
	return hasController(service, controller) && !hasController(service+"/"+parts[1], controller)
}

// hasController reports whether a cgroup has a controller.
func hasController(path, controller string) bool {
	group, err := cgroup.At(path)
	if err != nil {
		return false
	}
	list, err := group.Controllers()
	return err == nil && slices.Contains(list, controller)
}

// ignoredOverrides are the properties that a drop-in may set without a warning.
var ignoredOverrides = []string{"Description", "Documentation", "CollectMode", "Slice"}

// findOverrides compares what was asked for with what the manager holds. Lists are left
// out: a drop-in adds to them.
func (r *readBack) findOverrides(ctx context.Context, asked []property.Property) {
	for i, p := range asked {
		if isSuperseded(asked, i) || r.isOverridden(p.Name()) {
			continue
		}
		held := reflect.New(reflect.TypeOf(p.Value()))
		for _, kind := range []systemd1.Kind{r.kind, systemd1.Unit} {
			err := systemd1.Get(ctx, r.conn, r.unit, kind, p.WireName(), held.Interface())
			if err == nil && held.Elem().Interface() != p.Value() {
				r.override(p)
			}
		}
	}
}

func (r *readBack) override(p property.Property) {
	r.scope.Overridden = append(r.scope.Overridden, Override{p.Name(), p.Text()})
}

func (r *readBack) isOverridden(name string) bool {
	return slices.ContainsFunc(r.scope.Overridden, func(o Override) bool { return o.Name == name })
}
