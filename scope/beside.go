package scope

import (
	"context"
	"os"
	"path"
	"reflect"
	"slices"
	"strings"

	"gorun/internal/systemd1"
	"gorun/scope/property"
)

// checkBeside looks for drop-ins that give the scope itself a stricter limit than its own
// slice has. Both limits hold, so the drop-in's wins.
func (r *readBack) checkBeside(ctx context.Context, limits []property.Property) error {
	defer r.close()
	list := standing(limits)
	if len(list) == 0 || !mayHaveDropIn(r.unit, r.scope.Manager, os.Getenv) {
		return nil
	}
	if err := r.dial(ctx); err != nil {
		return err
	}
	for _, l := range list {
		ofScope := r.held(ctx, l, r.unit, systemd1.Scope)
		ofSlice := r.held(ctx, l, path.Base(r.scope.figures()), systemd1.Slice)
		if l.isStricter(ofScope, ofSlice) && !r.isOverridden(l.Name()) {
			r.override(l.Property)
		}
	}
	return nil
}

// held is the value that the manager holds for a unit; nil if it does not say.
func (r *readBack) held(ctx context.Context, l limit, unit string, kind systemd1.Kind) any {
	held := l.receiver()
	if err := systemd1.Get(ctx, r.conn, unit, kind, l.askedAs(), held); err != nil {
		return nil
	}
	return reflect.ValueOf(held).Elem().Interface()
}

// isStricter reports whether a unit that holds one value may do less than one that holds
// another. Weights and protections say nothing about what a unit may do. To lists, units add.
func (l limit) isStricter(held, than any) bool {
	switch held := held.(type) {
	case uint64:
		other, ok := than.(uint64)
		return ok && l.isCeiling() && held < other
	case []byte: // a set; an empty one allows all
		other, ok := than.([]byte)
		return ok && len(held) > 0 && !isSubset(other, held)
	case string:
		other, ok := than.(string)
		return ok && slices.Index(devicePolicies, held) > slices.Index(devicePolicies, other)
	case []property.DeviceValue:
		others, _ := than.([]property.DeviceValue)
		return l.isCeiling() && slices.ContainsFunc(held, func(d property.DeviceValue) bool { return isLess(d, others) })
	}
	return false
}

// devicePolicies are the values of DevicePolicy=, the strictest last.
var devicePolicies = []string{"auto", "closed", "strict"}

// isCeiling reports whether the property bounds what a unit may use.
func (l limit) isCeiling() bool {
	return l.Name() == "CPUQuota" || strings.HasSuffix(l.Name(), "Max") || strings.HasSuffix(l.Name(), "High")
}

// isLess reports whether a device's value is less than the one that others have for it.
func isLess(d property.DeviceValue, others []property.DeviceValue) bool {
	return slices.ContainsFunc(others, func(o property.DeviceValue) bool { return o.Path == d.Path && d.Value < o.Value })
}
