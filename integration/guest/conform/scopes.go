package main

// inScopes are trials that need a scope. They have the expected observations.
func inScopes() []trial {
	const count = `| grep -c '/gorun-.*scope$'`
	return []trial{
		{Name: "always in the scope", OnlyFor: "gorun", Want: "20 → exit 0",
			script: `for i in $(seq 20); do $G cat /proc/self/cgroup; done ` + count},
		{Name: "gorun killed, the command lives", OnlyFor: "gorun", Want: "alive active → exit 0",
			ReasonExec: "gorun has become the command",
			script:     `exec 2>/dev/null; $G --unit=$$-kill kid 60 >log & p=$!; until grep -qs ready log; do sleep 0.02; done; kill -9 $p; wait $p; kill -0 $(cat pid) && echo alive; systemctl --user is-active $$-kill.scope; systemctl --user stop $$-kill.scope`},
		{Name: "the time limit", OnlyFor: "gorun", Want: "124 ready TERM user end → exit 0", ReasonExec: "there is no gorun to exit with 124",
			script: `exec 2>/dev/null; $G --runtime-max=8s kid 60 7 >log & p=$!; until grep -qs TERM log; do sleep 0.02; done; kill -USR2 $(cat pid); wait $p; echo $?; cat log`},
		{Name: "the time limit, TERM ignored", OnlyFor: "gorun", Want: "137 → exit 0",
			script: `trap '' TERM; exec 2>/dev/null; $G --runtime-max=5s --stop-timeout=1s sleep 60; echo $?`},
		{Name: "the manager's signals come once", OnlyFor: "gorun", Want: "USR1 user TERM user end → exit 0",
			script: `$G --unit=$$-once kid 60 >log 2>/dev/null & p=$!; until grep -qs ready log; do sleep 0.02; done; systemctl --user kill -s USR1 $$-once.scope; until grep -qs USR1 log; do sleep 0.02; done; systemctl --user stop --no-block $$-once.scope; until grep -qs TERM log; do sleep 0.02; done; sleep 1; kill -USR2 $(cat pid); wait $p; grep -v ready log`},
		{Name: "gorun's own failures", OnlyFor: "gorun", Want: "125 125 125 → exit 0",
			script: `exec 2>/dev/null; $G; echo $?; $G --nope true; echo $?; $G --unit=x.service true; echo $?`},
	}
}
