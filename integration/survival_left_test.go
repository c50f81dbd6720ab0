package integration

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// leftTimeout limits the time from the end of the commands until nothing is left.
const leftTimeout = 30 * time.Second

// end ends the commands, and waits until nothing is left of them. If something stays, it
// waits until the timeout.
func (x *trial) end(ctx context.Context) error {
	if _, err := x.sh(ctx, "pkill -x train || true"); err != nil {
		return err
	}
	return x.await(ctx, leftTimeout, `[ -z "$(`+x.forUsers(leftScript)+`)" ]`)
}

// seeLeft finds out what each command has left.
func (x *trial) seeLeft(ctx context.Context) error {
	lines, err := x.sh(ctx, x.forUsers(leftScript)+"\n"+x.forUsers(failedScript)+"\n"+failedOfSystem)
	for _, c := range x.cells {
		for _, line := range lines {
			if what, ok := strings.CutPrefix(line, c.user+" "); ok {
				c.left = append(c.left, what)
			}
		}
	}
	return err
}

// forUsers gives a script a line for each user: the name, the UID, and whether the user
// lingers without a lease.
func (x *trial) forUsers(script string) string {
	var lines strings.Builder
	for _, c := range x.cells {
		fmt.Fprintln(&lines, c.user, c.uid, c.linger)
	}
	return "{ " + script + "\n} <<'END'\n" + lines.String() + "END\n"
}

// leftScript prints a line with the user for each thing that was left or is missing. It
// needs no manager: a loaded transient unit has a file.
const leftScript = `
ps -eo user:32=,comm= | awk '$1 ~ /^cell/ && $2 !~ /^(systemd|\(sd-pam\)|dbus-daemon)$/ { print $1, "process", $2 }'
while read -r user uid linger; do
	for unit in /run/user/$uid/systemd/transient/*; do
		[ ! -f $unit ] || echo "$user unit ${unit##*/}"
	done
	for marker in /home/$user/.local/state/gorun/*/linger-lease*; do
		[ ! -e $marker ] || echo "$user lease marker"
	done
	slice=/sys/fs/cgroup/user.slice/user-$uid.slice
	if $linger; then
		[ -e /var/lib/systemd/linger/$user ] || echo "$user no lingering"
		[ -d $slice/user@$uid.service ] || echo "$user no user manager"
		continue
	fi
	[ ! -e /var/lib/systemd/linger/$user ] || echo "$user lingering"
	[ ! -d $slice/user@$uid.service ] || echo "$user user manager"
	[ ! -d $slice ] || echo "$user slice"
	[ ! -d /run/user/$uid ] || echo "$user runtime directory"
done`

// failedScript lists failed units of the users' managers that still run. It does not use
// "systemctl --machine", which opens a session.
const failedScript = `
while read -r user uid linger; do
	[ ! -S /run/user/$uid/systemd/private ] || XDG_RUNTIME_DIR=/run/user/$uid \
		setpriv --reuid=$user --regid=$user --clear-groups \
		systemctl --user list-units --failed --plain --no-legend 2>/dev/null | sed "s/ .*//;s/^/$user failed /" # it may be ending
done`

// failedOfSystem lists the users' failed units in the system manager.
const failedOfSystem = `
for unit in $(systemctl list-units --failed --plain --no-legend 'session-*' 'user*' | cut -d' ' -f1); do
	uid=$(echo $unit | sed -nE 's/^user.*[@-]([0-9]+)\..*/\1/p')
	[ "$uid" ] || uid=$(systemctl show --value -p Slice $unit | sed -nE 's/user-([0-9]+)\.slice/\1/p')
	echo "$(id -nu $uid) failed $unit"
done`
