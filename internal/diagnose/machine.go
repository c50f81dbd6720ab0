package diagnose

import (
	"context"
	"slices"

	"gorun/internal/account"
	"gorun/internal/cause"
	"gorun/internal/logind"
	"gorun/internal/quoting"
	"gorun/scope"
	"gorun/scope/property"
)

// oldestSystemd is the oldest version that gorun is tested with.
const oldestSystemd = 252

// checkSystemd looks at PID 1.
func checkSystemd(ctx context.Context, _ *patient) []Finding {
	info, err := scope.SystemManager.Info(ctx)
	if c := cause.Of(ctx, scope.SystemManager, err); c != nil {
		return foundCause(c)
	}
	if err != nil {
		return found(Problem, "sudo systemctl restart dbus.socket", "the system manager does not answer: %v", err)
	}
	if logind.MajorVersion(info.Version) < oldestSystemd {
		return found(Warning, "update systemd", "%s is older than %d, the oldest that gorun is tested with", info.Version, oldestSystemd)
	}
	if risk := logind.RiskOf(info.Version); risk != nil {
		return found(Warning, UpdateForLingering, "%v", risk)
	}
	return ok("%s, %s", info.Version, info.State)
}

// UpdateForLingering says what to do about a [*logind.RiskError].
const UpdateForLingering = "update systemd to 256.3 or later"

// checkCgroups looks for cgroup v2 and its controllers.
func checkCgroups(context.Context, *patient) []Finding {
	if logind.InNamespace() {
		return found(Warning, "run gorun outside of the container or sandbox",
			"inside a cgroup namespace: what a logout does is unknown, and limits cannot be read back")
	}
	present, err := controllers("/")
	if err != nil {
		return found(Problem, "boot with systemd.unified_cgroup_hierarchy=1", "no cgroup v2: %v", err)
	}
	if missing := without(wantedControllers, present); len(missing) > 0 {
		return found(Warning, "boot with systemd.unified_cgroup_hierarchy=1, without cgroup_disable=",
			"cgroup v2, without %s: limits on these are not applied", words(missing))
	}
	return ok("cgroup v2, with %s", words(present))
}

// wantedControllers are those of the common limits.
var wantedControllers = []string{"cpu", "memory", "pids"}

// without returns what is in wanted and not in present.
func without(wanted, present []string) []string {
	return slices.DeleteFunc(slices.Clone(wanted), func(c string) bool { return slices.Contains(present, c) })
}

// checkLogind looks at what logind does at logout.
func checkLogind(ctx context.Context, _ *patient) []Finding {
	rules, err := logind.ReadRules(ctx)
	if err != nil {
		return found(Problem, "sudo systemctl start systemd-logind", "%v", err)
	}
	text := "KillUserProcesses=no"
	switch {
	case len(rules.KillOnlyUsers) > 0:
		text = "KillOnlyUsers=" + words(rules.KillOnlyUsers)
	case rules.KillUserProcesses:
		text = "KillUserProcesses=yes"
	}
	if len(rules.KillExcludeUsers) > 0 {
		text += ", KillExcludeUsers=" + words(rules.KillExcludeUsers)
	}
	return ok("%s, UserStopDelaySec=%s: gorun's scopes survive either way", text, property.FormatSpan(rules.StopDelay))
}

// checkFailedSessions explains failed session scopes, which people find and wonder
// about.
func checkFailedSessions(ctx context.Context, _ *patient) []Finding {
	failed, err := scope.SystemManager.Failed(ctx, "session-*.scope")
	if err != nil {
		return found(Warning, "", "%v", err)
	}
	var list []Finding
	sessions := cause.OfSessions(ctx, failed)
	for _, f := range failed {
		fix := "sudo gorun --clean"
		session := sessions[f.Unit]
		if !session.Race && !(session.Unknown && account.OwnUID() != 0) { // root can read the journal
			unit := quoting.Word(f.Unit)
			fix = "see 'journalctl -u " + unit + "', then sudo gorun --clean " + unit
		}
		list = append(list, found(Warning, fix, "%s %v", f.Unit, session)...)
	}
	if len(list) == 0 {
		return ok("no failed session-*.scope")
	}
	return list
}
