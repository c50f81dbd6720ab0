#!/bin/sh
# Installs gorun below a directory, such as /usr/local. With -r it removes what it installs.
set -eu

remove=
if [ "$1" = -r ]; then
	remove=yes
	shift
fi
root=$1

# file puts a file, with a mode, at a place below the directory.
file() {
	if [ -n "$remove" ]; then
		rm -f "$root/$3"
	else
		install -D -m "$1" "$2" "$root/$3"
	fi
}

file 755 bin/gorun bin/gorun
file 644 man/gorun.1 share/man/man1/gorun.1
file 644 man/gorun-recipes.7 share/man/man7/gorun-recipes.7
file 644 completion/gorun.bash share/bash-completion/completions/gorun
file 644 completion/gorun.zsh share/zsh/site-functions/_gorun
file 644 completion/gorun.fish share/fish/vendor_completions.d/gorun.fish
file 644 man/copyright share/doc/gorun/copyright
file 644 LICENSE share/doc/gorun/LICENSE
if [ -n "$remove" ] && [ -d "$root/share/doc/gorun" ]; then
	rmdir "$root/share/doc/gorun"
fi
