package scope

import (
	"fmt"

	"gorun/scope/property"
)

// Warnings lists what is surprising about Properties, each with its property in front; see
// [property.Property.Warning].
func (s Spec) Warnings() (list []string) {
	for _, p := range s.Properties {
		text := p.Warning()
		if text == "" && needsDelegate(p) && !s.delegates() {
			text = "it has no effect without Delegate=yes"
		}
		if text != "" {
			list = append(list, fmt.Sprintf("%s: %s", p, text))
		}
	}
	return list
}

// needsDelegate reports whether a property has no effect without Delegate.
func needsDelegate(p property.Property) bool {
	switch p.Name() {
	case "User", "Group":
		return p.Value() != ""
	case "CoredumpReceive":
		return p.Value() == true
	}
	return false
}

// delegates reports whether the processes own the scope's cgroup.
func (s Spec) delegates() bool {
	p, ok := s.Property("Delegate")
	return ok && p.Value() != false
}
