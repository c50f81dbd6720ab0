package main

import "slices"

// trial is a use of the prefix that is to look as it does without one. Exported
// fields are for who compares.
type trial struct {
	Group string // what it is about
	Name  string
	// Reason says why it is not as without the prefix under gorun, empty if it is.
	Reason string `json:",omitempty"`
	// ReasonExec says the same for gorun --exec.
	ReasonExec string `json:",omitempty"`
	// OnlyFor is the prefix that the trial has a meaning for, such as gorun; empty
	// for all and none. Want is then what has to be seen.
	OnlyFor string `json:",omitempty"`
	Want    string `json:",omitempty"`

	script string // for sh -c, without a terminal
	shell  string // instead of bash
	dialog []step // at a terminal; with script, that is what the terminal starts
}

// all are the trials, in their order.
func all() []trial {
	return slices.Concat(
		group("How it ends", statuses()),
		group("What it inherits", inheritances()),
		group("Signals without a terminal", signalsSent()),
		group("At a terminal", atTerminals()),
		group("Programs and what calls them", programs()),
		group("The scope", inScopes()),
	)
}

func group(name string, trials []trial) []trial {
	for i := range trials {
		trials[i].Group = name
	}
	return trials
}

// inShells is the same trial in bash and in dash.
func inShells(t trial) []trial {
	dash := t
	dash.Name, dash.shell = t.Name+", dash", "dash"
	return []trial{t, dash}
}
