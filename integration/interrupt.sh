#!/bin/sh
# interrupt.sh TARGET [SECONDS...]: interrupts "make TARGET" after each number of
# seconds, as Ctrl-C does, and checks that no new machine, mount, cgroup, QEMU or
# temporary directory is left. No other machine may run.
set -u
target=$1
shift
[ $# -gt 0 ] || set -- 1 2 3 5 8 13 21 34 55 89

left() {
	pgrep -a -x qemu-system-x86 # a name has 15 characters
	pgrep -a -x mmdebstrap
	pgrep -a -f '^/sbin/init' | grep -v '^1 '
	ls -d "${TMPDIR:-/tmp}"/gorun-rig-* "${TMPDIR:-/tmp}"/mmdebstrap.* /sys/fs/cgroup/gorun-rig-* /sys/fs/cgroup/unified/gorun-rig-* 2>/dev/null
	grep gorun-rig /proc/mounts
}

status=0
before=$(left)
for seconds; do
	# setsid makes a new process group, so that the signal reaches the whole group
	# like ^C. A shell's background job ignores SIGINT; env resets that.
	setsid env --default-signal=INT make "$target" >/dev/null 2>&1 </dev/null &
	sleep "$seconds"
	begun=$(date +%s)
	if kill -INT -$!; then
		wait $!
		echo "after $seconds s: make ended with $? within $(($(date +%s) - begun)) s"
	else
		echo "after $seconds s: make had ended"
	fi
	for _ in $(seq 50); do
		[ "$(left)" != "$before" ] || continue 2
		sleep 0.1
	done
	echo "left after $seconds s:"
	left
	status=1
done
exit $status
