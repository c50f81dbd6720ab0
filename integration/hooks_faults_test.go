package integration

import (
	"strings"
	"testing"
)

// The ending cannot be written. A run that ended well stays one.
func TestHooksOfAGoodRunOnAFullDiskAreThoseOfAGoodRun(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, s := g.login(t, "root"), g.login(t, "alice")
		s.ok(hookTools + "; mkdir -p $XDG_RUNTIME_DIR/gorun")
		root.ok("mount -t tmpfs -o size=64k,uid=1000,gid=1000,mode=700 small /run/user/1000/gorun")
		out := s.run("gorun --unit=full " + hooked + " sh -c 'cat /dev/zero >$XDG_RUNTIME_DIR/gorun/zero 2>/dev/null; true'")
		if out.Status != 0 || out.Stderr != "" {
			t.Errorf("%+v", out)
		}
		s.hooksRan(hookEnding{name: "full", want: "success exited 0 exited", well: true})
		s.waitFor("", "systemctl --user"+hooksOf)
		s.hooksRan(hookEnding{name: "full", want: "success exited 0 exited", well: true}) // and no more
		s.ok("test -z \"$(ls $XDG_RUNTIME_DIR/gorun | grep hooks)\"; " + noHookTools)
		root.ok("umount /run/user/1000/gorun")
		s.nothingLeft("systemctl --user")
	})
}

// The process that runs the hooks is killed by one of them. The next one does not run.
func TestHooksThatDidNotFinishAreAWarning(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		out := s.run(`gorun --unit=unfinished --exec-stop-post='sh -c "kill -KILL $$PPID"' --exec-stop-post='touch /tmp/next' sh -c 'exit 4'`)
		if out.Status != 4 || !strings.HasPrefix(out.Stderr, "gorun: warning: hooks of unfinished.scope: they did not finish, or could not say so; see the journal of gorun-hooks-") {
			t.Errorf("%+v", out)
		}
		s.ok("test ! -e /tmp/next")
		s.waitFor("", "systemctl --user"+hooksOf)
		s.nothingLeft("systemctl --user")
	})
}

// It was started, and nobody waits any longer.
func TestUnitThatTakesLongToStartIsNoWarning(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		s.ok(hookTools + `; rm -f /tmp/go; mkfifo /tmp/go; printf '[Service]\nType=oneshot\nExecStart=/bin/sh -c "read line </tmp/go; echo mailed >>` + hookLog + `"\n' >$dir/ended-slowly.service; systemctl --user daemon-reload`)
		if out := s.run("gorun --unit=mails --stop-timeout=1s --on-failure=ended-slowly sh -c 'exit 3'"); out.Status != 3 || out.Stderr != "" {
			t.Errorf("%+v", out)
		}
		s.ok("echo >/tmp/go")
		s.waitFor("mailed", "cat "+hookLog+" 2>/dev/null || true")
		s.ok(noHookTools + "; rm /tmp/go")
		s.nothingLeft("systemctl --user")
	})
}

// What a hook leaves behind ends with the hooks, whatever it ignores. And a hook has a time limit,
// although the run's own processes are never killed.
func TestNothingThatHooksDoHoldsTheRun(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		both(t, g, func(s *session, systemctl, _ string) {
			for _, c := range []struct{ options, stderr string }{
				{`--exec-stop-post='sh -c "trap \"\" TERM HUP; sleep 600 >/dev/null 2>&1 &"'`, ""},
				{"-p SendSIGKILL=no --stop-timeout=1s --exec-stop-post='sleep 600'", "gorun: warning: --exec-stop-post=sleep 600: killed: it did not end within 1s\n"},
			} {
				out := s.run("timeout 30 gorun --unit=held " + c.options + " true")
				if out.Status != 0 || out.Stderr != c.stderr {
					t.Errorf("%s: %+v", c.options, out)
				}
				s.waitFor("", systemctl+hooksOf)
				s.ok("test -z \"$(pgrep -x sleep)\"")
				s.nothingLeft(systemctl)
			}
		})
	})
}

// Somebody stops the service and not the scope. gorun sees COMMAND's end, and runs the hooks.
func TestServiceOfHooksThatIsStoppedAloneDoesNotWait(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		both(t, g, func(s *session, systemctl, _ string) {
			s.ok(hookTools)
			out := s.run("gorun --unit=alone " + hooked + ` sh -c 'timeout 30 ` + systemctl + ` stop "gorun-hooks-*" || exit 9; test ! -e ` + hookLog + ` || exit 8; exit 3'`)
			if out.Status != 3 {
				t.Errorf("%+v", out)
			}
			s.hooksRan(hookEnding{name: "alone", want: "exit-code exited 3 exited"})
			s.waitFor("", systemctl+hooksOf)
			s.hooksRan(hookEnding{name: "alone", want: "exit-code exited 3 exited"}) // and no more
			s.ok(noHookTools)
			s.nothingLeft(systemctl)
		})
	})
}

func TestServiceOfHooksIsStoppedAsTheScopeIs(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		both(t, g, func(s *session, systemctl, _ string) {
			for options, want := range map[string]string{"": "yes yes", "-p DefaultDependencies=no": "no yes"} {
				got := s.ok("gorun -b -q --unit=bound " + options + " --exec-stop-post=true sleep 600 >/dev/null; unit=$(" + systemctl + hooksOf + " | cut -d' ' -f1); echo $(" +
					systemctl + " show --value -p DefaultDependencies $unit) $(" + systemctl + " show --value -p IgnoreOnIsolate $unit); gorun --stop bound >/dev/null")
				if got != want {
					t.Errorf("%s: %s, want %s", options, got, want)
				}
				s.waitFor("", systemctl+hooksOf)
			}
			s.nothingLeft(systemctl)
		})
	})
}

// Latin-1 in the name of a directory, in a variable and in an argument.
func TestHooksGetWordsThatAreNotUTF8(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		got := s.ok(`dir=/tmp/caf$(printf '\351'); mkdir $dir; cd $dir
			KEY=$(printf '\377') gorun --unit=latin --exec-stop-post="sh -c 'echo $(printf '\344') \$KEY >printed'" true
			od -An -c printed | tr -d ' '; cd /; rm -r $dir`)
		if got != `344377\n` {
			t.Errorf("printed %s", got)
		}
		s.nothingLeft("systemctl --user")
	})
}
