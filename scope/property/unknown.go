package property

import (
	"fmt"
	"strings"
)

// elsewhere says why some names that look like properties cannot be set.
func elsewhere() map[string]string {
	return map[string]string{
		"PIDs":       "set by the launcher: the processes in the scope",
		"PIDFDs":     "set by the launcher: the processes in the scope",
		"Controller": "set by the launcher; it would keep the stop signal from the processes",
		"AddRef":     "set by the launcher",
		"Conditions": "conditions are set one by one, as in ConditionPathExists=PATH",
		"Asserts":    "assertions are set one by one, as in AssertPathExists=PATH",

		"JobTimeoutSec":        "not supported for transient units; JobRunningTimeoutSec does the same",
		"RequiresOverridable":  "obsolete; use Requires",
		"RequisiteOverridable": "obsolete; use Requisite",
	}
}

// reverse are the dependencies that only the other unit can declare, and how they are
// called there.
func reverse() map[string]string {
	return map[string]string{
		"RequiredBy": "Requires", "RequisiteOf": "Requisite", "WantedBy": "Wants", "BoundBy": "BindsTo", "UpheldBy": "Upholds",
		"ConsistsOf": "PartOf", "ConflictedBy": "Conflicts", "OnSuccessOf": "OnSuccess", "OnFailureOf": "OnFailure",
		"Triggers": "", "TriggeredBy": "", "References": "", "ReferencedBy": "", "InSlice": "Slice", "SliceOf": "Slice",
	}
}

// unknownReason says why a property is unknown, and which one may be meant.
func unknownReason(name string) string {
	if why, ok := elsewhere()[name]; ok {
		return why
	}
	if forward, ok := reverse()[name]; ok {
		return reverseReason(forward)
	}
	if owners := OwnersOf(name); owners != "" {
		return fmt.Sprintf("scopes do not have it; %s do", owners)
	}
	for _, r := range table() {
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
		return "read-only: the manager derives it from other settings"
	}
	return fmt.Sprintf("not supported for transient units; it follows from the other unit's %s", forward)
}

// nearest is the known name that differs least from name, "" if none is near enough to be
// what was meant.
func nearest(name string) string {
	least, near := max(2, len(name)/4)+1, ""
	for _, r := range table() {
		if d := distance(strings.ToLower(name), strings.ToLower(r.Name)); d < least {
			least, near = d, r.Name
		}
	}
	return near
}

// distance is the number of characters to add, drop or replace to turn a into b
// (Levenshtein).
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
