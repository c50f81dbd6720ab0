package scope

import (
	"fmt"

	"gorun/scope/property"
)

// Warnings lists what is surprising about the properties that are asked for, each
// with its property in front; see [Property.Warning].
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

// needsDelegate tells properties of a delegated cgroup.
func needsDelegate(p property.Property) bool {
	switch p.Name() {
	case "User", "Group":
		return p.Value() != ""
	case "CoredumpReceive":
		return p.Value() == true
	}
	return false
}

// delegates tells whether the processes are given the scope's cgroup.
func (s Spec) delegates() bool {
	p, ok := s.Property("Delegate")
	return ok && p.Value() != false
}
