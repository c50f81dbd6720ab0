# The linger lease: sh THIS take|give|keep|revive
#
# $file exists while $name lingers, whoever wanted that. logind touches it each time
# lingering is enabled, so that $folder/linger-lease, which holds its time of
# modification, tells our enabling from a later one by hand. The three are set above.
#
# What is locked are folders, since these locks are the kernel's own wherever the
# home lies: NFS locks files, and not those that are open for reading only. Who
# wants both locks takes that of $launching first.
set -eu
PATH=/usr/bin:/bin:/usr/sbin:/sbin:/run/current-system/sw/bin
marker=$folder/linger-lease launching=$folder/launching
[ -d "$launching" ] || mkdir -p "$launching"

mark() { # whole or not at all, also on a full disk
	cat >"$marker.new" && mv "$marker.new" "$marker"
}

ours() { # the lingering that there is
	[ -e "$marker" ] || return 1
	held=$(cat "$marker")
	[ "${held:-pending}" = pending ] || [ "$held" = "$(stat -c %.9Y "$file" 2>/dev/null)" ]
}

# A logind that is restarted leaves who asked it without an answer: the next one hears
# the same question. It is started if need be.
linger() { # enable-linger|disable-linger
	for _ in 1 2 3; do
		! said=$(loginctl --no-ask-password "$1" "$name" 2>&1) || return 0
		case $said in
		*disconnected*) ;; # so say both dbus-daemon and dbus-broker
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
	echo pending | mark # before it is enabled: whoever finds this may be first to know
	if ! linger enable-linger; then
		[ -e "$file" ] || rm -f "$marker" # else ours still, of an earlier time
		exit 1
	fi
	stat -c %.9Y "$file" | mark || true # else it stays pending
) 9<"$folder"

# A manager that has crashed is not started anew while logind remembers the user, as
# it does under lingering and for UserStopDelaySec after that.
revive() {
	wait_until_forgotten && take
}

wait_until_forgotten() (
	flock 9
	case $(systemctl show --value -p ActiveState -p Job "user@$(id -u).service") in
	failed | inactive) ;;
	*) exit 0 ;; # with a job there is a second line
	esac
	ours || exit 0
	linger disable-linger
	for _ in $(seq 75); do
		[ -e "/run/systemd/users/$(id -u)" ] || break
		sleep 0.2
	done
) 9<"$folder"

give() (
	flock -n 8 || exit 0 # somebody relies on it, and will give it back
	flock 9
	if [ -e "$file" ] && ours; then
		linger disable-linger
	fi
	rm -f "$marker" # last: without it, what is still enabled would be taken for the user's
) 9<"$folder" 8<"$launching"

# While a launch holds its lock, nobody gives the lease back: of many that start at
# once the first takes it, and the others find it here.
is_held() {
	[ -e "$file" ] && held=$(cat "$marker" 2>/dev/null) && [ "$held" = "$(stat -c %.9Y "$file")" ] || return 1
	case $(cat "/run/systemd/users/$(id -u)" 2>/dev/null) in
	*STATE=closing*) return 1 ;; # enabling starts the manager anew
	*STATE=*) ;;
	*) return 1 ;; # likewise
	esac
}

# A launch that needs the lease before there is a unit to hold it has this run
# beside it, so that it is given back even if the launch is killed.
keep() {
	trap '' PIPE # who would hear of it may be dead by now
	exec 8<"$launching"
	flock -s 8
	is_held || take 8>&-
	echo taken || true
	exec >/dev/null 2>&1
	if read -r word && [ "$word" = held ]; then
		exit 0 # by the unit
	fi
	exec 8>&-
	# A unit that is just stopping may have found the lock taken, and left it
	# to us. One that starts anew takes the lease again.
	XDG_RUNTIME_DIR=/run/user/$(id -u)
	DBUS_SESSION_BUS_ADDRESS=unix:path=$XDG_RUNTIME_DIR/bus
	export XDG_RUNTIME_DIR DBUS_SESSION_BUS_ADDRESS
	case $(systemctl --user is-active gorun-linger.service) in
	active | activating) ;;
	*) give ;;
	esac
}

"$1"
