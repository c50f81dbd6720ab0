package main

import "slices"

const noDump = "a core is dumped once, by COMMAND; gorun dies of the signal without one, and a shell does not say \"core dumped\""

// dieOf is a shell function that runs a process which dies of a signal.
const dieOf = `die() { st $G sh -c "ulimit -c 0; kill -$1 \$\$"; }; `

// statuses are trials of exit status and death by signal, as shells and wait(2) see them.
func statuses() []trial {
	return slices.Concat([]trial{
		{Name: "exit 0 to 255", script: `for i in 0 1 7 124 125 126 127 128 130 137 255; do $G sh -c "exit $i"; echo $?; done`},
		{Name: "signals 1 to 11", script: dieOf + `for i in 1 2 3 4 5 6 7 8 9 10 11; do die $i; done`},
		{Name: "signals 12 to 31", script: dieOf + `for i in 12 13 14 15 16 24 25 26 27 29 30 31; do die $i; done`},
		{Name: "signals from 34", script: dieOf + `for i in 34 35 40 50 64; do die $i; done`},
		{Name: "abort with a core", script: `ulimit -c unlimited; st $G sh -c 'kill -ABRT $$'; ls | wc -l`, Reason: noDump},
		{Name: "no such command", script: `$G nosuch 2>/dev/null; echo $?; $G ./nosuch 2>/dev/null; echo $?`},
		{Name: "an empty name", script: `env $G '' 2>/dev/null; echo $?`},
		{Name: "a file that is not a program", script: `env $G /etc/passwd 2>/dev/null; echo $?; env $G / 2>/dev/null; echo $?`},
		{Name: "an interpreter that does not exist", script: `printf '#!/nonexistent\n' >x; chmod +x x; env $G ./x 2>/dev/null; echo $?`},
		{Name: "a script without #!", ReasonOptions: madeAbsolute, script: `echo 'echo "$0 $# $1"; exit 4' >x; chmod +x x; $G ./x 'a b'; echo $?`},
		{Name: "an empty element of PATH", script: `printf '#!/bin/sh\necho here\n' >prog; chmod +x prog; g=${G%% *}; PATH=:/usr/bin:/bin env ${G:+$(command -v $g)} ${G#$g} prog`},
		{Name: "without PATH", script: `g=${G%% *}; g="${G:+$(command -v $g)}${G#$g}"; env -u PATH $g ls -d /`},
		{Name: "the first of a pipeline dies of SIGPIPE", script: `set -o pipefail; $G yes | head -1; echo ${PIPESTATUS[*]}`},
		{Name: "the last of a pipeline", script: `set -o pipefail; echo in | $G sh -c 'cat; exit 3'; echo ${PIPESTATUS[*]}`},
		{Name: "all of a pipeline", script: `for i in 1 2 3; do echo $i; done | $G cat | $G sort -r | $G tr 1-3 a-c`},
		{Name: "timeout in front", script: `timeout 1 $G sleep 99; echo $?; pgrep -s 0 -x sleep; timeout -s KILL 1 $G sleep 2 2>/dev/null; echo $?`, shell: "dash"},
		{Name: "killed by SIGKILL", Reason: "SIGKILL cannot be forwarded: COMMAND keeps running in its scope until the scope is stopped",
			script: `exec 2>/dev/null; $G kid 60 >log & p=$!; until grep -qs ready log; do sleep 0.02; done; kill -KILL $p; wait $p; echo $?; kill -KILL $(cat pid) && echo lived`},
		{Name: "standard output closed or full", script: `$G true >&-; echo $?; $G sh -c 'echo x' >/dev/full 2>/dev/null; echo $?`},
	}, inShells(trial{Name: "terminated in the background", script: `exec 2>/dev/null; $G sh -c 'echo up >log; exec sleep 60' & p=$!; until grep -qs up log; do sleep 0.02; done; kill $p; wait $p; echo $?`}), inShells(trial{Name: "set -e", script: `set -e; $G true; $G false; echo not reached`}), inShells(trial{Name: "substitution", script: `x=$($G sh -c 'echo out; echo err >&2; exit 5'); echo "$x $?"`}))
}
