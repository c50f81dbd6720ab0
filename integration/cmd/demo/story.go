package main

import "slices"

// whereTheyRun lists alice's commands. The last column is the unit of her manager, or "-"
// for a command in her session.
const whereTheyRun = `ps -u alice -o comm,unit,uunit | grep -E '^(gorun|sleep|tmux)'`

// leftovers lists the remaining units of gorun and of the runs below.
const leftovers = `systemctl --user list-units -a --no-legend 'gorun-*' train* work* build*`

// whileLoggedIn is what alice does in her first login.
func whileLoggedIn(l limits) []step {
	return slices.Concat(startSteps(), l.steps(), endSteps(), backgroundSteps())
}

// startSteps starts commands that may survive the logout.
func startSteps() []step {
	return []step{
		{
			why:     "A login is a session. A logout kills what runs in it.",
			command: `tail -n1 /proc/self/cgroup`,
			wants:   []string{`session-\w+\.scope\n\z`},
		}, {
			why:     "A long command and a tmux, each in a scope of its own.\nThe first command is for comparison.",
			command: `nohup sleep 4000 >/dev/null 2>&1 &`,
		}, {
			command: `gorun --nohup --unit=train --runtime-max=8h sleep 3600 >train.log 2>&1 &`,
			unit:    "train.scope",
		}, {
			command: `gorun --unit=work tmux new-session -d -s main`,
			unit:    "work.scope",
		}, {
			why:     "Where they run: not in the session, except for the first.",
			after:   `[ "$(pgrep -c -u alice -x sleep)" = 2 ]`,
			command: whereTheyRun,
			unit:    "train.scope",
			wants: []string{
				`(?m)^sleep +session-\w+\.scope +-$`,
				`(?m)^sleep +user@1000\.service +train\.scope$`,
				`(?m)^tmux: server +user@1000\.service +work\.scope$`,
			},
		}, {
			why:     "The state of the run. Alice lingers while it lives, so it survives.",
			after:   `[ -e /var/lib/systemd/linger/alice ]`,
			command: `gorun --status train`,
			unit:    "train.scope",
			wants:   []string{`state +active`, `left of 8h`, `logout +survives`, `\d+ sleep 3600\n`},
		},
	}
}

// endSteps shows how runs end.
func endSteps() []step {
	return []step{
		{
			why:     "The time limit.",
			command: `gorun --runtime-max=1s sleep 60; echo $?`,
			wants:   []string{`(?m)^gorun: warning: .*time limit of 1s reached$`, `(?m)^124$`},
		}, {
			why:     "What a run used, and how it ended.",
			command: `gorun --report sh -c 'exit 7'; echo $?`,
			wants:   []string{`outcome +exited: .*status 7`, `CPU time +\d`, `(?m)^7$`},
		},
	}
}

// backgroundSteps starts a run that should last longer than the login.
func backgroundSteps() []step {
	return []step{{
		why:     "A run in the background. What it prints goes to the journal.",
		command: `gorun -b --unit=build sh -c 'echo compiling; sleep 3; echo built'`,
		unit:    "build.scope",
		wants:   []string{`\Abuild\.scope\n\z`},
	}}
}

// afterLogout is what root sees when alice's session has ended.
func afterLogout() []step {
	return []step{{
		why:     "She has no session. Her manager stays while her runs live.",
		after:   `! ls -d /sys/fs/cgroup/user.slice/user-1000.slice/session-*.scope >/dev/null`,
		command: `loginctl list-users`,
		wants:   []string{`alice +yes +lingering`},
	}}
}

// afterSecondLogin is what alice finds, and how she ends it.
func afterSecondLogin() []step {
	return []step{
		{
			why:     "The command and the tmux are alive. What nohup started is not.",
			command: whereTheyRun,
			unit:    "train.scope",
			wants: []string{
				`(?m)^sleep +user@1000\.service +train\.scope$`,
				`(?m)^tmux: server +user@1000\.service +work\.scope$`,
				`\A(.* user@1000\.service +\w+\.scope\n)+\z`,
			},
		}, {
			command: `tmux list-sessions`,
			unit:    "work.scope",
			wants:   []string{`\Amain: 1 windows`},
		}, {
			why:     "What the run in the background printed. The logout did not end it.",
			after:   `! systemctl --user -q is-active build.scope`,
			command: `gorun --log build -- -o cat`,
			unit:    "build.scope",
			wants:   []string{`(?m)^compiling\nbuilt$`, `exited with status 0`},
		}, {
			why: "Alice ends her runs.",
			command: `systemctl --user stop train.scope
tmux kill-server`,
			unit: "train.scope",
		}, {
			why:   "What is left: no unit, no failed unit, and no lingering.",
			after: `[ ! -e /var/lib/systemd/linger/alice ] && [ -z "$(` + leftovers + `)" ]`,
			command: leftovers + `
systemctl --user --failed --no-legend; systemctl --failed --no-legend
loginctl show-user alice -p Linger`,
			wants: []string{`\ALinger=no\n\z`},
		},
	}
}
