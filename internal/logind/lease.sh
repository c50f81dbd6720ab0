# The linger lease: sh THIS take|give NAME LINGER-FILE FOLDER
#
# LINGER-FILE exists while NAME lingers, whoever wanted that. logind touches it
# each time lingering is enabled, so that FOLDER/linger-lease, which holds its
# time of modification, tells our enabling from a later one by hand.
set -eu
PATH=/usr/bin:/bin:/usr/sbin:/sbin:/run/current-system/sw/bin
file=$3 folder=$4 marker=$4/linger-lease
mkdir -p "$folder"
exec 9<"$folder"
flock 9

ours() { # the lingering that there is
	[ -e "$marker" ] || return 1
	held=$(cat "$marker")
	[ "$held" = pending ] || [ "$held" = "$(stat -c %.9Y "$file" 2>/dev/null)" ]
}

case $1 in
take)
	if [ -e "$file" ] && ! ours; then
		exit 0 # the user's own, which we must not give back
	fi
	echo pending >"$marker" # before it is enabled: whoever finds this may be first to know
	if ! loginctl --no-ask-password enable-linger "$2"; then
		rm -f "$marker"
		exit 1
	fi
	stat -c %.9Y "$file" >"$marker"
	;;
give)
	exec 8>"$folder/launching"
	flock -n 8 || exit 0 # somebody relies on it, and will give it back
	if [ -e "$file" ] && ours; then
		loginctl --no-ask-password disable-linger "$2"
	fi
	rm -f "$marker" # last: without it, what is still enabled would be taken for the user's
	;;
esac
