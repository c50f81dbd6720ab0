#!/bin/sh
# Checks that the tools of the tests and their rigs are installed, with the argument arm64 also
# those of emulated arm64 machines. As root it installs missing packages; for an ordinary user it
# prints the commands.
set -eu

# command:package. The race detector needs a C compiler.
tools='make:make gcc:gcc gcc:libc6-dev
	mmdebstrap:mmdebstrap qemu-system-x86_64:qemu-system-x86 qemu-img:qemu-utils
	mke2fs:e2fsprogs newuidmap:uidmap ssh:openssh-client bash:bash tar:tar
	man:man-db zsh:zsh fish:fish dh_bash-completion:bash-completion busybox:busybox'
[ "${1-}" != arm64 ] || tools="$tools qemu-system-aarch64:qemu-system-arm qemu-aarch64-static:qemu-user-static
	update-binfmts:binfmt-support arch-test:arch-test"

missing=
for tool in $tools; do
	PATH=$PATH:/usr/sbin:/sbin command -v "${tool%%:*}" >/dev/null || missing="$missing ${tool#*:}"
done

user=$(id -un)
uid=$(id -u)

# has_range reports whether a file gives the user 65536 IDs in one range.
# Lines read user:first:count, where user may be a number (subuid(5)).
has_range() {
	awk -F: -v user="$user" -v uid="$uid" \
		'($1 == user || $1 == uid) && $3 >= 65536 { found = 1 } END { exit !found }' "$1" 2>/dev/null
}

install_missing() {
	if ! command -v apt-get >/dev/null; then
		echo "error: missing Debian packages:$missing" >&2
		exit 1
	fi
	echo "installing$missing" >&2
	export DEBIAN_FRONTEND=noninteractive
	apt-get -qq update
	# shellcheck disable=SC2086 # a list of words
	apt-get -qq install --no-install-recommends $missing >/dev/null
}

# run_arm64 makes the kernel run arm64 programs, by QEMU. They build the image.
run_arm64() {
	[ -e /proc/sys/fs/binfmt_misc/register ] || mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
	[ -e /proc/sys/fs/binfmt_misc/qemu-aarch64 ] || update-binfmts --enable qemu-aarch64
}

if [ "$uid" -eq 0 ]; then
	[ -z "$missing" ] || install_missing
	[ "${1-}" != arm64 ] || run_arm64
	exit 0
fi

status=0
if [ -n "$missing" ]; then
	echo "The tests need some packages. Install them with:" >&2
	echo "  sudo apt-get install --no-install-recommends$missing" >&2
	status=1
fi
if ! has_range /etc/subuid || ! has_range /etc/subgid; then
	echo "Images are built in a user namespace, which needs 65536 user and group IDs." >&2
	echo "/etc/subuid or /etc/subgid has no such range for $user. If no other user has 100000-165535, add it with:" >&2
	echo "  sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 $user" >&2
	status=1
fi
exit $status
