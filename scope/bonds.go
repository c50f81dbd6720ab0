package scope

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
	"gorun/internal/account"
	"gorun/internal/bus"
	"gorun/internal/logind"
	"gorun/internal/process"
	"gorun/internal/systemd1"
)

// AdoptReason says why a process is not adopted.
type AdoptReason string

// The reasons. InNamespace is about the caller, all others are about one process.
const (
	// NoProcess: there is no such process.
	NoProcess AdoptReason = "no such process"
	// Thread: the PID is that of a thread, and not of the first one of a process.
	Thread AdoptReason = "is a thread of a process"
	// Zombie: it has ended, and its parent has not waited for it.
	Zombie AdoptReason = "has ended: it is a zombie"
	// KernelThread: it is a thread of the kernel.
	KernelThread AdoptReason = "is a thread of the kernel"
	// Init: it is PID 1 or a user's manager, or helps one.
	Init AdoptReason = "is a service manager"
	// Itself: it is the process that adopts.
	Itself AdoptReason = "is the process that adopts"
	// OtherUser: it belongs to another user.
	OtherUser AdoptReason = "belongs to another user"
	// MainProcess: it is the main process of a service. The service's manager waits for the
	// end of that process, and stops the service for it.
	MainProcess AdoptReason = "is the main process of a service"
	// Supervised: it is in a scope that the [Adoption] spares.
	Supervised AdoptReason = "is supervised where it is"
	// OtherManager: it is in a unit of another user's manager.
	OtherManager AdoptReason = "belongs to another user's manager"
	// OtherUnit: it descends from a process that is adopted, and is in another unit. Somebody
	// has started it there, and it would lose that unit's limits.
	OtherUnit AdoptReason = "is in another unit"
	// Ended: it has ended since the adoption began.
	Ended AdoptReason = "has ended meanwhile"
	// InNamespace: the caller is in a cgroup namespace that the managers are not in.
	InNamespace AdoptReason = "inside a cgroup namespace, where no process can be moved"
	// NotMoved: an error has ended the adoption before it was moved.
	NotMoved AdoptReason = "has not been moved"
	// NotAllowed: the kernel or the manager has refused to move it.
	NotAllowed AdoptReason = "may not be moved"
)

// AdoptError means that a process is not adopted.
type AdoptError struct {
	PID    int // 0 if it is about no single process
	Reason AdoptReason
	Owner  int    // the process that has the [Thread]; 0 for other reasons
	Unit   string // the service or the scope that the reason is about; empty if it is about none
	User   string // the name of the other user, or the UID
	cause  error
}

func (e *AdoptError) Error() string {
	what := string(e.Reason)
	switch e.Reason {
	case InNamespace:
		return what
	case Ended:
		if e.PID == 0 {
			return "all processes have ended meanwhile"
		}
	case NoProcess:
		return fmt.Sprintf("process %d: %s", e.PID, what)
	case Thread:
		return fmt.Sprintf("%d is a thread of process %d", e.PID, e.Owner)
	case OtherUser:
		what = "belongs to " + e.User
	case MainProcess:
		what = "is the main process of " + e.Unit + ", whose manager would take it for dead"
	case Supervised:
		what = "is supervised in " + e.Unit
	case OtherUnit:
		what = "is in " + e.Unit + ", a unit of its own"
	case OtherManager:
		what = "is in " + e.Unit + " of another user's manager"
	case NotAllowed:
		if e.User != "" {
			what += ": it belongs to " + e.User
		}
	}
	return fmt.Sprintf("process %d %s", e.PID, what)
}

// Unwrap returns [unix.ESRCH] if there is no such process, and a [*NoProcessError] if it has ended.
func (e *AdoptError) Unwrap() error { return e.cause }

// bonds finds out what ties processes to where they are. Each unit is asked about once.
type bonds struct {
	spare string
	homes map[logind.Place]bool // the units of the processes that were asked for; nil if all are
	runs  map[string]bool       // of paths of cgroups: whether a unit has spare in its documentation
	mains map[string][]int      // of paths of cgroups: the processes that a service has by themselves
	// embedded lists the scopes without a manager.
	embedded func() []Listed
}

func newBonds(spare string, everywhere bool) *bonds {
	b := &bonds{spare: spare, runs: map[string]bool{}, mains: map[string][]int{}, embedded: sync.OnceValue(listEmbedded)}
	if !everywhere {
		b.homes = map[logind.Place]bool{}
	}
	return b
}

// check says why a process that was asked for cannot be adopted. The error is an
// [*AdoptError], or says that this cannot be found out.
func (b *bonds) check(ctx context.Context, pid int) error {
	no := func(r AdoptReason) error { return &AdoptError{PID: pid, Reason: r} }
	p, err := process.Read(pid)
	owner := process.OfThread(pid)
	switch {
	case pid <= 0 || errors.Is(err, unix.ESRCH):
		return &AdoptError{PID: pid, Reason: NoProcess, cause: unix.ESRCH}
	case err != nil:
		return err
	case pid == os.Getpid():
		return no(Itself)
	case pid == 1:
		return no(Init)
	case p.Kernel:
		return no(KernelThread)
	case owner != 0 && owner != pid:
		return &AdoptError{PID: pid, Reason: Thread, Owner: owner}
	case p.Zombie && process.IsExiting(pid):
		return no(Zombie)
	case p.UID != account.OwnUID():
		return &AdoptError{PID: pid, Reason: OtherUser, User: userName(p.UID)}
	}
	if b.homes != nil {
		b.homes[logind.PlaceOf(p.Cgroup)] = true
	}
	return b.checkPlace(ctx, pid, p.Cgroup)
}

// paneScope begins the names of the scopes that tmux makes for its panes. They have no limits.
const paneScope = "tmux-spawn-"

// checkHome says why a process that descends from those that were asked for is left in its cgroup.
func (b *bonds) checkHome(pid int, group string) error {
	place := logind.PlaceOf(group)
	isPane := place.Managed && strings.HasPrefix(place.Unit, paneScope)
	if b.homes == nil || b.homes[place] || place.Session != "" || isPane {
		return nil
	}
	return &AdoptError{PID: pid, Reason: OtherUnit, Unit: unitOf(group)}
}

// userName names a user to people.
func userName(uid int) string {
	if u, err := account.ByUID(uid); err == nil { // else it has no name
		return u.Name
	}
	return fmt.Sprintf("UID %d", uid)
}

// otherUser names the user of a process, unless it is the caller.
func otherUser(pid int) string {
	p, err := process.Read(pid)
	if err != nil || p.UID == account.OwnUID() {
		return ""
	}
	return userName(p.UID)
}

// checkPlace says why a process cannot be taken out of its cgroup.
func (b *bonds) checkPlace(ctx context.Context, pid int, group string) error {
	place := logind.PlaceOf(group)
	m, unit := SystemManager, place.Unit
	if place.Managed {
		m = UserManager
	}
	switch {
	case unit == "init.scope":
		return &AdoptError{PID: pid, Reason: Init}
	case place.Managed && place.User != account.OwnUID():
		return &AdoptError{PID: pid, Reason: OtherManager, Unit: unit}
	}
	if unit := b.embeddedUnit(group); unit != "" {
		return &AdoptError{PID: pid, Reason: Supervised, Unit: unit}
	}
	mains, err := b.mainsOf(ctx, m, unit, group)
	if err != nil {
		return err
	}
	if slices.Contains(mains, pid) {
		return &AdoptError{PID: pid, Reason: MainProcess, Unit: unit}
	}
	isRun, err := b.isRun(ctx, m, group)
	if err == nil && isRun {
		err = &AdoptError{PID: pid, Reason: Supervised, Unit: unit}
	}
	return err
}

// mainsOf lists the processes that a service has by themselves; none for another unit.
func (b *bonds) mainsOf(ctx context.Context, m Manager, unit, group string) ([]int, error) {
	list, ok := b.mains[group]
	if ok || !strings.HasSuffix(unit, ".service") {
		return list, nil
	}
	list, err := m.ServiceProcesses(ctx, unit)
	if err == nil {
		b.mains[group] = list
	}
	return list, err
}

// isRun reports whether a unit that contains a cgroup has the documentation of those that are
// spared: the scope, or a slice that was made for one.
func (b *bonds) isRun(ctx context.Context, m Manager, group string) (bool, error) {
	is, ok := b.runs[group]
	if ok || b.spare == "" {
		return is, nil
	}
	_, err := m.ask(ctx, func(conn *bus.Conn, _ endpoint) (err error) {
		for _, unit := range unitsAbove(group) {
			if is, err = hasDocumentation(ctx, conn, unit, b.spare); err != nil {
				return whileAsking("ask about "+unit, err)
			}
			if is {
				return nil
			}
		}
		return nil
	})
	if err == nil {
		b.runs[group] = is
	}
	return is, err
}

// embeddedUnit finds the [Embedded] scope that contains a cgroup, among those of the caller's that are
// spared. Empty if there is none.
func (b *bonds) embeddedUnit(group string) string {
	if b.spare == "" {
		return ""
	}
	for _, l := range b.embedded() {
		if cgroup.Contains(l.Cgroup, group) && slices.Contains(l.State.Documentation, b.spare) {
			return l.Unit
		}
	}
	return ""
}

// hasDocumentation reports whether a unit has a URI among its documentation.
func hasDocumentation(ctx context.Context, conn *bus.Conn, unit, uri string) (bool, error) {
	var list []string
	err := systemd1.Get(ctx, conn, unit, systemd1.Unit, "Documentation", &list)
	return slices.Contains(list, uri), err
}

// unitsAbove lists the scopes and slices that contain a cgroup and that one caller may have
// made, as far as the next manager. Sessions and the slices that everybody shares are left out.
//
//	/user.slice/user-1000.slice/user@1000.service/app.slice/app-build\x2d1f2e.slice/build.scope
func unitsAbove(group string) (units []string) {
	for ; group != "/" && group != "."; group = path.Dir(group) {
		name := strings.TrimPrefix(path.Base(group), "_")
		switch {
		case strings.HasPrefix(name, "user@"):
			return units
		case strings.HasPrefix(name, "session-") || !strings.Contains(name, "-") && strings.HasSuffix(name, sliceSuffix):
		case strings.HasSuffix(name, suffix), strings.HasSuffix(name, sliceSuffix):
			units = append(units, name)
		}
	}
	return units
}

// unitOf is the unit that a cgroup belongs to. A cgroup of another program's is its own.
func unitOf(group string) string { return cmp.Or(logind.PlaceOf(group).Unit, group) }
