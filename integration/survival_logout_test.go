package integration

import (
	"context"
	"time"
)

// logout ends what the commands were started from, at the same time: connections
// are closed, services stopped. Cron's jobs have nothing to log out of: there the
// user logs in and out meanwhile.
func (x *trial) logout(ctx context.Context) error {
	for _, l := range x.logins {
		l.Close()
	}
	if _, err := x.sh(ctx, "systemctl stop 'cell@*'"); err != nil {
		return err
	}
	err := forEach(x.users(startedFrom(cron)), func(user string) error {
		_, err := x.m.RunAs(ctx, user, "true")
		return err
	})
	if err != nil {
		return err
	}
	return x.await(ctx, settleTimeout, onlyRoot)
}

// onlyRoot holds when the login of ours is the only one. Sessions that are closing
// have no STATE of these. (The files that end in .ref are FIFOs.)
const onlyRoot = `[ "$(grep -slx SERVICE=sshd /run/systemd/sessions/*[0-9] | xargs grep -slxE 'STATE=(active|online)' | wc -l)" -le 1 ]`

// seeAlive waits until whoever is to be killed has been.
func (x *trial) seeAlive(ctx context.Context) error {
	select {
	case <-time.After(afterLogout): // no event: this is what is measured
	case <-ctx.Done():
		return ctx.Err()
	}
	// On a busy machine what logind has begun takes longer.
	if err := x.await(ctx, settleTimeout, noJobs); err != nil {
		return err
	}
	running, err := x.running(ctx)
	for _, c := range x.cells {
		c.alive = running[c.user]
	}
	return err
}
