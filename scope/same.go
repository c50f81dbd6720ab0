package scope

import (
	"context"
	"errors"
	"os"
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
	"gorun/internal/systemd1"
	"gorun/scope/property"
)

// checkHas makes sure that the running scope has the properties that spec asks for. A
// property that a drop-in may have changed is noted in Overridden, and one that is missing
// with BestEffort in Unenforced.
func (s *Scope) checkHas(ctx context.Context, spec Spec) error {
	properties, err := spec.properties()
	if err != nil {
		return err
	}
	properties = slices.DeleteFunc(properties, func(p property.Property) bool { return isLabel(p) || spec.isDefault(p.Name()) })
	own, ofSlice := properties, []property.Property(nil)
	if s.hasOwnSlice() {
		own, ofSlice = splitForSlice(properties)
	}
	if err := s.readBackOfSlice(spec).checkHas(ctx, ofSlice); err != nil {
		return err
	}
	return s.readBack(spec).checkHas(ctx, own)
}

// isLabel reports whether a property says nothing about what the scope's processes may do:
// it describes the scope, says what becomes of the unit at its end, or when it is started.
func isLabel(p property.Property) bool {
	return slices.Contains([]string{"Description", "Documentation", "CollectMode"}, p.Name()) ||
		strings.HasPrefix(p.Name(), "Condition") || strings.HasPrefix(p.Name(), "Assert")
}

// checkHas compares what is asked for with what the unit has.
func (r *readBack) checkHas(ctx context.Context, asked []property.Property) error {
	defer r.close()
	for i, p := range asked {
		if isSuperseded(asked, i) {
			continue
		}
		if err := r.checkHasOne(ctx, limit{p}); err != nil {
			return err
		}
	}
	return nil
}

// checkHasOne compares one property, and makes sure that a limit is in force: the scope may
// have been started with BestEffort.
func (r *readBack) checkHasOne(ctx context.Context, l limit) error {
	has, err := r.has(ctx, l)
	switch {
	case err != nil:
		return err
	case !has:
		return r.miss(l)
	case l.Info().Controller == "" || l.isOff() || isInNamespace():
		return nil
	}
	return r.checkLimit(ctx, l)
}

// has reports whether the unit has a property as it is asked for. The kernel is asked first,
// if it shows the property.
func (r *readBack) has(ctx context.Context, l limit) (bool, error) {
	if r.lacksSlice(l) {
		return false, nil
	}
	if l.hasReader() && !isInNamespace() {
		err := r.look()
		if errors.Is(err, cgroup.ErrGone) {
			return false, ErrEnded
		}
		if err == nil && r.isApplied(l) {
			return true, nil
		}
	}
	if err := r.dial(ctx); err != nil {
		return false, err
	}
	held := r.ask(ctx, l)
	if l.Name() == "Slice" && r.scope.hasOwnSlice() {
		held = outerSlice(path.Base(r.scope.figures()))
	}
	return l.isSameAs(held), nil
}

// ask asks the manager for the value that it holds; nil if it does not say.
func (r *readBack) ask(ctx context.Context, l limit) any {
	for _, kind := range []systemd1.Kind{r.kind, systemd1.Unit} {
		if held := r.held(ctx, l, r.unit, kind); held != nil {
			return held
		}
	}
	return nil
}

// miss says that the running unit lacks a property. As with a scope that is started, a
// drop-in's value wins, and with BestEffort it is no error.
func (r *readBack) miss(l limit) error {
	if mayHaveDropIn(r.unit, r.scope.Manager, os.Getenv) {
		r.override(l.Property)
		return nil
	}
	e := &LimitError{Unit: r.unit, Manager: r.scope.Manager, Name: l.Name(), Value: l.Text(), Running: true}
	if r.lacksSlice(l) {
		e.why = "the scope that runs has no slice of its own"
	}
	return r.tolerate(e)
}

// lacksSlice reports whether the limit is asked for on a slice that the scope does not have.
func (r *readBack) lacksSlice(l limit) bool {
	return r.spec.OwnSlice && !r.scope.hasOwnSlice() && isForSlice(l.Property) && !l.isOff()
}

// isSameAs reports whether the manager holds what was asked for. It keeps lists in an order
// of its own, and adds what others ask for.
func (l limit) isSameAs(held any) bool {
	switch asked := l.Value().(type) {
	case []byte: // a set
		return l.isHeld(held)
	case uint32:
		if l.isScale() {
			number, ok := held.(uint64)
			return ok && l.isShare(asked, number)
		}
	}
	if !isList(l.Value()) {
		return held == l.Value()
	}
	asked, has := reflect.ValueOf(l.Value()), reflect.ValueOf(held)
	if asked.Kind() != reflect.Slice || has.Kind() != reflect.Slice {
		return reflect.DeepEqual(l.Value(), held)
	}
	for i := range asked.Len() {
		if !contains(has, asked.Index(i)) {
			return false
		}
	}
	return true
}

// contains reports whether a slice has an element.
func contains(list, element reflect.Value) bool {
	for i := range list.Len() {
		if reflect.DeepEqual(list.Index(i).Interface(), element.Interface()) {
			return true
		}
	}
	return false
}

// isShare reports whether a number is the share of what the machine has, a fraction of 2^32.
// The manager may have counted before memory was added, and rounds.
func (l limit) isShare(share uint32, number uint64) bool {
	want := float64(share) / (1 << 32) * total(l.Name())
	return float64(number) > 0.98*want && float64(number) < 1.02*want
}

// total is how much the machine has of what a property limits: tasks, or bytes of memory.
func total(name string) float64 {
	if name == "TasksMax" {
		return min(readNumber("/proc/sys/kernel/pid_max"), readNumber("/proc/sys/kernel/threads-max"))
	}
	var machine unix.Sysinfo_t
	unix.Sysinfo(&machine) // cannot fail: the pointer is valid
	return float64(machine.Totalram) * float64(machine.Unit)
}

// readNumber reads a file with a number; 0 if that fails.
func readNumber(file string) float64 {
	data, _ := os.ReadFile(file)
	n, _ := strconv.ParseFloat(strings.TrimSpace(string(data)), 64)
	return n
}

// outerSlice is the slice that a slice is in: app.slice for app-x.slice.
func outerSlice(name string) string {
	stem := strings.TrimSuffix(name, sliceSuffix)
	i := strings.LastIndex(stem, "-")
	if i < 0 {
		return "-" + sliceSuffix
	}
	return stem[:i] + sliceSuffix
}
