package scope

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"gorun/internal/account"
	"gorun/internal/bus"
	"gorun/internal/systemd1"
)

// maxAttempts bounds how often a manager that goes away is asked again. On a busy
// machine a manager that re-executed every 0.2 s was missed five times in a row.
const maxAttempts = 50

// absence bounds how long a manager may be away while it re-executes. That takes some tenths
// of a second on an idle machine.
const absence = 5 * time.Second

// dial connects to one socket. Others wait for a private one until the connection is closed.
func (e endpoint) dial(ctx context.Context) (*bus.Conn, error) {
	if e.address.MessageBus {
		return e.connect(ctx)
	}
	r := e.reserve(ctx)
	conn, err := e.connect(ctx)
	if err != nil {
		r.Close()
		return nil, err
	}
	conn.CloseWith(r)
	return conn, nil
}

// connect connects to one socket of the caller's now.
func (e endpoint) connect(ctx context.Context) (*bus.Conn, error) {
	conn, err := e.connectTo(ctx)
	if err != nil {
		return nil, err
	}
	if err := e.checkPeer(conn); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// connectTo connects to one socket now, whoever serves it.
func (e endpoint) connectTo(ctx context.Context) (*bus.Conn, error) {
	conn, err := bus.Dial(ctx, e.address)
	if err == nil {
		return conn, nil
	}
	var errno unix.Errno // without "dial unix PATH: connect: "
	if errors.As(err, &errno) {
		err = errno
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return nil, fmt.Errorf("%s: %w", e.address, err)
}

// checkPeer makes sure that a private socket is served by root or by the calling user.
// A message bus may be served by anybody: it vouches for the names on it.
func (e endpoint) checkPeer(conn *bus.Conn) error {
	if e.address.MessageBus {
		return nil
	}
	peer, err := conn.Peer()
	if err != nil {
		return err
	}
	if uid := os.Geteuid(); peer.Uid != 0 && int(peer.Uid) != uid {
		return fmt.Errorf("%s: is served by UID %d, and this is UID %d", e.address, peer.Uid, uid)
	}
	return nil
}

// dialManager connects to one socket. On a message bus it makes sure that the manager is there: it
// may be a bus without systemd. Another error is left to the question that the connection is for.
// It takes a connection of its own, because the first call of one may have to bring descriptors.
func (e endpoint) dialManager(ctx context.Context) (*bus.Conn, error) {
	if !e.address.MessageBus {
		return e.dial(ctx)
	}
	conn, err := e.dial(ctx)
	if err != nil {
		return nil, err
	}
	_, err = systemd1.Version(ctx, conn)
	conn.Close()
	if systemd1.IsUnreachable(err) {
		return nil, fmt.Errorf("%s: systemd is not on this bus: %w", e.address, err)
	}
	return e.dial(ctx)
}

// dial connects to the manager's first socket that answers.
func (m Manager) dial(ctx context.Context) (*bus.Conn, endpoint, error) {
	list, tried := m.endpoints(os.Getenv)
	for _, e := range list {
		conn, err := e.dialManager(ctx)
		if err == nil {
			return conn, e, nil
		}
		tried = append(tried, err)
	}
	return nil, endpoint{}, &NoManagerError{Manager: m.resolve(), Tried: tried}
}

// reach connects to a manager that may be re-executing: for a moment it has no socket. If
// the system's manager says that a user's manager does not run, the error wraps a
// [*managerEndedError].
func (m Manager) reach(ctx context.Context) (*bus.Conn, endpoint, error) {
	over := time.After(absence)
	for attempt := 1; ; attempt++ {
		conn, at, err := m.dial(ctx)
		var none *NoManagerError
		if !errors.As(err, &none) {
			return conn, at, err
		}
		why := none.again(ctx, attempt, over)
		if why == nil {
			continue
		}
		if why != err { // it is more than that the manager cannot be reached
			none.Tried = append(none.Tried, why)
		}
		return nil, at, none
	}
}

// again waits until it makes sense to ask the manager again. It returns why it does not.
func (e *NoManagerError) again(ctx context.Context, attempt int, over <-chan time.Time) error {
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case e.Manager == SystemManager && !isBooted():
		return errNotBooted
	case e.Manager == SystemManager:
		return awaitSocket(ctx, e, over)
	}
	return awaitToReach(ctx, account.OwnUID(), attempt)
}

// awaitToReach waits until a user's manager runs, whose sockets could not be used. After some
// attempts it gives up.
func awaitToReach(ctx context.Context, uid, attempt int) error {
	if err := awaitManagerOf(ctx, uid); err != nil || attempt < maxAttempts {
		return err
	}
	return fmt.Errorf("%s is active, and cannot be reached", systemd1.UserManager(uid))
}

// errNotBooted means that no system's manager runs.
var errNotBooted = errors.New("systemd is not running")

// dial connects to the manager that is to start the scope. A user's manager without
// sessions may be about to end, or may not run at all: the user is first made to linger. If
// that is refused, a manager that runs anyway is used.
func (l *launch) dial(ctx context.Context) (*bus.Conn, error) {
	s := l.scope
	refused := s.lease.refused
	if s.lease.needsKeeper() {
		refused = s.lease.keepManager(ctx)
	}
	conn, at, err := l.spec.Manager.dial(ctx)
	var none *NoManagerError
	if errors.As(err, &none) && l.spec.mayStartManager() {
		if refused != nil {
			return nil, &NoManagerError{Manager: UserManager, Tried: append(none.Tried, leaseError(refused))}
		}
		// The user lingers or has just logged in.
		if err := awaitUserManager(ctx); err != nil {
			return nil, &NoManagerError{Manager: UserManager, Tried: append(none.Tried, err)}
		}
		conn, at, err = l.spec.Manager.dial(ctx)
	}
	s.at = at
	return conn, err
}

// dial connects to the manager that started the scope.
func (s *Scope) dial(ctx context.Context) (*bus.Conn, error) { return s.retry(ctx, s.at.dial) }

// retry connects, and waits for a manager that re-executes: for a moment it has no socket.
func (s *Scope) retry(ctx context.Context, connect func(context.Context) (*bus.Conn, error)) (*bus.Conn, error) {
	return s.retryWhile(ctx, awaitUserManager, connect)
}

// retryWhile is retry as long as the user's manager, if it is that one, runs. Before systemd 253
// the system's manager does not say that it re-executes: it counts as active, and nobody listens.
func (s *Scope) retryWhile(ctx context.Context, runs func(context.Context) error, connect func(context.Context) (*bus.Conn, error)) (*bus.Conn, error) {
	over := time.After(absence)
	for attempt := 1; ; attempt++ {
		conn, err := connect(ctx)
		if err == nil {
			return conn, nil
		}
		if s.Manager == UserManager {
			if runs(ctx) != nil {
				return nil, err
			}
			if attempt < maxAttempts {
				continue
			}
		}
		if err := awaitSocket(ctx, err, over); err != nil {
			return nil, err
		}
	}
}

// isBooted reports whether systemd is PID 1, which sd_booted(3) sees by this directory.
func isBooted() bool {
	_, err := os.Lstat("/run/systemd/system")
	return err == nil
}

// awaitSocket waits a moment for a manager, whose socket answered with err. It returns the
// error to give up with, nil to try again. PID 1 binds its socket some time before it
// listens, and announces only the former.
func awaitSocket(ctx context.Context, err error, over <-chan time.Time) error {
	if !isAbsent(err) && !systemd1.IsUnreachable(err) {
		return err
	}
	select {
	case <-over:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(absence / 100):
		return nil
	}
}

// dialForSignals connects for long, to where the manager sends the fewest signals about
// other units: the message bus that it is on, if there is one.
func (s *Scope) dialForSignals(ctx context.Context) (*bus.Conn, error) {
	if conn, err := s.messageBus().dial(ctx); err == nil {
		if _, err := systemd1.Version(ctx, conn); err == nil {
			return conn, nil
		}
		conn.Close() // the manager is not on that bus, or not now
	}
	return s.retry(ctx, s.at.connect)
}

// messageBus is the bus that the manager connects to, whatever the caller's
// environment says.
func (s *Scope) messageBus() endpoint {
	switch {
	case s.at.address.MessageBus:
		return s.at
	case s.Manager == SystemManager:
		return endpoint{bus.SystemBus(), s.at.runtimeDir}
	}
	return endpoint{bus.Address{Path: filepath.Join(s.at.runtimeDir, "bus"), MessageBus: true}, s.at.runtimeDir}
}

// ask opens a connection for a question, and another one if the manager re-executes
// meanwhile. The question must be safe to repeat.
func (s *Scope) ask(ctx context.Context, doing string, question func(*bus.Conn) error) error {
	return s.askOver(func() (*bus.Conn, error) { return s.dial(ctx) }, doing, question)
}

// askOver is ask over connections that dial opens.
func (s *Scope) askOver(dial func() (*bus.Conn, error), doing string, question func(*bus.Conn) error) error {
	for attempt := 1; ; attempt++ {
		conn, err := dial()
		if err == nil {
			err = question(conn)
			conn.Close()
		}
		if !isBroken(err) || attempt == maxAttempts {
			return s.callError(doing, err)
		}
	}
}

// ask reaches the manager for a question, and again if it re-executes meanwhile. The question must
// be safe to repeat. reached is false if the error is that of [Manager.reach].
func (m Manager) ask(ctx context.Context, question func(*bus.Conn, endpoint) error) (reached bool, err error) {
	for attempt := 1; ; attempt++ {
		conn, at, err := m.reach(ctx)
		if err != nil {
			return false, err
		}
		err = question(conn, at)
		conn.Close()
		if !isBroken(err) || attempt == maxAttempts {
			return true, err
		}
	}
}

// isBroken reports whether a connection failed because its other end is gone, or a message bus
// says that the manager has left it without an answer.
func isBroken(err error) bool {
	return systemd1.IsError(err, systemd1.NoReply) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, unix.ECONNRESET) || errors.Is(err, unix.EPIPE)
}

// isAbsent reports whether nobody listens on a socket. The manager may be about to.
func isAbsent(err error) bool {
	return errors.Is(err, unix.ECONNREFUSED) || hasNoSocket(err)
}

// hasNoSocket reports whether there is no socket. Each manager that runs has one, but for a
// moment.
func hasNoSocket(err error) bool {
	return errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR)
}
