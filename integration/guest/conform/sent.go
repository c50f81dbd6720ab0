package main

import "strings"

// startKid begins a script. It starts a kid in the background, as p, and waits until it
// is ready. The kid prints its signals to the file log.
const startKid = `$G kid 60 5 >log & p=$!; until grep -qs ready log; do sleep 0.02; done; k=$(cat pid); `

// apart waits until the kid's parent is in another process group: gorun leaves the kid's, and
// a shell with job control is not in it. Some launchers stay, and are not waited for.
const apart = `for i in $(seq 500); do [ $(ps -o pgid= $(ps -o ppid= $k)) = $(ps -o pgid= $k) ] || break; sleep 0.02; done; `

// await is a shell function that waits for a line in the log.
const await = `await() { until grep -qs "^$1" log; do sleep 0.02; done; }; `

// toGroup is the reason why a signal from outside to a whole process group may come twice.
const toGroup = "gorun is in the job's group until COMMAND has begun and while the job is stopped; the kernel reports a signal's sender, but not that the signal went to the whole group; to forward it twice is better than to lose it"

// over ends the kid and prints the signals that it got.
const over = `; kill -USR2 $k; wait $p; echo $?; grep -v ready log | sort`

// signalsSent are trials of signals that do not come from the terminal.
func signalsSent() []trial {
	each := `for s in TERM INT HUP QUIT USR1 ALRM WINCH 35 64; do kill -$s $p; until [ $(grep -c user log) -gt ${n:-0} ]; do sleep 0.02; done; n=$(grep -c user log); done`
	return []trial{
		{Name: "each once, to the process", script: `set -m; ` + startKid + each + over},
		{Name: "to an ignored signal", script: `trap '' HUP; ` + await + startKid + `kill -HUP $p; kill -USR1 $p; await USR1` + over},
		{Name: "nohup", script: await + `nohup ` + startKid + `kill -HUP $p; kill -TERM $p; await TERM` + over},
		{Name: "a stopped command is continued alone", script: startKid + `kill -STOP $k; until grep -qs State:.T /proc/$k/status; do sleep 0.02; done; kill -CONT $k` + over},
		{Name: "stopped and continued without a terminal", script: `set -m; ` + startKid + `set +m; kill -TSTP $p; until grep -qs State:.T /proc/$k/status; do sleep 0.02; done; kill -CONT $p` + over},
		{Name: "many real-time signals", script: startKid + `for i in $(seq 64); do kill -40 $p; done; until [ $(grep -c 40 log) = 64 ]; do sleep 0.02; done` + over},
		{Name: "to the group, by its leader", Reason: toGroup, script: `trap '' USR1; st setsid sh -c '$G env --default-signal=USR1 kid 60 5 >log & p=$!; until grep -qs ready log; do sleep 0.02; done; kill -USR1 0; kill -ALRM $p; until grep -qs ALRM log; do sleep 0.02; done; kill -USR2 $(cat pid); wait $p; exit $?'; sort log`},
		{Name: "to the group, by another process", script: `set -m; ` + await + startKid + apart + `set +m; kill -USR1 -$p; kill -ALRM $p; await ALRM` + over},
		{Name: "to the group, by kill(1)", script: `set -m; ` + await + startKid + apart + `set +m; $(which kill) -USR1 -- -$p; kill -ALRM $p; await ALRM` + over},
		{Name: "to a job of the shell", script: `set -m; ` + await + startKid + apart + `kill -USR1 %1; kill -ALRM $p; await ALRM` + over},
		{Name: "TERM to a job of the shell", script: `set -m; ` + await + startKid + apart + `kill %1; kill -ALRM $p; await ALRM` + over},
		{Name: "the command signals who started it", script: `st $G sh -c 'trap "" USR1; kill -USR1 0; echo on'`},
		{Name: "the command signals its parent", script: `sh -c 'trap : USR1; $G sh -c "trap \"echo got\" USR1; kill -USR1 \$PPID; sleep 0.2; echo on"; echo $?'`},
		{Name: "pkill -f", script: `n=61; ` + strings.Replace(startKid, "60", "$n", 1) + `pkill -USR1 -f "[k]id $n 5"; until grep -qs USR1 log; do sleep 0.02; done; kill -ALRM $k; until grep -qs ALRM log; do sleep 0.02; done` + over},
		{Name: "timeout, which signals it and its group", Reason: toGroup, script: `timeout -s ALRM 3 $G kid 9 5`},
	}
}
