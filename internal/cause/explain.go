package cause

import (
	"context"
	"errors"
	"time"

	"gorun/internal/account"
	"gorun/internal/bus"
	"gorun/internal/systemd1"
	"gorun/scope"
)

// timeout bounds all looks together. Most take milliseconds; the journal may have the
// reason only after a while.
const timeout = 10 * time.Second

// Explain adds the cause to an error of [scope.Start], which began at a time. If no cause is
// found, it returns the error as it is.
func Explain(err error, begun time.Time) error {
	s := sceneOf(err)
	if s == nil {
		return err
	}
	s.launched, s.begun = true, begun
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	if c := s.search(ctx); c != nil {
		return &Error{Err: err, Cause: c, Doing: s.doing}
	}
	return err
}

// Of looks for what would make a launch with a manager fail. silent is why the manager does
// not answer, nil if it does. The result is nil if nothing was found.
func Of(ctx context.Context, m scope.Manager, silent error) *Cause {
	s := &scene{manager: m, looks: refusedLooks}
	if silent != nil {
		s = sceneOf(silent)
	}
	if s == nil {
		return nil
	}
	return s.search(ctx)
}

// scene is a failure and what is known about it.
type scene struct {
	manager  scope.Manager
	looks    []look
	doing    string    // what failed
	unit     string    // the scope that the manager did not start; empty if there is none
	launched bool      // a launch has tried what it can
	begun    time.Time // when the launch began

	uid   int
	conn  *bus.Conn // to the system bus, with the system manager on it; nil if there is none
	noBus error     // why there is none
}

// look finds one kind of cause, or a few that exclude each other. It returns nil if the
// cause is none of them.
type look func(*scene, context.Context) *Cause

// The looks are in an order in which the first that finds something explains what the
// others would find.
var (
	unreachableLooks = []look{(*scene).noUnixSockets, (*scene).inaccessible, (*scene).noSystemd,
		(*scene).dynamicUser, (*scene).noEntry, (*scene).noSystemBus, (*scene).userManager}
	refusedLooks = []look{(*scene).full, (*scene).noSystemBus, (*scene).notMoved}
	failedLooks  = append(refusedLooks[:len(refusedLooks):len(refusedLooks)], (*scene).failed)
)

// sceneOf is the scene of an error, nil if its cause is in the error.
func sceneOf(err error) *scene {
	var none *scope.NoManagerError
	var refused *scope.ManagerError
	var job *scope.JobError
	switch {
	case errors.As(err, &none):
		return &scene{manager: none.Manager, looks: unreachableLooks, doing: "connect to the " + none.Manager.String() + " manager"}
	case errors.As(err, &refused):
		return &scene{manager: refused.Manager, looks: []look{(*scene).full}, doing: "start " + refused.Unit}
	case errors.As(err, &job) && job.Result == "failed":
		return &scene{manager: job.Manager, looks: failedLooks, doing: "start " + job.Unit, unit: job.Unit}
	}
	return nil
}

// search looks until it finds something.
func (s *scene) search(ctx context.Context) *Cause {
	s.uid = account.OwnUID()
	s.conn, s.noBus = dialSystem(ctx)
	if s.conn != nil {
		defer s.conn.Close()
	}
	for _, look := range s.looks {
		if c := look(s, ctx); c != nil {
			c.Manager, c.UID = s.manager, s.uid
			if s.unit != "" && c.Says == "" {
				c.Says = s.says(ctx)
			}
			return c
		}
	}
	return nil
}

// dialSystem connects to the system bus, and makes sure that the system manager answers
// there.
func dialSystem(ctx context.Context) (*bus.Conn, error) {
	conn, err := bus.Dial(ctx, bus.SystemBus())
	if err != nil {
		return nil, err
	}
	if _, err := systemd1.Version(ctx, conn); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// ofUser reports whether a user's manager is concerned.
func (s *scene) ofUser() bool { return s.manager.OfUser() }
