package main

import (
	"context"
	"errors"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
	"gorun/internal/account"
	"gorun/internal/logind"
	"gorun/scope"
)

// checkEnvironment looks whether XDG_RUNTIME_DIR is the caller's.
func checkEnvironment(context.Context, *patient) []finding {
	const mend = "unset XDG_RUNTIME_DIR DBUS_SESSION_BUS_ADDRESS, or use 'su -' and 'sudo -i'"
	dir := os.Getenv("XDG_RUNTIME_DIR")
	if dir == "" {
		return ok("XDG_RUNTIME_DIR is not set; gorun needs none")
	}
	var st unix.Stat_t
	if err := unix.Stat(dir, &st); err != nil {
		return found(warning, mend, "XDG_RUNTIME_DIR is %s: %v", dir, err)
	}
	if uid := os.Geteuid(); int(st.Uid) != uid {
		return found(warning, mend, "XDG_RUNTIME_DIR is %s, which belongs to UID %d, and this is UID %d", dir, st.Uid, uid)
	}
	return ok("XDG_RUNTIME_DIR is %s", dir)
}

// checkManager looks whether the manager answers.
func checkManager(_ context.Context, p *patient) []finding {
	m, info, err := p.manager, p.info, p.silent
	var none *scope.NoManagerError
	switch {
	case errors.Is(err, context.DeadlineExceeded) && m == scope.UserManager:
		return found(problem, "sudo systemctl restart user@"+strconv.Itoa(os.Geteuid()), "your manager does not answer")
	case errors.As(err, &none) && m == scope.UserManager:
		return ok("your manager does not run; a run starts it, by lingering")
	case err != nil:
		return found(problem, "", "%v", err)
	case info.State == "degraded":
		// Of no consequence for runs.
		return ok("%s, though some unit has failed (see 'systemctl%s --failed'), at %s", info.State, userOption(m), info.Socket)
	}
	return ok("%s, at %s", info.State, info.Socket)
}

// checkControllers looks which limits the manager can apply.
func checkControllers(_ context.Context, p *patient) []finding {
	if p.silent != nil {
		return nil // told already
	}
	present, err := controllers("/")
	if err != nil {
		return nil // likewise
	}
	delegated, err := controllers("/" + p.info.Cgroup)
	if err != nil {
		return found(problem, "", "%v", err)
	}
	if missing := without(present, delegated); len(without(missing, wantedControllers)) < len(missing) {
		return found(warning, "a drop-in for user@.service with [Service] Delegate=cpu cpuset io memory pids",
			"your manager has not got %s: limits on these are not applied", words(missing))
	}
	if missing := without([]string{"cpuset", "io"}, delegated); len(missing) > 0 && len(without(missing, present)) == 0 {
		return ok("%s; for limits on %s use the system's manager", words(delegated), words(missing))
	}
	return ok("%s", words(delegated))
}

// controllers lists those that a group has.
func controllers(path string) ([]string, error) {
	group, err := cgroup.At(path)
	if err != nil {
		return nil, err
	}
	return group.Controllers()
}

// checkLingering looks whose lingering there is, and gives back what a crash left.
func checkLingering(ctx context.Context, p *patient) []finding {
	if p.manager == scope.SystemManager {
		return ok("root's runs need none: the system's manager does not end")
	}
	stale, err := scope.GiveBackStaleLease(ctx)
	if err != nil {
		return found(problem, "loginctl disable-linger, unless you want to linger", "a lease that a crash left cannot be given back: %v", err)
	}
	if stale {
		return found(warning, "", "a crash had left you lingering for runs that are no more; that is given back now")
	}
	lease, err := logind.LeaseFor(os.Geteuid())
	if err != nil {
		return found(problem, "", "%v", err)
	}
	reason, err := lease.Lingering()
	switch {
	case err != nil:
		return found(problem, "", "%v", err)
	case reason == logind.Lingering:
		return ok("you linger: your manager starts at boot and stays")
	case reason == logind.Leased:
		return ok("you linger while gorun scopes live")
	}
	return ok("you do not linger; a run does for as long as it lives")
}

// checkPolkit looks whether the lease can be had.
func checkPolkit(ctx context.Context, p *patient) []finding {
	if p.manager == scope.SystemManager {
		return nil
	}
	allowed, err := logind.MayLinger(ctx)
	if allowed && err == nil {
		return ok("lets you linger")
	}
	user, lookErr := account.ByUID(os.Geteuid())
	if lookErr != nil {
		return found(problem, "", "%v", lookErr)
	}
	how := problem
	if verdict, err := logind.ManagerVerdict(ctx, os.Geteuid()); err == nil && verdict.Survives {
		how = warning // it is not needed now
	}
	mend := "sudo loginctl enable-linger " + user.Name
	if err != nil {
		return found(how, mend+"; or install polkitd", "runs cannot make you linger: %v", err)
	}
	return found(how, mend+"; or a polkit rule that allows org.freedesktop.login1.set-self-linger", "does not let you linger, so that runs end with your manager")
}

// checkLease looks whether the lease can be noted and given back.
func checkLease(_ context.Context, p *patient) []finding {
	if p.manager == scope.SystemManager {
		return nil
	}
	if missing := logind.MissingTools(); len(missing) > 0 {
		return found(problem, "install them", "taking and giving back the lease needs %s", words(missing))
	}
	lease, err := logind.LeaseFor(os.Geteuid())
	if err == nil {
		err = lease.Prepare()
	}
	if err != nil {
		return found(problem, "make it writable for you", "the lease cannot be noted: %v", err)
	}
	return ok("is noted in %s", lease.Folder())
}

// checkFailedRuns looks for runs of gorun's that failed and were kept.
func checkFailedRuns(ctx context.Context, p *patient) []finding {
	if p.silent != nil {
		return nil // told already
	}
	failed, err := p.manager.Failed(ctx, "gorun-*.scope")
	switch {
	case err != nil:
		return found(warning, "", "%v", err)
	case len(failed) == 0:
		return ok("no failed gorun-*.scope")
	}
	var list []finding
	for _, f := range failed {
		list = append(list, found(warning, "gorun --clean, or systemctl"+userOption(p.manager)+" reset-failed "+f.Unit,
			"%s has failed with result %s and was kept", f.Unit, f.Result)...)
	}
	return list
}

// checkMultiplexers looks for servers that a logout ends.
func checkMultiplexers(ctx context.Context, _ *patient) []finding {
	list, err := auditAll(ctx)
	if err != nil {
		return found(warning, "", "%v", err)
	}
	var mortal []finding
	for _, a := range list {
		if a.Multiplexer != nil && !a.Survives {
			pid := strconv.Itoa(a.PID)
			mortal = append(mortal, found(warning, "gorun --adopt "+pid,
				"the %s server, process %s, ends with the logout: %s", *a.Multiplexer, pid, a.Why)...)
		}
	}
	if len(mortal) == 0 {
		return ok("no tmux or screen server that a logout ends")
	}
	return mortal
}
