package main

import (
	"path/filepath"
	"slices"
	"strings"

	"gorun/scope"
)

// environment is COMMAND's: the caller's, with what describes its unit brought up
// to date. Without a scope it is still in the caller's unit.
func environment(caller []string, s *scope.Scope) []string {
	if s == nil {
		return caller
	}
	env := slices.DeleteFunc(slices.Clone(caller), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		switch name {
		case "INVOCATION_ID", "MEMORY_PRESSURE_WATCH", "MEMORY_PRESSURE_WRITE", "SYSTEMD_EXEC_PID":
			return true // of the unit that is left behind
		}
		return false
	})
	if s.InvocationID != "" {
		env = append(env, "INVOCATION_ID="+s.InvocationID)
	}
	if s.Manager == scope.UserManager {
		env = setDefault(env, "XDG_RUNTIME_DIR", s.RuntimeDir())
		env = setDefault(env, "DBUS_SESSION_BUS_ADDRESS", "unix:path="+filepath.Join(s.RuntimeDir(), "bus"))
	}
	return env
}

// merge puts assignments over an environment, later ones over earlier ones.
func merge(env []string, over ...[]string) []string {
	for _, assignment := range slices.Concat(over...) {
		name, _, _ := strings.Cut(assignment, "=")
		env = slices.DeleteFunc(env, func(v string) bool { return strings.HasPrefix(v, name+"=") })
		env = append(env, assignment)
	}
	return env
}

// setDefault sets a variable that is not set.
func setDefault(env []string, name, value string) []string {
	if slices.ContainsFunc(env, func(v string) bool { return strings.HasPrefix(v, name+"=") }) {
		return env
	}
	return append(env, name+"="+value)
}
