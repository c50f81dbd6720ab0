#!/bin/sh
# Makes dist/NAME.tar.gz with a program and what belongs to it: archive.sh PROGRAM NAME
set -eu
program=$1 name=$2
tree=dist/tree/$name
mkdir -p "$tree/bin" "$tree/man" "$tree/completion" "$tree/packaging"
install -m 755 "$program" "$tree/bin/gorun"
install -m 644 man/gorun.1 man/gorun-recipes.7 man/copyright "$tree/man/"
install -m 644 completion/gorun.* "$tree/completion/"
install -m 755 packaging/install.sh "$tree/packaging/"
install -m 644 LICENSE README.md CHANGELOG.md SECURITY.md "$tree/"
tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner \
	--mode=u=rwX,go=rX --format=gnu -C dist/tree -c "$name" | gzip -9n >"dist/$name.tar.gz"
rm -r dist/tree
