#!/bin/sh
# Checks a Debian package with lintian: lint.sh FILE. The maintainer has no address yet.
exec lintian --allow-root --fail-on error,warning --suppress-tags bogus-mail-host,bogus-mail-host-in-debian-changelog "$1"
