#!/bin/sh
# Makes sure that the tools of the tests and their rigs are there: as root by
# installing them, else by saying how.
set -eu

# command:package. The race detector needs a C compiler.
tools='make:make gcc:gcc gcc:libc6-dev
	mmdebstrap:mmdebstrap qemu-system-x86_64:qemu-system-x86 qemu-img:qemu-utils
	mke2fs:e2fsprogs newuidmap:uidmap ssh:openssh-client bash:bash tar:tar'

missing=
for tool in $tools; do
	PATH=$PATH:/usr/sbin:/sbin command -v "${tool%%:*}" >/dev/null || missing="$missing ${tool#*:}"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
	echo "installing$missing" >&2
	export DEBIAN_FRONTEND=noninteractive
	apt-get -qq update
	# shellcheck disable=SC2086 # a list of words
	apt-get -qq install --no-install-recommends $missing >/dev/null
else
	echo "The tests need some packages. Install them with:" >&2
	echo "  sudo apt-get install --no-install-recommends$missing" >&2
	exit 1
fi
