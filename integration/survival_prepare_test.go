package integration

import (
	"context"
	"fmt"
	"strings"
)

// prepareScript configures the machine and makes the users, because useradd(8) is too
// slow for so many. Each user has a script that becomes the launcher. If the launcher
// ends, the script's caller records its status.
const prepareScript = `set -e
mkdir -p /etc/systemd/logind.conf.d /etc/systemd/journald.conf.d
printf '[Login]\nKillUserProcesses=%[1]s\nUserStopDelaySec=%[2]d\n' >/etc/systemd/logind.conf.d/cells.conf
printf '[Journal]\nSplitMode=none\n' >/etc/systemd/journald.conf.d/cells.conf # otherwise 8 MiB for each user
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

// prepare configures the machine, makes the users, and enables lingering for some.
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

// noJobs is true when the system manager has no jobs.
const noJobs = `[ -z "$(systemctl list-jobs --no-legend)" ]`

// fillCrontabs makes cron start its commands at the next minute, or one minute later if
// cron might not see the change in time.
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
