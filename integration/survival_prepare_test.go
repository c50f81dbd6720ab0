package integration

import (
	"context"
	"fmt"
	"strings"
)

// prepareScript configures the machine and makes the users, useradd(8) being too
// slow for so many. Each has a script that becomes the launcher; whoever runs that
// writes down how it ended, if it comes to that.
const prepareScript = `set -e
mkdir -p /etc/systemd/logind.conf.d /etc/systemd/journald.conf.d
printf '[Login]\nKillUserProcesses=%[1]s\nUserStopDelaySec=%[2]d\n' >/etc/systemd/logind.conf.d/cells.conf
printf '[Journal]\nSplitMode=none\n' >/etc/systemd/journald.conf.d/cells.conf # else 8 MiB for each user
systemctl restart systemd-logind systemd-journald

cp /usr/bin/sleep /usr/bin/train
printf '#!/bin/sh\ntrap "" HUP\nexec train 3600\n' >/usr/bin/ignoring-train
chmod +x /usr/bin/ignoring-train
mkdir -m 1777 /srv/cells

while read -r user uid line; do
	echo "$user:x:$uid:$uid::/home/$user:/bin/bash" >>/etc/passwd
	echo "$user:x:$uid:" >>/etc/group
	echo "$user:*:19000:0:99999:7:::" >>/etc/shadow
	mkdir "/home/$user"
	printf '#!/bin/sh\ncd\nexec %%s 2>/srv/cells/%%s.log\n' "$line" "$user" >"/home/$user/start"
	chmod +x "/home/$user/start"
	chown -R "$uid:$uid" "/home/$user"
done <<'END'
%[3]sEND

# A service that starts the command and has more to do after that.
cat >/etc/systemd/system/cell@.service <<'END'
[Service]
Type=exec
User=%%i
ExecStart=/bin/sh -c '/home/%%i/start; echo $$? >/srv/cells/%%i.ended; exec sleep infinity'
END
systemctl daemon-reload
`

// prepare configures the machine, makes the users, and has those linger who do.
func (x *trial) prepare(ctx context.Context) error {
	var users strings.Builder
	for _, c := range x.cells {
		fmt.Fprintln(&users, c.user, c.uid, c.line())
	}
	kill := "no"
	if x.kill {
		kill = "yes"
	}
	if _, err := x.sh(ctx, fmt.Sprintf(prepareScript, kill, int(stopDelay.Seconds()), users.String())); err != nil {
		return err
	}
	lingering := x.users(func(c *cell) bool { return c.linger })
	if _, err := x.sh(ctx, "for user in "+strings.Join(lingering, " ")+"; do loginctl enable-linger $user; done"); err != nil {
		return err
	}
	if err := x.await(ctx, settleTimeout, noJobs); err != nil {
		return err
	}
	return x.fillCrontabs(ctx)
}

// noJobs holds when the system's manager has nothing left to start or stop.
const noJobs = `[ -z "$(systemctl list-jobs --no-legend)" ]`

// fillCrontabs has cron start its commands at the next minute, unless that is too
// close for cron to have seen the change.
func (x *trial) fillCrontabs(ctx context.Context) error {
	_, err := x.sh(ctx, fmt.Sprintf(`
		minute=$(( (($(date +%%s) + 5) / 60 + 1) %% 60 ))
		cd /var/spool/cron/crontabs
		for user in %s; do
			echo "$minute * * * * ./start; echo \$? >/srv/cells/$user.ended" >$user
			chown $user:crontab $user
			chmod 600 $user
		done`, strings.Join(x.users(startedFrom(cron)), " ")))
	return err
}
