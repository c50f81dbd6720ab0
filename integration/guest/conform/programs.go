package main

// programs are trials of programs that people run with gorun, and of programs that call
// it.
func programs() []trial {
	const repository = `git init -q .; git config user.email a@b; git config user.name a; for i in 1 2 3; do echo $i >f; git add f; git commit -qm $i; done; `
	return []trial{
		{Name: "vim", dialog: []step{enter("TERM=xterm $G vi -u NONE -N f"), see("~"), press("ihello\x1b"), asleep(), press(ctrlZ), see("Stopped"), see("> "), enter("fg"), see("hello"),
			press(":wq\r"), see("written"), see("> "), enter("cat f"), note("^hello$", "\n> "), status()}},
		{Name: "less", dialog: []step{enter("seq 1000 >f; TERM=xterm $G less f"), see("23"), press("G"), see("1000"), asleep(), press(ctrlZ), see("Stopped"), see("> "), enter("fg"), see("1000"),
			press("q"), see("> "), status()}},
		{Name: "less reads a pipe", dialog: []step{enter("seq 1000 | TERM=xterm $G less"), see("23"), press("G"), see("1000"), press("q"), see("> "), status()}},
		{Name: "htop", dialog: []step{enter("TERM=xterm $G htop"), see("F10"), asleep(), press(ctrlZ), see("Stopped"), see("> "), enter("fg"), see("F10"), press("q"), see("> "), status()}},
		{Name: "top", dialog: []step{enter("TERM=xterm $G top"), see("PID"), press("q"), see("> "), status()}},
		{Name: "script -c", script: `script -qec '$G sh -c "test -t 0 && echo tty; exit 5"' /dev/null </dev/null; echo $?`},
		{Name: "script in it", dialog: []step{enter(`$G script -qec 'kid 60 5' /dev/null`), see("ready\n"), press(ctrlC), see("INT kernel\n"), endKid(), see("> "), status()}},
		{Name: "xargs", script: `printf '%s\n' a b c | xargs -n1 $G echo; exec 2>/dev/null; printf '%s\n' a b c | xargs -P3 -n1 $G sh -c 'exit 1'; echo $?; echo x | xargs $G sh -c 'exit 255'; echo $?`},
		{Name: "find -exec", script: `touch a b; find . -type f -exec $G echo {} + | wc -w; find . -name a -exec $G false \; -o -name a -print`},
		{Name: "make with a jobserver", script: "printf 'all:\\n\\t+$$G make -j -f sub\\n' >Makefile; printf 'all: a b c\\na b c:\\n\\t@sleep 0.1; echo $@\\n' >sub; G=\"$G\" make -s -j3 2>&1 | sort; echo ${PIPESTATUS[0]}"},
		{Name: "make -j in it", script: "printf 'all: a b c\\na b c:\\n\\t@echo $@\\nfail:\\n\\t@exit 3\\n' >Makefile; $G make -s -j3 | sort; $G make -s fail 2>/dev/null; echo $?"},
		{Name: "git rebase -x", script: repository + `git rebase -q -x '$G sh -c "git log -1 --format=%s; test -t 0 || echo no tty"' HEAD~2 2>&1; git rebase -q -x '$G false' HEAD~1 >/dev/null 2>&1; echo $?`},
		{Name: "git bisect run", script: repository + `git bisect start HEAD HEAD~2 >/dev/null; git bisect run $G sh -c '[ $(cat f) -lt 2 ]' 2>/dev/null | grep -c 'first bad'`},
		{Name: "expect", script: `expect -c 'log_user 0; set timeout 60; spawn sh -c "exec $::env(G) kid 60 5"; expect ready; send \003; expect INT; puts got; exec kill -USR2 [exec cat pid]; expect eof; puts [lindex [wait] 3]'`},
		{Name: "tmux, detached", script: `$G tmux -S "$PWD/s" new -d 'sleep 60'; echo $?; tmux -S "$PWD/s" ls | grep -c windows; tmux -S "$PWD/s" kill-server`},
		{Name: "tmux, attached", dialog: []step{enter("echo 'set -g assume-paste-time 0' >conf; TERM=xterm $G tmux -f conf -S \"$PWD/s\" new 'echo inside; exec kid 60'"), see("ready"), press(ctrlC), see("INT kernel"), press("\x02d"), see("detached"), see("> "), status(), enter("tmux -S \"$PWD/s\" kill-server"), see("> ")}},
		{Name: "screen, detached", script: `export SCREENDIR=$PWD/s; mkdir -m 700 s; $G screen -dmS x sleep 60; echo $?; until screen -ls | grep -q Detached; do sleep 0.05; done; screen -ls | grep -c Detached; screen -S x -X quit`},
		{Name: "time", script: `bash -c 'TIMEFORMAT=%R; time $G true' 2>&1 | grep -c .; env time -f %x $G sh -c 'exit 3'`},
		{Name: "nice, env, setsid in front", ReasonOptions: setsNiceness, script: `nice -n 5 env A=b setsid -w $G sh -c 'nice; echo $A; exit 4'`},
		{Name: "nice, env, setsid in it", script: `$G nice -n 5 env A=b setsid -w sh -c 'nice; echo $A; exit 4'`},
		{Name: "sudo in it", script: `$G sudo -n true 2>/dev/null; echo $?`},
		{Name: "a setuid program", script: `$G su -c true nobody </dev/null >/dev/null 2>&1; echo $?; $G sh -c 'grep -E "^(Seccomp|NoNewPrivs|CapBnd)" /proc/self/status'`},
		{Name: "itself twice", script: `st $G $G sh -c 'exit 9'; st $G $G sh -c 'kill -TERM $$'`},
		{Name: "a here-document for a shell", script: "$G sh <<'E'\necho one\nread x\ntwo\necho $x\nE"},
		{Name: "ssh without a terminal", script: `$G sh -c 'test -t 0 || test -t 1 || echo none; ps -o tty= -p $$'`},
		{Name: "perl and python wait for it", script: `perl -e 'print system(@ARGV) >> 8, "\n"' $G sh -c 'exit 3'; python3 -c 'import subprocess,sys; print(subprocess.run(sys.argv[1:]).returncode)' $G sh -c 'kill -9 $$'`},
	}
}
