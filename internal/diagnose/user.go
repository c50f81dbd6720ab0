package diagnose

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
	"gorun/internal/account"
	"gorun/internal/logind"
	"gorun/scope"
)

// checkEnvironment checks that XDG_RUNTIME_DIR is the caller's.
func checkEnvironment(context.Context, *patient) []Finding {
	const fix = "unset XDG_RUNTIME_DIR DBUS_SESSION_BUS_ADDRESS, or use 'su -' and 'sudo -i'"
	dir := os.Getenv("XDG_RUNTIME_DIR")
	if dir == "" {
		return ok("XDG_RUNTIME_DIR is not set; gorun needs none")
	}
	var st unix.Stat_t
	if err := unix.Stat(dir, &st); err != nil {
		return found(Warning, fix, "XDG_RUNTIME_DIR is %s: %v", dir, err)
	}
	if uid := os.Geteuid(); int(st.Uid) != uid {
		return found(Warning, fix, "XDG_RUNTIME_DIR is %s, which belongs to UID %d, and this is UID %d", dir, st.Uid, uid)
	}
	return ok("XDG_RUNTIME_DIR is %s", dir)
}

// checkManager checks that the manager answers.
func checkManager(_ context.Context, p *patient) []Finding {
	m, info, err := p.manager, p.info, p.silent
	var none *scope.NoManagerError
	switch {
	case p.cause != nil:
		return foundCause(p.cause)
	case errors.Is(err, context.DeadlineExceeded) && m == scope.UserManager:
		return found(Problem, "sudo systemctl restart user@"+strconv.Itoa(account.OwnUID()), "your user manager does not answer")
	case errors.As(err, &none) && m == scope.UserManager:
		return ok("your user manager is not running; a run starts it, by lingering")
	case err != nil:
		return found(Problem, "", "%v", err)
	case info.State == "degraded":
		// It does not matter to runs.
		return ok("%s, though some unit has failed (see '%s --failed'), at %s", info.State, systemctl(m), info.Socket)
	}
	return ok("%s, at %s", info.State, info.Socket)
}

// checkControllers checks which limits the manager can apply.
func checkControllers(_ context.Context, p *patient) []Finding {
	if p.silent != nil || logind.InNamespace() {
		return nil // checkManager and checkCgroups report it
	}
	present, err := controllers("/")
	if err != nil {
		return nil // checkCgroups reports it
	}
	delegated, err := controllers("/" + p.info.Cgroup)
	if err != nil {
		return found(Problem, "", "%v", err)
	}
	if late, file := p.lateControllers(delegated); len(late) > 0 {
		return found(Warning, ReexecuteManager, "%s: delegated by %s, which is newer than your user manager; limits on these may not be applied until the manager starts again", words(late), file)
	}
	if missing := without(present, delegated); len(without(missing, wantedControllers)) < len(missing) {
		return found(Warning, "a drop-in for user@.service with [Service] Delegate=cpu cpuset io memory pids",
			"%s: not delegated to your user manager; limits on these are not applied", words(missing))
	}
	if len(delegated) == 0 {
		return found(Warning, "", "none: limits on %s are not applied", words(wantedControllers))
	}
	if missing := without([]string{"cpuset", "io"}, delegated); len(missing) > 0 && len(without(missing, present)) == 0 {
		return ok("%s; for limits on %s use the system manager", words(delegated), words(missing))
	}
	return ok("%s", words(delegated))
}

// controllers lists the controllers of a cgroup.
func controllers(path string) ([]string, error) {
	group, err := cgroup.At(path)
	if err != nil {
		return nil, err
	}
	return group.Controllers()
}

// checkLingering finds out why the user lingers, and gives back a lease that a crash left.
func checkLingering(ctx context.Context, p *patient) []Finding {
	switch {
	case p.manager == scope.SystemManager:
		return ok("root's runs need none: the system manager does not end")
	case p.hasNoUser():
		return nil // checkManager reports it
	}
	stale, err := scope.GiveBackStaleLease(ctx)
	var kept *scope.KeptLeaseError
	var unclear *scope.LeaseUnclearError
	switch {
	case errors.As(err, &kept):
		return keptLease(kept)
	case errors.As(err, &unclear):
		return found(Warning, "", "you linger for gorun scopes; whether any still exists is unknown: %v", unclear.Err)
	case err != nil:
		return found(Problem, "loginctl disable-linger, unless you want to linger", "a crash has left a lease, which cannot be given back: %v", err)
	case stale:
		return found(Warning, "", "a crash had left you lingering for runs that have ended; you no longer linger")
	}
	lease, err := logind.LeaseFor(account.OwnUID())
	if err != nil {
		return found(Problem, "", "%v", err)
	}
	reason, err := lease.Lingering()
	switch {
	case err != nil:
		return found(Problem, "", "%v", err)
	case reason == logind.Lingering:
		return ok("you linger: your user manager starts at boot and keeps running")
	case reason == logind.Leased:
		return ok("you linger while gorun scopes exist")
	}
	return ok("you do not linger; each run lets you linger until it ends")
}

// keptLease explains why the user lingers though no run exists.
func keptLease(e *scope.KeptLeaseError) []Finding {
	fix := fmt.Sprintf("'loginctl disable-linger %d' ends it and removes them; or remove what nothing needs, with ipcrm and rm, and check again", account.OwnUID())
	return found(Warning, fix, "you linger though no gorun scope exists: the end of that would remove %s (RemoveIPC=yes in logind.conf)", e.Objects)
}

// checkPolkit checks that polkit lets the user linger.
func checkPolkit(ctx context.Context, p *patient) []Finding {
	if p.manager == scope.SystemManager || p.hasNoUser() {
		return nil
	}
	allowed, err := logind.MayLinger(ctx)
	if allowed && err == nil {
		return ok("lets you linger")
	}
	user, lookErr := account.ByUID(account.OwnUID())
	if lookErr != nil {
		return found(Problem, "", "%v", lookErr)
	}
	how := Problem
	if verdict, err := logind.ManagerVerdict(ctx, account.OwnUID()); err == nil && verdict.Survives {
		how = Warning // lingering is not needed now
	}
	fix := "sudo loginctl enable-linger " + user.Argument()
	if err != nil {
		return found(how, fix+"; or install polkitd", "runs cannot make you linger: %v", err)
	}
	return found(how, fix+"; or a polkit rule that allows org.freedesktop.login1.set-self-linger", "does not let you linger, so that runs end with your user manager")
}

// checkLease checks that a lease can be noted and given back.
func checkLease(_ context.Context, p *patient) []Finding {
	if p.manager == scope.SystemManager || p.hasNoUser() {
		return nil
	}
	if missing := logind.MissingTools(); len(missing) > 0 {
		return found(Problem, "install "+words(missing), "taking and giving back the lease needs %s", words(missing))
	}
	lease, err := logind.LeaseFor(account.OwnUID())
	if err == nil {
		err = lease.Prepare()
	}
	if err != nil {
		return found(Problem, "make "+lease.Dir()+" writable for you, and for no other user", "the lease cannot be noted: %v", err)
	}
	return ok("is noted in %s", lease.Dir())
}

// checkMultiplexers finds servers that a logout ends.
func checkMultiplexers(ctx context.Context, _ *patient) []Finding {
	list, err := Audit(ctx)
	if err != nil {
		return found(Warning, "", "%v", err)
	}
	var mortal []Finding
	for _, a := range list {
		switch {
		case a.Multiplexer == nil:
		case a.Survives == nil:
			mortal = append(mortal, found(Warning, "",
				"what a logout does to the %s server, process %d, is unknown: %s", *a.Multiplexer, a.PID, a.Why)...)
		case !*a.Survives:
			mortal = append(mortal, found(Warning, Rescue(a),
				"the %s server, process %d, ends with the logout: %s", *a.Multiplexer, a.PID, a.Why)...)
		}
	}
	if len(mortal) == 0 {
		return ok("no server of a terminal multiplexer that a logout ends")
	}
	return mortal
}
