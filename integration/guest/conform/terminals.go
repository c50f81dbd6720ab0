package main

import (
	"slices"
	"syscall"
)

// The keys of a terminal.
const (
	ctrlC         = "\x03"
	ctrlD         = "\x04"
	ctrlZ         = "\x1a"
	ctrlBackslash = "\x1c"
)

// onKid is a dialog with a kid in the foreground. USR2 ends the kid.
func onKid(steps ...step) []step {
	start := []step{enter("$G kid 60 5"), see("ready\n")}
	return slices.Concat(start, steps, []step{finish()})
}

// finish ends the kid in the foreground, and records its signals and $?. When USR1 has
// arrived, all signals sent before it have arrived too.
func finish() step {
	return times(1, signalLeader(syscall.SIGUSR1), seeUSR1(), endKid(), heard(), see("> "), status())
}

// atTerminals are trials of keys, job control and terminal sizes at a shell's prompt.
func atTerminals() []trial {
	return slices.Concat(inShells(trial{
		Name: "^C comes once", dialog: []step{enter("$G kid 60 5"), see("ready\n"), press(ctrlC), see("INT kernel\n"), finish()},
	}), inShells(trial{
		Name: "^C ends a loop", dialog: []step{enter("for i in 1 2 3; do $G sh -c 'echo up$i; exec sleep 60'; done"), see("\nup"), press(ctrlC), note(`up\d`, "> "), status()},
	}), inShells(trial{
		Name: "^\\ kills", dialog: []step{enter("$G sh -c 'ulimit -c 0; echo up; exec sleep 60'"), see("\nup\n"), press(ctrlBackslash), note(`Quit|goroutine`, "> "), status()},
	}), inShells(trial{
		Name: "^\\ comes once", dialog: []step{enter("$G kid 60 5"), see("ready\n"), press(ctrlBackslash), see("QUIT kernel\n"), finish()},
	}), inShells(trial{
		Name: "^Z, jobs, fg", dialog: onKid(press(ctrlZ), see("Stopped"), see("> "), enter("jobs"), note("Stopped", "> "), enter("fg"), see("kid 60 5\n")),
	}), []trial{
		{Name: "^Z, bg, fg", dialog: onKid(press(ctrlZ), see("Stopped"), see("> "), enter("bg; jobs"), note("Running", "Running"), see("> "), enter("fg"), see("kid 60 5\n"))},
		{Name: "forty times ^Z and fg", dialog: []step{
			enter(`$G sh -c 'while read x; do [ "$x" = end ] && exit 5; echo "read $x"; done'`),
			times(40, enter("x"), see("read x\n"), asleep(), press(ctrlZ), see("Stopped"), see("> "), enter("fg"), see("fg\n")),
			enter("end"), see("> "), status()}},
		// bash forgets a job that has ended, but not the status of $!.
		{Name: "twenty times ^Z and bg", dialog: []step{enter("mkfifo go"), see("> "), times(20, enter("$G sh -c 'exec 3<>go; echo up; read x <&3'"), see("\nup\n"), press(ctrlZ), see("Stopped"), see("> "),
			enter(`bg; echo >go; wait $!; echo "ended $?"`), note("Stopped", "ended 0\n"), see("> "))}},
		{Name: "a stop that is refused", dialog: []step{enter(`$G sh -c 'trap "" TSTP; echo up; read x; exit 6'`), see("\nup\n"), press(ctrlZ), enter("x"), note("Stopped", "> "), status()}},
		{Name: "restores the screen before it stops", dialog: []step{
			enter(`$G bash -c 'trap "sleep 0.2; echo left-screen; kill -STOP \$\$" TSTP; echo up; while :; do read -t 0.1; done'`), see("\nup\n"),
			press(ctrlZ), note("^.*left-screen$", "Stopped"), see("> "), enter("kill -KILL %1; wait"), see("> ")}},
		{Name: "suspends itself", dialog: []step{enter(`$G sh -c 'echo up; kill -STOP $$; exit 6'`), see("\nup\n"), see("Stopped"), see("> "), enter("fg"), see("\n> "), status()}},
		{Name: "its group suspends itself", dialog: []step{enter(`$G sh -c 'echo up; kill -TSTP 0; exit 6'`), see("\nup\n"), see("Stopped"), see("> "), enter("fg"), see("\n> "), status()}},
		{Name: "stops itself in the background", dialog: []step{enter("$G sh -c 'kill -STOP $$; echo hi' &"), see("> "), enter("wait %1; jobs"), see("Stopped"), see("> "), enter("fg"), see("\nhi\n"), see("> "), status()}},
		{Name: "stopped and continued alone in a script", dialog: []step{
			enter("sh -c '$G kid 60 5 >log & p=$!; until grep -qs ready log; do sleep 0.02; done; k=$(cat pid); kill -STOP $k; until grep -qs State:.T /proc/$k/status; do sleep 0.02; done; sleep 0.2; kill -CONT $k; kill -USR2 $k; wait $p; echo ended $?'"),
			see("\nended 5\n"), see("> "), status()}},
		{Name: "^C where COMMAND leaves its group", dialog: []step{enter("$G timeout 60 sh -c 'echo up; exec sleep 60'"), see("\nup\n"), press(ctrlC), see("> "), status()}},
		{Name: "^Z where COMMAND leaves its group", dialog: []step{enter("$G timeout 60 sh -c 'echo up; exec sleep 60'"), see("\nup\n"), press(ctrlZ), see("Stopped"), see("> "), enter("fg"), see("timeout"), signalLeader(syscall.SIGTERM), see("> "), status()}},
		{Name: "reads where COMMAND leaves its group", dialog: []step{enter(`$G python3 -c 'import os; os.setpgid(0, 0); print("got", input())'`), enter("word"), see("got word\n"), see("> "), status()}},
		{Name: "gorun's own words in the background", OnlyFor: "gorun", Want: "124", ReasonExec: "there is no gorun to print a message",
			dialog: []step{enter("stty tostop; $G --runtime-max=3s sleep 60 & wait $!"), see("> "), status()}},
		{Name: "reads in the background", dialog: []step{enter("$G cat &"), see("> "), enter("wait %1; jobs"), see("Stopped"), see("> "), enter("fg"), see("cat\n"),
			enter("hello"), see("hello\nhello\n"), press(ctrlD), see("> "), status()}},
		{Name: "writes in the background", dialog: []step{enter("stty tostop; $G echo out &"), see("> "), enter("wait %1; jobs"), see("Stopped"), see("> "), enter("fg"), see("\nout\n"), see("> "), status()}},
		{Name: "is resized", dialog: []step{enter("$G kid 60 5"), see("ready\n"), resize(50), see("WINCH kernel\n"), finish()}},
		{Name: "a full pipeline at the terminal", dialog: []step{enter(`$G true | $G sh -c 'read x </dev/tty; echo "read $x"'`), enter("word"), see("read word\n"), see("> "), status()}},
		{Name: "^C ends a pipeline", dialog: []step{enter(`$G sh -c 'until pgrep -s 0 -x cat >/dev/null; do sleep 0.02; done; echo up >&2; exec sleep 60' | $G cat; echo "${PIPESTATUS[*]}"`), see("\nup\n"), press(ctrlC), note(`^[\d ]+$`, "> "), status()}},
		{Name: "job control of an inner shell", dialog: []step{
			enter("PS1='inner> ' $G bash --norc --noprofile -i"), see("inner> "),
			times(3, enter("suspend"), see("Stopped"), see("> "), enter("fg"), see("-i\n"), enter("echo back"), see("\nback\n"), see("inner> ")),
			enter("sh -c 'echo up; exec sleep 60'"), see("\nup\n"), press(ctrlZ), see("Stopped"), see("inner> "),
			// Twice: bash may not know yet that the job is dead, and then warns of a
			// stopped job.
			enter("kill -KILL %1"), see("inner> "), enter("exit 3; exit 3"), see("\n> "), status()}},
		{Name: "stty is left alone", dialog: []step{enter("stty -a >a; $G stty -echo; stty -a >b; stty echo; stty -a >c; cmp a c && ! cmp -s a b"), see("> "), status()}},
		{Name: "the terminal's modes after the time limit", OnlyFor: "gorun", Want: "icanon; 0", ReasonExec: "there is no gorun to restore the modes",
			dialog: []step{enter("$G --runtime-max=3s sh -c 'stty raw -echo; exec sleep 60'; stty -a | grep -ow -e -icanon -e icanon"), note(`^-?icanon$`, "> "), status()}},
		{Name: "kill %1 of a job that is stopped", Reason: toGroup, dialog: []step{enter("$G kid 60 5 log"), file("log", "ready"), press(ctrlZ), see("Stopped"), see("> "),
			enter("kill -HUP %1; fg"), see("kid 60 5 log\n"), file("log", "HUP"), endKid(), see("> "), status(), enter("sort log"), note(`[A-Z0-9]+ user$`, "> ")}},
		{Name: "kill %1 of a job that runs", dialog: []step{enter("$G kid 60 5 >log & until grep -qs ready log; do sleep 0.1; done; k=$(cat pid); " + apart), see("\n> "),
			enter("kill %1; kill -ALRM $!; until grep -qs ALRM log && grep -qs TERM log; do sleep 0.02; done; kill -USR2 $(cat pid); wait %1; sort log"),
			note(`[A-Z0-9]+ user$`, "\nend\n"), see("> "), status()}},
		{Name: "leads the session", script: "exec $G kid 60 5", dialog: []step{see("ready\n"), press(ctrlC), see("INT kernel\n"), signalFirst(syscall.SIGUSR1), signalFirst(syscall.SIGUSR2), heard()}},
		{Name: "leads the session, and is hung up", script: "exec $G kid 60 5 log", dialog: []step{file("log", "ready"), hangUp(), file("log", "HUP")}},
		{Name: "in the foreground when the terminal hangs up", dialog: []step{enter("$G kid 60 5 log"), file("log", "ready"), hangUp(), file("log", "HUP")}},
	})
}
