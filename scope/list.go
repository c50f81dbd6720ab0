package scope

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"gorun/internal/bus"
	"gorun/internal/systemd1"
	"gorun/internal/unitname"
	"gorun/scope/property"
)

// Listed is a scope in the list of a manager's.
type Listed struct {
	*Scope
	State State
}

// List lists the manager's scopes with their states, whoever started them: Documentation in
// [State] says who. Those that have failed and are kept are among them. The manager is
// asked about all of them at once. The error is a [*NoManagerError] if the manager could not be
// reached; its Absent says whether there is none.
func (m Manager) List(ctx context.Context) (list []Listed, err error) {
	if m == Embedded {
		return listEmbedded(), nil
	}
	_, err = m.ask(ctx, func(conn *bus.Conn, at endpoint) (err error) {
		list, err = listOf(ctx, conn, Scope{Manager: m.resolve(), at: at}, unitFiles(at.runtimeDir))
		return err
	})
	return list, err
}

// ListOfUser lists the scopes of another user's manager, which answers root. The list is empty
// if that user has no manager. The scopes cannot be changed from here.
func ListOfUser(ctx context.Context, uid int) ([]Listed, error) {
	dir := "/run/user/" + strconv.Itoa(uid)
	at := endpoint{bus.Address{Path: filepath.Join(dir, "systemd/private")}, dir}
	conn, err := at.reachOf(ctx, uid)
	if ended := (*managerEndedError)(nil); errors.As(err, &ended) {
		return nil, nil
	}
	if err != nil {
		return nil, whileAsking("connect to the user manager", err)
	}
	defer conn.Close()
	if peer, err := conn.Peer(); err != nil || int(peer.Uid) != uid {
		return nil, fmt.Errorf("%s: is not served by UID %d", at.address, uid)
	}
	return listOf(ctx, conn, Scope{Manager: UserManager, at: at}, "") // the files are the user's
}

// reachOf connects to the socket of another user's manager, which may be re-executing. If it does
// not run, the error wraps a [*managerEndedError].
func (e endpoint) reachOf(ctx context.Context, uid int) (*bus.Conn, error) {
	for attempt := 1; ; attempt++ {
		conn, err := e.connectTo(ctx)
		if !isAbsent(err) {
			return conn, err
		}
		if why := awaitToReach(ctx, uid, attempt); why != nil {
			return nil, fmt.Errorf("%w; %w", err, why)
		}
	}
}

// listOf lists the scopes of the manager at the other end of a connection, which are like one.
func listOf(ctx context.Context, conn *bus.Conn, like Scope, files unitFiles) ([]Listed, error) {
	units, err := systemd1.List(ctx, conn, "ListUnitsByPatterns", []string{}, []string{"*" + suffix})
	if err != nil {
		return nil, whileAsking("list the units of the "+like.Manager.String()+" manager", err)
	}
	var asked []*listing
	var questions []systemd1.Question
	for _, u := range units {
		if unitname.Check(u.Name, suffix) == nil && u.Active != "inactive" {
			l := newListing(like, u)
			asked, questions = append(asked, l), append(questions, l.questions(files)...)
		}
	}
	if err := systemd1.Ask(ctx, conn, questions); err != nil {
		return nil, whileAsking("ask the "+like.Manager.String()+" manager about its scopes", err)
	}
	list := make([]Listed, 0, len(asked))
	for _, l := range asked {
		if listed := l.listed(); listed.InvocationID != "" { // else it has just ended
			list = append(list, listed)
		}
	}
	return list, nil
}

// listing is a scope about which the manager is asked.
type listing struct {
	scope        Scope
	state        State
	id           []byte
	max, stop    uint64 // RuntimeMaxUSec, TimeoutStopUSec
	since, begun uint64
}

func newListing(like Scope, u systemd1.ListedUnit) *listing {
	like.Unit = u.Name
	return &listing{scope: like, state: State{Active: u.Active, Result: Success, Description: u.Description}}
}

// questions are about what neither the list of units nor the manager's files say.
func (l *listing) questions(files unitFiles) (list []systemd1.Question) {
	ask := func(kind systemd1.Kind, name string, value any) {
		list = append(list, systemd1.Question{Unit: l.scope.Unit, Kind: kind, Name: name, Value: value})
	}
	ask(systemd1.Scope, "ControlGroup", &l.scope.Cgroup)
	ask(systemd1.Scope, "RuntimeMaxUSec", &l.max)
	ask(systemd1.Scope, "TimeoutStopUSec", &l.stop)
	ask(systemd1.Unit, "ActiveEnterTimestampMonotonic", &l.begun)
	if l.scope.InvocationID, l.state.Since = files.invocation(l.scope.Unit); l.scope.InvocationID == "" {
		ask(systemd1.Unit, "InvocationID", &l.id)
		ask(systemd1.Unit, "ActiveEnterTimestamp", &l.since)
	}
	if l.state.Documentation = files.documentation(l.scope.Unit); l.state.Documentation == nil {
		ask(systemd1.Unit, "Documentation", &l.state.Documentation)
	}
	if l.state.Active != "active" {
		ask(systemd1.Scope, "Result", (*string)(&l.state.Result))
	}
	return list
}

// listed is the scope with what the manager has answered.
func (l *listing) listed() Listed {
	s := l.scope
	if len(l.id) > 0 {
		s.InvocationID = hex.EncodeToString(l.id)
	}
	l.state.RuntimeMax, l.state.StopTimeout = property.Duration(l.max), property.Duration(l.stop)
	if l.begun != 0 {
		l.state.Age = monotonicNow() - property.Duration(l.begun)
	}
	if l.since != 0 {
		l.state.Since = time.UnixMicro(int64(l.since))
	}
	return Listed{&s, l.state}
}

// Users lists the UIDs of the users who may have a manager, from their runtime directories.
func Users() (uids []int) {
	entries, _ := os.ReadDir("/run/user") // without it, nobody has one
	for _, e := range entries {
		if uid, err := strconv.Atoi(e.Name()); err == nil {
			uids = append(uids, uid)
		}
	}
	return uids
}
