package main

import (
	"strings"

	"gorun/cgroup"
	"gorun/internal/logind"
	"gorun/scope"
)

// placement is the Slice property that --slice and --slice-inherit ask for, if they do.
func (o *options) placement() ([]assignment, error) {
	typed, name := "--slice="+o.slice, o.slice
	if o.slice != "" {
		mangled, err := scope.MangleSlice(o.slice)
		if err != nil {
			return nil, &usageError{option: typed, reason: err.Error()}
		}
		name = mangled
	}
	if o.inherit {
		typed += " --slice-inherit"
		own, err := cgroup.PathOf(0)
		switch {
		case err != nil:
			return nil, err
		case logind.InNamespace():
			return nil, &usageError{option: "--slice-inherit", reason: "your slice is unknown: inside a cgroup namespace"}
		}
		name = below(o.callersSlice(own), name)
	}
	if name == "" {
		return nil, nil
	}
	return []assignment{{"Slice=" + name, strings.TrimPrefix(typed, "--slice= ")}}, nil
}

// callersSlice is the slice that a cgroup is in, as the scope's manager names it. A
// session's scope is not a user manager's: the nearest slice is then the root slice.
func (o *options) callersSlice(group string) string {
	if o.isOfUser() {
		_, after, ok := strings.Cut(group, "/user@")
		_, group, _ = strings.Cut(after, "/")
		if !ok {
			return rootSlice
		}
	}
	slice := rootSlice
	for name := range strings.SplitSeq(strings.Trim(group, "/"), "/") {
		if !strings.HasSuffix(name, ".slice") {
			break
		}
		slice = name
	}
	return slice
}

// rootSlice contains all other slices.
const rootSlice = "-.slice"

// below names a slice within another: a.slice and b.slice make a-b.slice.
func below(outer, inner string) string {
	switch {
	case inner == "":
		return outer
	case outer == rootSlice:
		return inner
	}
	return strings.TrimSuffix(outer, ".slice") + "-" + inner
}

// isOfUser reports whether a user manager runs the scope.
func (o *options) isOfUser() bool { return o.manager.OfUser() }
