package integration

import (
	"context"
	"time"
)

// logout closes the connections and stops the services that have started the commands.
// Jobs of cron have no session, so their users log in and out.
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

// onlyRoot is true when our own login is the only one. Closing sessions have another
// STATE. (Files that end in .ref are FIFOs.)
const onlyRoot = `[ "$(grep -slx SERVICE=sshd /run/systemd/sessions/*[0-9] | xargs grep -slxE 'STATE=(active|online)' | wc -l)" -le 1 ]`

// seeAlive waits until logind has killed what it kills, and records which commands live.
func (x *trial) seeAlive(ctx context.Context) error {
	select {
	case <-time.After(afterLogout): // there is no event: the test measures this time
	case <-ctx.Done():
		return ctx.Err()
	}
	// On a busy machine logind's jobs may take longer.
	if err := x.await(ctx, settleTimeout, noJobs); err != nil {
		return err
	}
	running, err := x.running(ctx)
	for _, c := range x.cells {
		c.alive = running[c.user]
	}
	return err
}
