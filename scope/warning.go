package scope

import "fmt"

// Warning says what is surprising about a property that is legal all the same: that
// it has no effect, or not the one that its name promises. Empty if nothing is.
func (p Property) Warning() string {
	row := p.Info()
	if row.futile != "" {
		return "it has no effect: " + row.futile
	}
	return row.surprising[p.text]
}

// Warnings lists what is surprising about the properties that are asked for, each
// with its property in front; see [Property.Warning].
func (s Spec) Warnings() (list []string) {
	for _, p := range s.Properties {
		text := p.Warning()
		if text == "" && p.needsDelegate() && !s.delegates() {
			text = "it has no effect without Delegate=yes"
		}
		if text != "" {
			list = append(list, fmt.Sprintf("%s: %s", p, text))
		}
	}
	return list
}

// needsDelegate tells properties of a delegated cgroup.
func (p Property) needsDelegate() bool {
	switch p.name {
	case "User", "Group":
		return p.value != ""
	case "CoredumpReceive":
		return p.value == true
	}
	return false
}

// delegates tells whether the processes are given the scope's cgroup.
func (s Spec) delegates() bool {
	p, ok := s.Property("Delegate")
	return ok && p.value != false
}
