package integration

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gorun/integration/rig"
)

// start starts the command of each cell. cron starts its commands by itself.
func (x *trial) start(ctx context.Context) error {
	if _, err := x.sh(ctx, "systemctl start "+strings.Join(units(x.users(startedFrom(service))), " ")); err != nil {
		return err
	}
	if err := x.startFromShells(ctx); err != nil {
		return err
	}
	return x.startOverSSH(ctx)
}

// units are the services of some users.
func units(users []string) []string {
	for i, user := range users {
		users[i] = "cell@" + user
	}
	return users
}

// startFromShells starts the commands that root and alice start for the users. logind
// sees only the logins of root and alice. It does not kill root's processes, whatever
// KillUserProcesses= says.
func (x *trial) startFromShells(ctx context.Context) error {
	for _, by := range []struct {
		login, command string
		from           from
	}{
		{"root", "su - $user -c ./start", su},
		{"root", "sudo -u $user /home/$user/start", sudo},
		{"alice", "sudo -u $user /home/$user/start", alices},
	} {
		l, err := x.logIn(ctx, by.login)
		if err != nil {
			return err
		}
		if _, err := l.Start(fmt.Sprintf("for user in %s; do (%s; echo $? >/srv/cells/$user.ended) & done; wait",
			strings.Join(x.users(startedFrom(by.from)), " "), by.command)); err != nil {
			return err
		}
	}
	return nil
}

// startOverSSH logs users in and starts their commands in the foreground. On a terminal
// the shell stays for the next command. Without a terminal only the command runs, as with
// "ssh HOST COMMAND": a waiting shell would keep the session and the user's manager
// running.
func (x *trial) startOverSSH(ctx context.Context) error {
	err := forEach(x.users(startedFrom(terminal)), func(user string) error {
		l, err := x.logIn(ctx, user)
		if err == nil {
			_, err = l.StartOnTerminal("./start; echo $? >/srv/cells/" + user + ".ended; read next")
		}
		return err
	})
	if err != nil {
		return err
	}
	return forEach(x.users(startedFrom(ssh)), func(user string) error {
		l, err := x.logIn(ctx, user)
		if err == nil {
			_, err = l.Start("exec ./start")
		}
		return err
	})
}

// logIn logs a user in until x.logout.
func (x *trial) logIn(ctx context.Context, user string) (*rig.Login, error) {
	l, err := x.m.Login(ctx, user)
	if err != nil {
		return nil, err
	}
	x.Lock()
	defer x.Unlock()
	x.logins = append(x.logins, l)
	return l, nil
}

// startTimeout limits the time until all commands have started, including the minute that
// cron waits.
const startTimeout = 2 * time.Minute

// Scripts that print the users whose train runs, and those whose launcher has failed.
const (
	trains = `ps -C train -o user:32=,stat= | awk '$2 !~ /Z/ { print $1 }' | sort -u`
	failed = `grep -sLx 0 /srv/cells/*.ended /dev/null | sed -n 's,/srv/cells/\(.*\).ended,\1,p'`
)

// seeStarted waits until each command runs or its launcher has given up.
func (x *trial) seeStarted(ctx context.Context) error {
	err := x.await(ctx, startTimeout, fmt.Sprintf("[ $({ %s; %s; } | sort -u | wc -l) -ge %d ]", trains, failed, len(x.cells)))
	if err != nil {
		return err
	}
	running, err := x.running(ctx)
	if err != nil {
		return err
	}
	for _, c := range x.cells {
		c.started = running[c.user]
	}
	return x.readLogs(ctx)
}

// running returns the users whose train runs.
func (x *trial) running(ctx context.Context) (map[string]bool, error) {
	lines, err := x.sh(ctx, trains)
	running := map[string]bool{}
	for _, user := range lines {
		running[user] = true
	}
	return running, err
}

// readLogs reads the launchers' messages.
func (x *trial) readLogs(ctx context.Context) error {
	lines, err := x.sh(ctx, "grep -sH '' /srv/cells/*.log | sed 's,^/srv/cells/,,'")
	for _, c := range x.cells {
		for _, line := range lines {
			if text, ok := strings.CutPrefix(line, c.user+".log:"); ok {
				c.log += text + "\n"
			}
		}
	}
	return err
}
