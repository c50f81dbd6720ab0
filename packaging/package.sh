#!/bin/sh
# Makes a package: package.sh deb|rpm VERSION ARCH NFPM
set -eu
packager=$1 nfpm=$4
export VERSION="$2" GOARCH="$3" RELEASE=

tree=dist/tree
rm -rf $tree dist/gorun*."$packager"
mkdir -p $tree
gzip -9nc man/gorun.1 >$tree/gorun.1.gz
gzip -9nc man/gorun-recipes.7 >$tree/gorun-recipes.7.gz
cp man/copyright $tree/copyright

# changelog writes the newest part of CHANGELOG.md as Debian wants it.
changelog() {
	printf 'gorun (%s) unstable; urgency=medium\n\n' "$VERSION"
	awk '/^## / { n++; next } n != 1 { next } /^- / { print item; item = substr($0, 3) } /^  / { item = item " " substr($0, 3) }
		END { print item }' CHANGELOG.md | while read -r item; do
		[ -z "$item" ] || printf '%s\n' "$item" | fold -s -w 72 | sed '1s/^/  * /; 1!s/^/    /; s/ *$//'
	done
	printf '\n -- %s  %s\n' "$MAINTAINER" "$(date -Ru -d "@$SOURCE_DATE_EPOCH")"
}
changelog | gzip -9nc >$tree/changelog.gz

cp packaging/nfpm.yaml $tree/nfpm.yaml
if [ "$packager" = rpm ]; then
	RELEASE=1
	echo 'license: Apache-2.0' >>$tree/nfpm.yaml # a Debian package has no such field
fi
$nfpm package -f $tree/nfpm.yaml -p "$packager" -t dist/
rm -rf $tree
