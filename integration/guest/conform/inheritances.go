package main

// inheritances are trials of what a process inherits from its parent.
func inheritances() []trial {
	const ignoredAndBlocked = `grep -E "^Sig(Blk|Ign)" /proc/self/status`
	return []trial{
		{Name: "ignored and blocked signals", script: `exec $G ` + ignoredAndBlocked},
		{Name: "trap '' of many", script: `trap '' USR1 USR2 PIPE QUIT HUP INT TERM TSTP ALRM; exec $G ` + ignoredAndBlocked},
		{Name: "blocked signals", script: `exec env --block-signal=USR1,TERM,INT,HUP,PIPE,RTMIN $G ` + ignoredAndBlocked},
		{Name: "ignored real-time signals", script: `exec env --ignore-signal=RTMIN+3,XCPU,WINCH $G ` + ignoredAndBlocked},
		{Name: "ignored CHLD", Reason: "gorun needs CHLD to learn of COMMAND's end, and nothing can ignore it again between fork and exec", script: `exec env --ignore-signal=CHLD $G ` + ignoredAndBlocked},
		{Name: "nohup", script: `nohup $G ` + ignoredAndBlocked},
		{Name: "descriptors", script: `exec $G ls /proc/self/fd 3</dev/null 7</dev/null`},
		{Name: "closed descriptors", script: `exec $G sh -c 'ls /proc/self/fd' <&-`},
		{Name: "closed standard error", script: `exec $G sh -c 'ls -l /proc/self/fd | grep -c /dev/null' 2>&-`},
		{Name: "process substitution", script: `$G diff <(echo a) <(echo b); echo $?; $G sh -c 'cat >&2' 2> >(cat) < <(echo in)`},
		{Name: "here-strings on other descriptors", script: `$G sh -c 'cat <&3' 3<<<hi; $G sh -c 'echo out >&9' 9>&1`},
		{Name: "huge pages", script: `$G grep THP_enabled /proc/self/status; exec python3 -c 'import ctypes, os, sys; ctypes.CDLL(None).prctl(41, 1, 0, 0, 0); os.execvp(sys.argv[1], sys.argv[1:])' $G grep THP_enabled /proc/self/status`},
		{Name: "timer slack", script: `$G cat /proc/self/timerslack_ns; exec python3 -c 'import ctypes, os, sys; ctypes.CDLL(None).prctl(29, 7000, 0, 0, 0); os.execvp(sys.argv[1], sys.argv[1:])' $G cat /proc/self/timerslack_ns`},
		{Name: "limits, umask, niceness", ReasonOptions: setsNiceness, script: `ulimit -n 400; ulimit -Sc 0; umask 027; exec nice -n 3 $G sh -c 'ulimit -aS; ulimit -aH; umask; nice; cat /proc/self/oom_score_adj'`},
		{Name: "directory, locale, argv[0]", script: `mkdir 'a b'; cd 'a b'; $G sh -c 'pwd; locale 2>/dev/null | head -3; tr "\0" "," </proc/self/cmdline'`},
		{Name: "affinity", script: `taskset -c 0 $G sh -c 'nproc; grep Cpus_allowed_list /proc/self/status'`},
		{Name: "an ignored INT that COMMAND has a use for", script: `trap '' INT; $G python3 -c 'import os, signal, time
signal.signal(signal.SIGINT, lambda *a: os._exit(7))
print("up", flush=True)
while True: time.sleep(0.05)' >log & until grep -qs up log; do sleep 0.02; done; kill -INT $!; wait $!; echo $?`},
		{Name: "a blocked signal that COMMAND waits for", script: `env --block-signal=USR1 $G python3 -c 'import signal
print("up", flush=True)
print(signal.sigtimedwait([signal.SIGUSR1], 60).si_signo)' >log & until grep -qs up log; do sleep 0.02; done; kill -USR1 $!; wait $!; cat log`},
		{Name: "the end of output that COMMAND has closed", script: `mkfifo pipe; $G sh -c 'echo $$ >pid; exec >/dev/null; exec sleep 60' >pipe & cat pipe; kill $(cat pid) && echo ended first; wait $! 2>/dev/null`},
		{Name: "the end of a descriptor that COMMAND has closed", script: `mkfifo pipe; $G sh -c 'echo $$ >pid; echo ready >&5; exec 5>&-; exec sleep 60' 5>pipe & cat pipe; kill $(cat pid) && echo ended first; wait $! 2>/dev/null`},
		{Name: "a lock that COMMAND gives back", script: `exec 9>lock; flock 9; $G sh -c 'echo $$ >pid; exec 9>&-; exec sleep 60' & exec 9>&-; flock lock echo had; kill $(cat pid) && echo ended first; wait $! 2>/dev/null`},
		{Name: "a link and .. in PATH", ReasonOptions: madeAbsolute, script: `mkdir -p a/bin b/bin b/c; ln -s ../b/c a/link; for d in a b; do printf '#!/bin/sh\necho '$d' $0\n' >$d/bin/prog; chmod +x $d/bin/prog; done; PATH=a/link/../bin:$PATH; $G prog`},
		{Name: "no room in files", script: `trap '' HUP; ulimit -f 0; $G true; echo $?`},
		{Name: "no room in files, for a run with a name", OnlyFor: "gorun", Want: "0 → exit 0", script: `ulimit -f 0; $G --unit=$$-full true; echo $?`},
		{Name: "an alarm that was set before", script: `exec perl -e 'alarm 1; exec @ARGV' $G sleep 9`},
		{Name: "process group and session", script: `$G sh -c 'set -- $(cat /proc/self/stat); echo $(( $5 == '$$' )) $(( $6 == '$$' )) $7'`},
		{Name: "standard input", script: `printf 'a\nb\nc\n' | { read x; $G head -c 2; cat; }`},
		{Name: "environment", script: `env -i A=1 B='x y' PATH=$PATH XDG_RUNTIME_DIR=$XDG_RUNTIME_DIR $G env | grep -v -E '^(PATH|INVOCATION_ID|DBUS_SESSION_BUS_ADDRESS)=' | sort`},
		{Name: "a variable that is no assignment", script: `env 'A B=1' 'C.D=2' $G env | grep -E '^(A B|C.D)='`},
	}
}
