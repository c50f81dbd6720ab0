# The linger lease: sh THIS take|give|keep|revive|kept
#
# $file exists while the user $uid lingers, whoever turned it on. logind touches it each time
# lingering is enabled. $dir/linger-lease holds its modification time, so a later
# enabling by someone else can be seen. The variables are set above.
#
# The locks are on directories: the kernel itself locks these, wherever the home
# directory lies. NFS locks files instead, and not if they are open only for reading.
# To take both locks, take that of $launching first.
set -eu
PATH=/usr/bin:/bin:/usr/sbin:/sbin:/run/current-system/sw/bin
export PATH LC_ALL=C SYSTEMD_COLORS=0 # stat(1) writes the decimal point of the locale
unset SYSTEMD_LOG_LEVEL SYSTEMD_LOG_TARGET LD_PRELOAD LD_LIBRARY_PATH
marker=$dir/linger-lease launching=$dir/launching
[ -d "$launching" ] || mkdir -p "$launching"

mark() { # atomic, also on a full disk
	[ ! -e "$marker.new" ] || rm -f "$marker.new" # it may be a FIFO, which would block
	cat >"$marker.new" && mv "$marker.new" "$marker"
}

ours() { # whether the present lingering is the lease
	[ -f "$marker" ] || return 1
	held=$(cat "$marker")
	[ "${held:-pending}" = pending ] || [ "$held" = "$(stat -c %.9Y "$file" 2>/dev/null)" ]
}

# A logind that restarts does not answer the calls it has got, so the next one is
# called again. The call starts it if needed.
call_logind() { # VERB ARG...
	for _ in 1 2 3; do
		! said=$(loginctl --no-ask-password "$@" 2>&1) || return 0
		case $said in
		*disconnected*) ;; # the message of both dbus-daemon and dbus-broker
		*) break ;;
		esac
	done
	return 1
}

# loginctl takes a name of digits for a UID, and one that begins with a dash for an option.
linger() { # enable-linger|disable-linger
	call_logind "$1" "$uid" && return
	printf '%s\n' "$said" >&2
	return 1
}

# kept names the IPC objects that giving the lease back now would destroy. To logind, the
# end of the lingering is a full logout: with RemoveIPC=yes it removes what the user owns,
# also the shared memory of a service with User=. Without gorun, a job without a session
# would not cause that. If logind does not answer, the objects are kept.
kept() {
	list=$(objects)
	[ -n "$list" ] && logind_cleans && ! logs_out_anyway || return 0
	printf '%s\n' "$list" | awk '
		NR <= 5 { text = text sep $0; sep = ", " }
		END { if (NR > 5) text = text " and " (NR - 5) " more"; print text }'
}

# These are the objects that logind looks for (clean-ipc.c). It spares shared memory that
# a process has attached, but the process may detach it meanwhile. Mode 1000 means that
# the last process to detach it removes it anyway (SHM_DEST).
objects() {
	me=$(id -u) # not $uid in a user namespace, where /proc has other UIDs too
	[ ! -d /proc/sysvipc ] || awk -v me="$me" '
		FNR == 1 { next }
		FILENAME ~ /shm$/ && $8 == me && $3 !~ /^[13]...$/ { print "shared memory segment " $2 }
		FILENAME ~ /sem$/ && $5 == me { print "semaphore set " $2 }
		FILENAME ~ /msg$/ && $8 == me { print "message queue " $2 }
	' /proc/sysvipc/shm /proc/sysvipc/sem /proc/sysvipc/msg
	for place in /dev/shm /dev/mqueue; do
		if [ -r "$place" ]; then
			# Directories of other users may not be readable: status 1.
			find "$place" -mindepth 1 -uid "$me" 2>/dev/null || [ $? = 1 ]
			# Objects can be made in such a directory, but not listed.
			find "$place" -mindepth 1 -type d -executable -writable ! -readable -printf 'what may be in %p\n' 2>/dev/null || true
		elif [ -w "$place" ]; then
			echo "what may be in $place"
		fi
	done
}

# logind_cleans reports whether logind removes the user's objects at all. It spares system
# users. Which UIDs these are was fixed when systemd was built, mostly as in login.defs.
logind_cleans() {
	last=$(cat /etc/login.defs /usr/etc/login.defs 2>/dev/null | awk '
		BEGIN { last = 999 }
		$1 == "SYS_UID_MAX" && $2 + 0 < last { last = $2 + 0 }
		END { print last }')
	[ "$uid" -gt "$last" ] || return 1
	! call_logind show-user -p RemoveIPC --value || [ "$said" != no ]
}

# logs_out_anyway reports whether the user's objects end for a reason other than the
# lease: the user has a session, whose end is a full logout too, or the machine goes
# down. A logind that has forgotten the user removes nothing.
logs_out_anyway() {
	[ -e "/run/systemd/users/$uid" ] || return 0
	[ "$(systemctl is-system-running)" != stopping ] || return 0
	call_logind show-user "$uid" -p State --value || return 1
	case $said in
	active | online | closing) ;;
	*) return 1 ;; # lingering, opening
	esac
}

take() (
	flock 9
	if [ -e "$file" ] && ! ours; then
		exit 0 # the user's own, which we must not give back
	fi
	await_stop
	echo pending | mark # before enabling: we may be killed before the next mark
	if ! linger enable-linger; then
		[ -e "$file" ] || rm -f "$marker" # if it exists, it is our earlier lease
		exit 1
	fi
	stat -c %.9Y "$file" | mark || true # on failure it stays pending
) 9<"$dir"

# await_stop waits while logind stops the user's manager. systemd counts a start that waits
# for a stop, and refuses the sixth within ten seconds. It does not count a start after the
# stop, because it has unloaded the unit by then.
await_stop() {
	case $(cat "/run/systemd/users/$uid" 2>/dev/null) in
	*STOPPING=yes*) ;;
	*) return 0 ;;
	esac
	for _ in $(seq 150); do
		[ -n "$(systemctl show --value -p Job "user-runtime-dir@$uid.service")" ] || break
		sleep 0.1
	done
}

# A crashed manager is not started again while logind remembers the user: while the user
# lingers, and for UserStopDelaySec after that.
revive() {
	wait_until_forgotten
	take
}

wait_until_forgotten() (
	flock 9
	case $(systemctl show --value -p ActiveState -p Job "user@$uid.service") in
	failed | inactive) ;;
	*) exit 0 ;; # it runs, or has a job, which is a second line
	esac
	ours || exit 0
	why=$(kept)
	if [ -n "$why" ]; then
		echo "logind starts no other user manager before it has removed $why" >&2
		exit 1
	fi
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
		why=$(kept)
		if [ -n "$why" ]; then
			# <4> means a warning (sd-daemon(3)).
			echo "<4>The user still lingers, since the end of that would remove $why (RemoveIPC=yes in logind.conf)." \
				"The end of the next run tries again. 'loginctl disable-linger $uid' ends it and removes them." >&2
			exit 0
		fi
		linger disable-linger
	fi
	# The marker is last: without it, lingering would count as the user's own. Who was killed in
	# mark has left the other file.
	rm -f "$marker.new" "$marker"
) 9<"$dir" 8<"$launching"

# While a launch holds its lock, nobody gives the lease back. If many launches start at
# once, the first takes the lease, and the others see that it is held.
is_held() {
	[ -e "$file" ] && [ -f "$marker" ] && held=$(cat "$marker") && [ "$held" = "$(stat -c %.9Y "$file")" ] || return 1
	case $(cat "/run/systemd/users/$uid" 2>/dev/null) in
	*STATE=closing*) return 1 ;; # enabling starts the manager again
	*STATE=*) ;;
	*) return 1 ;; # enabling starts the manager
	esac
}

# A launch that needs the lease before a unit can hold it runs this in parallel. It gives
# the lease back even if the launch is killed.
keep() {
	# The launch may be dead by now. A signal to its whole cgroup reaches the keeper too, which
	# still has to give the lease back.
	trap '' PIPE HUP INT TERM
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
		said=$(give 2>&1) || true
		[ -z "$said" ] || printf '%s\n' "$said" | systemd-cat -t "$identifier"
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
