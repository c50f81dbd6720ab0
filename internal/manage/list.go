package manage

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"gorun/cgroup"
	"gorun/internal/account"
	"gorun/internal/bus"
	"gorun/internal/logind"
	"gorun/internal/report"
	"gorun/scope"
)

// List lists the manager's runs that are running, the oldest first.
func List(ctx context.Context, m scope.Manager) ([]*Status, error) {
	found, err := Running(ctx, m)
	if err != nil {
		return nil, err
	}
	return describe(ctx, found, ""), nil
}

// userTimeout is how long each manager may be silent when all are asked.
const userTimeout = 10 * time.Second

// ListAllUsers lists the runs of all managers, for root: the system's, and those of users. All are
// asked at the same time, so that one that hangs delays no other. The errors say which managers
// could not be asked.
func ListAllUsers(ctx context.Context) ([]*Status, []error) {
	asked := []*askedManager{{user: userName(0), ask: func(ctx context.Context) ([]scope.Listed, error) { return Running(ctx, scope.SystemManager) }}}
	for _, uid := range scope.Users() {
		asked = append(asked, &askedManager{user: userName(uid), ask: func(ctx context.Context) ([]scope.Listed, error) {
			found, err := scope.ListOfUser(ctx, uid)
			return runsOf(found), err
		}})
	}
	askAll(ctx, asked)
	list, failed := []*Status{}, []error(nil)
	for i, a := range asked {
		switch {
		case a.err != nil && i == 0:
			failed = append(failed, a.err)
		case a.err != nil:
			failed = append(failed, fmt.Errorf("runs of %s: %w", a.user, a.err))
		}
		list = append(list, describe(ctx, a.found, a.user)...)
	}
	return list, failed
}

// askedManager is a manager that is asked for its runs.
type askedManager struct {
	user  string // whose it is
	ask   func(context.Context) ([]scope.Listed, error)
	found []scope.Listed
	err   error
}

// askAll asks managers at the same time.
func askAll(ctx context.Context, list []*askedManager) {
	var all sync.WaitGroup
	for _, a := range list {
		all.Go(func() {
			ctx, cancel := bus.WithSilenceLimit(ctx, userTimeout)
			defer cancel()
			a.found, a.err = a.ask(ctx)
		})
	}
	all.Wait()
}

// describe says how runs are. user is whose manager they have; empty for the caller's.
func describe(ctx context.Context, found []scope.Listed, user string) []*Status {
	list := []*Status{}
	if len(found) == 0 {
		return list
	}
	slices.SortStableFunc(found, func(a, b scope.Listed) int { return cmp.Compare(b.State.Age, a.State.Age) })
	judge := logind.NewJudge(ctx)
	for i, k := range lookAll(found) {
		if !k.alive && !k.elsewhere {
			continue // it has just ended
		}
		u := ended(found[i].Manager, found[i].Unit)
		if user != "" {
			u.User = &user
		}
		u.addState(found[i].Scope, found[i].State)
		u.add(ctx, k, judge)
		list = append(list, u)
	}
	return list
}

// lookers is how many runs are looked at beside each other.
const lookers = 8

// lookAll asks the kernel about runs.
func lookAll(found []scope.Listed) []seen {
	list, next := make([]seen, len(found)), atomic.Int64{}
	var all sync.WaitGroup
	for range min(lookers, len(found)) {
		all.Go(func() {
			for i := next.Add(1) - 1; int(i) < len(found); i = next.Add(1) - 1 {
				list[i] = look(found[i].Scope, found[i].State, cgroup.Group.ReadUse)
			}
		})
	}
	all.Wait()
	return list
}

// ListEnded lists the runs that have ended and left a record, the newest first, at most n. With
// all it lists those of all users, for root.
func ListEnded(ctx context.Context, m scope.Manager, n int, all bool) ([]*Status, error) {
	find := func() ([]*report.Past, error) { return report.List(ctx, m, n) }
	if all {
		find = func() ([]*report.Past, error) { return report.ListAll(ctx, n) }
	}
	found, err := find()
	if err != nil {
		return nil, err
	}
	names, list := map[int]string{}, []*Status{}
	for _, p := range found {
		u := &Status{Unit: *p.Report.Unit, Manager: *p.Report.Manager, State: "ended"}
		u.addPast(p)
		if all {
			if _, known := names[p.UID]; !known {
				names[p.UID] = userName(p.UID)
			}
			u.User = new(names[p.UID])
		}
		list = append(list, u)
	}
	return list, nil
}

// userName is the name of a user, or the UID if it has none.
func userName(uid int) string {
	if u, err := account.ByUID(uid); err == nil {
		return u.Name
	}
	return strconv.Itoa(uid)
}

// AllEnded is a number of runs for [ListEnded] that is larger than any.
const AllEnded = math.MaxInt32

// MayListAllUsers reports whether the caller can ask the managers of all users.
func MayListAllUsers() bool { return os.Geteuid() == 0 && account.OwnUID() == 0 }
