package integration

import "testing"

// The scope ends without a process, and gorun starts it again, with its hooks: they are about
// COMMAND's end, and not about that of the scope.
func TestHooksFollowARunWhoseScopeIsStartedAgain(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		mover := buildFor(t, g, "./guest/mover")
		s := g.login(t, "alice")
		for range 3 {
			s.ok(hookTools)
			since := s.ok("date +%s")
			s.run(mover + " 1 1 entered " + slowFork + "gorun --unit=again " + hooked + " sh -c 'sleep 1; exit 3'")
			s.hooksRan(hookEnding{name: "again", want: "exit-code exited 3 exited"})
			s.waitFor("", "systemctl --user"+hooksOf)
			s.hooksRan(hookEnding{name: "again", want: "exit-code exited 3 exited"}) // and no more
			s.waitFor("2", "journalctl --user -q --since=@"+since+" -u again.scope | grep -c 'Started again' || true")
			s.ok("test -z \"$(ls $XDG_RUNTIME_DIR/gorun | grep hooks)\"; " + noHookTools)
			s.nothingLeft("systemctl --user")
		}
	})
}

// gorun has been moved out of the scope, and lives on when COMMAND and with it the scope ends.
func TestHooksOfARunWhoseGorunIsElsewhereAreTrue(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s, root := g.login(t, "alice"), g.login(t, "root")
		s.ok(hookTools + "; chmod 777 /tmp/hook")
		root.run(`mkdir /sys/fs/cgroup/roots
			cd /; XDG_RUNTIME_DIR=/run/user/1000 HOME=/home/alice setpriv --reuid=alice --regid=alice --init-groups gorun --unit=taken ` + hooked + ` sh -c 'sleep 3; exit 4' & pid=$!
			until grep -q taken.scope /proc/$(pgrep -P $pid -x sh || echo self)/cgroup; do :; done
			echo $pid >/sys/fs/cgroup/roots/cgroup.procs
			wait $pid; rmdir /sys/fs/cgroup/roots`)
		s.hooksRan(hookEnding{name: "taken", want: "exit-code exited 4 exited"})
		s.waitFor("", "systemctl --user"+hooksOf)
		s.hooksRan(hookEnding{name: "taken", want: "exit-code exited 4 exited"}) // and no more
		s.ok("test -z \"$(ls $XDG_RUNTIME_DIR/gorun | grep hooks)\"; " + noHookTools)
		s.nothingLeft("systemctl --user")
	})
}

// gorun has ended by a signal of a logout that its parent has passed on, and COMMAND keeps running.
// Nobody sees how it ends.
func TestHooksOfARunThatGorunHasLeftSayThatTheEndIsUnknown(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, s := g.login(t, "root"), g.login(t, "alice")
		s.ok(hookTools)
		root.ok("printf 'UID=1000\\nCLASS=user\\nSTATE=active\\n' >/run/systemd/sessions/relaying; rm -f /tmp/relayed*")
		defer root.ok("rm /run/systemd/sessions/relaying")
		root.ok(`systemd-run -q --scope --slice=user-1000.slice --unit=session-relaying --uid=alice sh -c '
				cd; gorun --unit=relayed ` + hooked + ` sh -c "echo >/tmp/relayed; exec sleep 600" & p=$!
				trap "kill -TERM $p" TERM; while kill -0 $p 2>/dev/null; do wait $p; s=$?; done; echo $s >/tmp/relayed.status' >/dev/null 2>&1 </dev/null &
			until [ -e /tmp/relayed ]; do sleep 0.05; done; systemctl stop session-relaying.scope`)
		s.waitFor("143", "cat /tmp/relayed.status 2>/dev/null || true")
		s.ok("systemctl --user -q is-active relayed.scope; test ! -e " + hookLog + "; systemctl --user stop relayed.scope")
		s.hooksRan(hookEnding{name: "relayed", want: "unknown   null"})
		s.waitFor("", "systemctl --user"+hooksOf)
		s.ok(noHookTools + "; test -z \"$(ls $XDG_RUNTIME_DIR/gorun | grep hooks)\"")
		root.ok("rm -f /tmp/relayed*")
		s.nothingLeft("systemctl --user")
	})
}

// COMMAND has ended with 0, and ^C ends the wait for what it has left: gorun dies of it, and the
// run has not ended well.
func TestHooksOfAWaitThatCtrlCEndsAreThoseOfAFailure(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		s.ok(hookTools)
		out := s.run(`setsid env --default-signal gorun --unit=rest --at-end=wait --report-json=/tmp/rest.json ` + hooked + ` sh -c 'sleep 601 >/dev/null 2>&1 & echo $$ >/tmp/command' 2>/dev/null & gorun=$!
			until [ -s /tmp/command ] && ! kill -0 $(cat /tmp/command) 2>/dev/null; do sleep 0.05; done; sleep 0.5; kill -INT $gorun; wait $gorun; echo $?
			grep -o '"exit_status": 130' /tmp/rest.json; rm /tmp/rest.json /tmp/command`)
		if out.Stdout != "130\n\"exit_status\": 130\n" {
			t.Errorf("%+v", out)
		}
		s.hooksRan(hookEnding{name: "rest", want: "signal exited 0 exited"})
		s.ok("systemctl --user stop rest.scope")
		s.waitFor("", "systemctl --user"+hooksOf)
		s.hooksRan(hookEnding{name: "rest", want: "signal exited 0 exited"}) // and no more
		s.ok(noHookTools)
		s.nothingLeft("systemctl --user")
	})
}
