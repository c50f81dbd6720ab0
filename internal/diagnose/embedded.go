package diagnose

import (
	"context"

	"gorun/scope"
)

// checkEmbedded says what gorun can do itself where no systemd runs. Elsewhere it finds nothing.
func checkEmbedded(context.Context, *patient) []Finding {
	if scope.Here() != scope.Embedded {
		return nil
	}
	at, controllers, err := scope.EmbeddedPlace()
	switch {
	case err != nil:
		return found(Warning, "mount cgroup2 where you may write to it, or have root delegate a cgroup",
			"runs have no cgroup, only time limits hold, and processes are followed as descendants: %v", err)
	case len(controllers) == 0:
		return found(Warning, "mount cgroup2 with controllers, or start gorun in a cgroup below one that shares its controllers and has no process",
			"runs have a cgroup of their own in %s, without controllers: only time limits hold", at)
	}
	return ok("runs have a cgroup of their own in %s, with the controllers %s", at, words(controllers))
}
