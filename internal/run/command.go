package run

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gorun/internal/quoting"
	"gorun/internal/supervise"
	"gorun/scope"
)

// command is COMMAND as it is started in the scope.
func (r *run) command() supervise.Command {
	c := supervise.Command{File: r.File, Args: r.Command, Dir: r.Dir, Nice: r.Nice, OOMScore: r.OOMScore, Identity: r.Identity}
	if here, err := os.Getwd(); c.Dir != "" && !filepath.IsAbs(c.File) && err == nil {
		c.File = here + "/" + c.File // not cleaned, since the path may have symbolic links
	}
	c.Env = merge(environment(os.Environ(), r.scope), r.Env)
	if r.Expand {
		var unset []string
		if c.Args, unset = quoting.Expand(r.Command, c.Env); len(unset) > 0 {
			r.Tell(Warning{&UnsetError{unset}})
		}
	}
	return c
}

// environment is the caller's environment, with the variables that describe the
// caller's unit replaced by those of the scope. Without a scope the process is still in
// the caller's unit.
func environment(caller []string, s *scope.Scope) []string {
	if s == nil {
		return caller
	}
	env := slices.DeleteFunc(slices.Clone(caller), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		switch name {
		case "INVOCATION_ID", "MEMORY_PRESSURE_WATCH", "MEMORY_PRESSURE_WRITE", "SYSTEMD_EXEC_PID":
			return true
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

// merge adds assignments to an environment. Later ones replace earlier ones.
func merge(env, assignments []string) []string {
	for _, assignment := range assignments {
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
