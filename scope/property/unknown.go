package property

import (
	"fmt"
	"strings"
)

// elsewhere says of names that look like a property what they are.
var elsewhere = map[string]string{
	"PIDs":       "it is set by what starts the scope: the processes that go in",
	"PIDFDs":     "it is set by what starts the scope: the processes that go in",
	"Controller": "it is set by what starts the scope, and would keep the stop signal from the processes",
	"AddRef":     "it is set by what starts the scope",
	"Conditions": "conditions are set one by one, as in ConditionPathExists=PATH",
	"Asserts":    "assertions are set one by one, as in AssertPathExists=PATH",

	"JobTimeoutSec":        "the manager takes it for no transient unit; JobRunningTimeoutSec does the same",
	"RequiresOverridable":  "it is obsolete; say Requires",
	"RequisiteOverridable": "it is obsolete; say Requisite",
}

// reverse are the dependencies that only the other unit can have, and what they
// are called there.
var reverse = map[string]string{
	"RequiredBy": "Requires", "RequisiteOf": "Requisite", "WantedBy": "Wants", "BoundBy": "BindsTo", "UpheldBy": "Upholds",
	"ConsistsOf": "PartOf", "ConflictedBy": "Conflicts", "OnSuccessOf": "OnSuccess", "OnFailureOf": "OnFailure",
	"Triggers": "", "TriggeredBy": "", "References": "", "ReferencedBy": "", "InSlice": "Slice", "SliceOf": "Slice",
}

// unknownReason says more than "unknown" where something else is meant.
func unknownReason(name string) string {
	if why, ok := elsewhere[name]; ok {
		return why
	}
	if forward, ok := reverse[name]; ok {
		return reverseReason(forward)
	}
	if owners := ownersOf(name); owners != "" {
		return fmt.Sprintf("scopes do not have it; %s do", owners)
	}
	for _, r := range table {
		switch {
		case strings.EqualFold(r.Name, name):
			return fmt.Sprintf("unknown property; did you mean %s?", r.Name)
		case r.wire == name, r.Name+"Scale" == name, r.Name+"Controllers" == name:
			return fmt.Sprintf("unknown property; it is written %s here", r.Name)
		}
	}
	if near := nearest(name); near != "" {
		return fmt.Sprintf("unknown property of scopes; did you mean %s?", near)
	}
	return "unknown property of scopes"
}

func reverseReason(forward string) string {
	if forward == "" {
		return "no unit can have it set: the manager makes it from other settings"
	}
	return fmt.Sprintf("the manager makes it from the other unit's %s, and for no transient unit", forward)
}

// nearest is the known name that takes the fewest changes to come from name, ""
// if it takes too many to be what was meant.
func nearest(name string) string {
	least, near := max(2, len(name)/4)+1, ""
	for _, r := range table {
		if d := distance(strings.ToLower(name), strings.ToLower(r.Name)); d < least {
			least, near = d, r.Name
		}
	}
	return near
}

// distance is how many characters have to be added, dropped or replaced to make b
// of a (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
