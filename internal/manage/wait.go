package manage

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
	"gorun/internal/journal"
	"gorun/internal/logind"
	"gorun/internal/process"
	"gorun/internal/report"
	"gorun/internal/state"
	"gorun/internal/text"
	"gorun/scope"
)

// Wait waits until the run has ended, and returns how. The run has ended when its gorun has said
// so in the record, whatever COMMAND has left in the scope. Without a record it ends with the
// scope.
//
// There is no deadline. While it waits it has no connection, unless the caller cannot read the
// journal: the end of a process or of a cgroup is an event of the kernel's. What is found is about
// this run of the unit, also if there was a later one meanwhile.
func (t *Target) Wait(ctx context.Context) (*Status, error) {
	if t.isOwn() && !t.hasEnded() {
		return nil, &OwnRunError{t.Unit, "wait for itself"}
	}
	if p, err := t.find(ctx); err != nil || p != nil && p.Report != nil || t.scope == nil {
		return t.ended(p, scope.End{}), err
	}
	end := scope.End{Result: t.state.Result}
	if !t.hasEnded() {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		awaitScope := t.watch(ctx)
		t.awaitGorun()
		t.settle(ctx)
		if p, err := t.find(ctx); err != nil || p != nil && p.Report != nil {
			return t.ended(p, scope.End{}), err
		}
		var err error
		if end, err = awaitScope(); err != nil {
			return nil, err
		}
	}
	t.settle(ctx)
	p, err := t.find(ctx)
	return t.ended(p, end), err
}

// find finds what the run has left, nil if that is nothing.
func (t *Target) find(ctx context.Context) (*report.Past, error) {
	switch {
	case t.scope == nil:
		return t.past, nil
	case t.scope.InvocationID == "":
		return report.Find(ctx, t.Manager, t.Unit)
	}
	return report.FindRun(ctx, t.Manager, t.Unit, t.scope.InvocationID)
}

// settle waits until the journal has what the run and the manager have sent to it. A caller who
// cannot read the journal has records in files, which are there when gorun ends.
func (t *Target) settle(ctx context.Context) { Settle(ctx, t.Unit) }

// Settle waits until the journal has what has been sent to it, if the caller can read it.
func Settle(ctx context.Context, unit string) {
	if state.JournalIsReadable() {
		journal.Sync(ctx, unit+": gorun reads how it ended") // if it fails, what is missing is not known
	}
}

// ended is the run with what it has left, and with what the manager said of its end.
func (t *Target) ended(p *report.Past, end scope.End) *Status {
	u := ended(t.Manager, t.Unit)
	if t.scope != nil {
		u.InvocationID = text.OrNull(t.scope.InvocationID)
	}
	if p != nil {
		u.addPast(p)
	}
	if u.Result == nil {
		u.Result = text.OrNull(string(end.Result))
	}
	u.killed = u.killed || end.Killed || t.killsAll && u.isOOMKilled()
	return u
}

// awaitGorun waits for the end of the gorun that supervises the run, if there is one. In the
// scope of a run that others have joined it is the oldest.
func (t *Target) awaitGorun() {
	if t.scope.IsEmbedded() {
		t.awaitSupervisor()
		return
	}
	group, err := t.scope.Group()
	if err != nil {
		return // there is no scope any more, or it cannot be seen from here
	}
	pids, err := group.Processes()
	if err != nil {
		return
	}
	oldest, begun := -1, uint64(0)
	for _, pid := range pids {
		p, err := process.Read(pid)
		ticks, errTicks := process.StartTicks(pid)
		if err == nil && errTicks == nil && p.Name == supervisorName && (oldest < 0 || ticks < begun) {
			oldest, begun = pid, ticks
		}
	}
	if oldest < 0 {
		return
	}
	fd, err := unix.PidfdOpen(oldest, 0)
	if err != nil {
		return // it has just ended
	}
	defer unix.Close(fd) // a pidfd is only read
	if path, err := cgroup.PathOf(oldest); err == nil && cgroup.Contains(t.scope.Cgroup, path) && t.scope.IsCurrent() {
		process.AwaitEnd([]int{fd})
	}
}

// noticeTimeout is how long the manager may take to notice that a scope is empty.
const noticeTimeout = 10 * time.Second

// watch returns a function that waits until the scope has ended, and returns what the manager says
// about that. The manager forgets it at once. Who can read the journal finds it there again; others
// listen to the manager from now on.
func (t *Target) watch(ctx context.Context) (await func() (scope.End, error)) {
	group, err := t.scope.Group()
	if err == nil {
		all, _ := group.OOMGroup() // what cannot be read is not known
		t.killsAll = all != nil && *all
	}
	isVisible := err == nil && !t.scope.IsEmbedded() && !logind.InNamespace()
	if isVisible && state.JournalIsReadable() {
		return func() (scope.End, error) { return t.awaitEmpty(ctx, group) }
	}
	ended := make(chan ending, 1)
	go func() {
		end, err := t.scope.WaitEnd(ctx)
		ended <- ending{end, err}
	}()
	late := make(chan struct{}) // never, where the group cannot be seen
	if isVisible {
		go func() {
			if t.scope.IsCurrent() {
				group.WaitEmpty(ctx) // on an error the manager has its time from now on
			}
			time.Sleep(noticeTimeout)
			close(late)
		}()
	}
	return func() (scope.End, error) {
		select {
		case e := <-ended:
			return e.end, e.err
		case <-late:
			return scope.End{}, nil // the manager hangs, or keeps the scope without a process
		}
	}
}

// ending is how the manager says that a scope has ended.
type ending struct {
	end scope.End
	err error
}

// awaitEmpty waits until the scope has no process, and the manager has noticed.
func (t *Target) awaitEmpty(ctx context.Context, group cgroup.Group) (scope.End, error) {
	if !t.scope.IsCurrent() {
		return scope.End{}, nil // the group is a later run's
	}
	if err := group.WaitEmpty(ctx); err != nil && !errors.Is(err, cgroup.ErrGone) {
		return scope.End{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, noticeTimeout)
	defer cancel()
	end, err := t.scope.WaitEnd(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return scope.End{}, nil // the scope stays, without a process
	}
	return end, err
}

// UnknownEndError means that a run has ended, and nobody knows how.
type UnknownEndError struct {
	Unit string
	Why  string
}

func (e *UnknownEndError) Error() string { return e.Unit + ": " + e.Why }

// ExitStatus is the status with which gorun ended the run, as a shell shows it. Without a record
// it is that of SIGKILL if the run is known to have been killed. The error is an
// [*UnknownEndError].
func (u *Status) ExitStatus() (int, error) {
	switch rep := u.Report; {
	case rep != nil:
		if status, ok := rep.Status(); ok {
			return status, nil
		}
	case u.killed:
		return 128 + int(unix.SIGKILL), nil
	}
	return 0, &UnknownEndError{u.Unit, u.describeState()}
}

// Unrecorded says what is known of the end of a run that has no record. It is empty if there is
// a record.
func (u *Status) Unrecorded() string {
	if u.Report != nil {
		return ""
	}
	return fmt.Sprintf("%s: %s", u.Unit, u.describeState())
}
