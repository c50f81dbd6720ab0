#!/bin/sh
# Writes a list of what a program contains: sbom.sh PROGRAM VERSION FILE CYCLONEDX-GOMOD. It has the time of
# the commit, not that of now.
set -eu
program=$1 version=$2 file=$3 cyclonedx=$4
$cyclonedx bin -json -licenses -std -noserial -version "$version" -output "$file" "$program"
now=$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)
sed -i "s/\"timestamp\": \"[^\"]*\"/\"timestamp\": \"$now\"/" "$file"
