package main

import "slices"

// trial is a use of the prefix. The observations should be the same as without a prefix.
// Exported fields are for the program that compares.
type trial struct {
	Group string // the subject
	Name  string
	// Reason says why gorun differs from no prefix, empty if it does not.
	Reason string `json:",omitempty"`
	// ReasonExec says why gorun --exec differs.
	ReasonExec string `json:",omitempty"`
	// ReasonOptions says why gorun with options that change how COMMAND is started differs.
	ReasonOptions string `json:",omitempty"`
	// OnlyFor is the only prefix to try, such as gorun; empty means any prefix and
	// none. If it is set, Want has the expected observations.
	OnlyFor string `json:",omitempty"`
	Want    string `json:",omitempty"`

	script string // for sh -c, without a terminal
	shell  string // instead of bash
	dialog []step // at a terminal; if script is set, the terminal starts it
}

// all returns the trials in their order.
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

// inShells returns the same trial for bash and for dash.
func inShells(t trial) []trial {
	dash := t
	dash.Name, dash.shell = t.Name+", dash", "dash"
	return []trial{t, dash}
}

// Reasons for options of gorun.
const (
	madeAbsolute = "--working-directory makes a relative path of COMMAND absolute"
	setsNiceness = "--nice sets the niceness"
)
