# The linger lease: sh THIS take|give|keep|revive
#
# $file exists while the user $uid lingers, whoever turned it on. logind touches it each time
# lingering is enabled. $dir/linger-lease holds its modification time, so a later
# enabling by someone else can be seen. The three variables are set above.
#
# The locks are on directories: the kernel itself locks these, wherever the home
# directory lies. NFS locks files instead, and not if they are open only for reading.
# To take both locks, take that of $launching first.
set -eu
PATH=/usr/bin:/bin:/usr/sbin:/sbin:/run/current-system/sw/bin
marker=$dir/linger-lease launching=$dir/launching
[ -d "$launching" ] || mkdir -p "$launching"

mark() { # atomic, also on a full disk
	cat >"$marker.new" && mv "$marker.new" "$marker"
}

ours() { # whether the present lingering is the lease
	[ -e "$marker" ] || return 1
	held=$(cat "$marker")
	[ "${held:-pending}" = pending ] || [ "$held" = "$(stat -c %.9Y "$file" 2>/dev/null)" ]
}

# loginctl takes a name of digits for a UID, and one that begins with a dash for an option.
# A logind that restarts does not answer the calls it has got, so the next one is
# called again. The call starts it if needed.
linger() { # enable-linger|disable-linger
	for _ in 1 2 3; do
		! said=$(loginctl --no-ask-password "$1" "$uid" 2>&1) || return 0
		case $said in
		*disconnected*) ;; # the message of both dbus-daemon and dbus-broker
		*) break ;;
		esac
	done
	printf '%s\n' "$said" >&2
	return 1
}

take() (
	flock 9
	if [ -e "$file" ] && ! ours; then
		exit 0 # the user's own, which we must not give back
	fi
	echo pending | mark # before enabling: we may be killed before the next mark
	if ! linger enable-linger; then
		[ -e "$file" ] || rm -f "$marker" # if it exists, it is our earlier lease
		exit 1
	fi
	stat -c %.9Y "$file" | mark || true # on failure it stays pending
) 9<"$dir"

# A crashed manager is not started again while logind remembers the user: while the user
# lingers, and for UserStopDelaySec after that.
revive() {
	wait_until_forgotten && take
}

wait_until_forgotten() (
	flock 9
	case $(systemctl show --value -p ActiveState -p Job "user@$uid.service") in
	failed | inactive) ;;
	*) exit 0 ;; # it runs, or has a job, which is a second line
	esac
	ours || exit 0
	linger disable-linger
	for _ in $(seq 75); do
		[ -e "/run/systemd/users/$uid" ] || break
		sleep 0.2
	done
) 9<"$dir"

give() (
	flock -n 8 || exit 0 # a launch needs it, and will give it back
	flock 9
	if [ -e "$file" ] && ours; then
		linger disable-linger
	fi
	rm -f "$marker" # last: without it, lingering would count as the user's own
) 9<"$dir" 8<"$launching"

# While a launch holds its lock, nobody gives the lease back. If many launches start at
# once, the first takes the lease, and the others see that it is held.
is_held() {
	[ -e "$file" ] && held=$(cat "$marker" 2>/dev/null) && [ "$held" = "$(stat -c %.9Y "$file")" ] || return 1
	case $(cat "/run/systemd/users/$uid" 2>/dev/null) in
	*STATE=closing*) return 1 ;; # enabling starts the manager again
	*STATE=*) ;;
	*) return 1 ;; # enabling starts the manager
	esac
}

# A launch that needs the lease before a unit can hold it runs this in parallel. It gives
# the lease back even if the launch is killed.
keep() {
	trap '' PIPE # the launch may be dead by now
	exec 8<"$launching"
	flock -s 8
	is_held || take 8>&-
	echo taken || true
	exec >/dev/null 2>&1
	if read -r word && [ "$word" = held ]; then
		exit 0 # the unit holds it
	fi
	exec 8>&-
	# A unit that is just stopping may have found the lock taken, and left the lease to
	# us. If the unit starts again, it takes the lease again.
	XDG_RUNTIME_DIR=/run/user/$uid
	DBUS_SESSION_BUS_ADDRESS=unix:path=$XDG_RUNTIME_DIR/bus
	export XDG_RUNTIME_DIR DBUS_SESSION_BUS_ADDRESS
	if is_unneeded; then
		give
	fi
}

# While the user's manager re-executes, it does not answer. If it stays silent although it
# runs, the lease is left to the next run.
is_unneeded() {
	for _ in $(seq 50); do
		case $(systemctl --user is-active gorun-linger.service) in
		active | activating) return 1 ;;
		?*) return 0 ;;
		esac
		case $(systemctl show --value -p ActiveState "user@$uid.service") in
		inactive | failed | activating | deactivating) return 0 ;;
		esac
		sleep 0.2
	done
	return 1
}

"$1"
