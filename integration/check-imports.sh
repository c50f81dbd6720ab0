#!/bin/sh
# Imports go one way: cmd/gorun -> scope -> scope/property, internal/*, cgroup. Only scope and
# internal/* know godbus, only cmd/gorun knows urfave/cli.
set -eu

status=0
# forbid PACKAGES IMPORTS: none of PACKAGES may import what matches IMPORTS.
forbid() {
	imports=$(go list -f '{{$p := .ImportPath}}{{range .Imports}}{{$p}} imports {{.}}
{{end}}' "$1")
	found=$(echo "$imports" | grep -E " imports ($2)") || [ $? -eq 1 ]
	if [ -n "$found" ]; then
		echo "$found" >&2
		status=1
	fi
}

forbid ./cgroup/...        'gorun/|github.com/'
forbid ./internal/...      'gorun/(cmd|scope|integration)|github.com/urfave/'
forbid ./scope/...         'gorun/(cmd|integration)|github.com/urfave/'
forbid ./scope/property    'gorun/scope|gorun/internal/(bus|systemd1|logind)|github.com/'
forbid ./cmd/...           'gorun/integration|github.com/godbus/'
forbid ./integration/...   'gorun/(cmd|internal)|github.com/(godbus|urfave)/'
# Programs that run inside a guest use the libraries as an importer does.
for package in . ./rig ./cmd/...; do
	forbid "./integration/$package" 'gorun/(scope|cgroup)'
done
exit $status
