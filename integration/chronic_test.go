package integration

import (
	"fmt"
	"strings"
	"testing"
)

func TestOutputIsPrintedOnlyIfTheRunDoesNotEndWell(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		for user, systemctl := range map[string]string{"alice": "systemctl --user", "root": "systemctl"} {
			s := g.login(t, user)
			if out := s.run("gorun --chronic --unit=quiet sh -c 'echo out; echo err >&2'"); out.Status != 0 || out.Stdout != "" || out.Stderr != "" {
				t.Errorf("%s: a good end: %+v", user, out)
			}
			s.ok("test -z \"$(find ~/.local/state/gorun -name 'quiet*.log*' -o -name '.gorun-*' 2>/dev/null)\"")
			out := s.run("gorun --chronic --unit=quiet sh -c 'echo out; echo err >&2; exit 3'")
			if out.Status != 3 || out.Stdout != "out\n" || !strings.HasPrefix(out.Stderr, "err\ngorun: warning: quiet.scope: exited with status 3 after ") {
				t.Errorf("%s: a bad end: %+v", user, out)
			}
			if got := s.ok("gorun --log quiet"); got != "out\nerr" {
				t.Errorf("%s: the log is %q", user, got)
			}
			// To one pipe they go in the order in which they came.
			got := strings.TrimSpace(s.run("{ gorun --chronic --unit=quiet sh -c 'echo 1; echo 2 >&2; echo 3; kill -USR1 $$' 2>&1; echo $?; } | cat").Stdout)
			if !strings.HasPrefix(got, "1\n2\n3\ngorun: warning: quiet.scope: died of SIGUSR1 after ") || !strings.HasSuffix(got, "\n138") {
				t.Errorf("%s: together: %q", user, got)
			}
			out = s.run("gorun --chronic --unit=quiet --runtime-max=1s sh -c 'echo begun; exec sleep 60'")
			if out.Status != 124 || out.Stdout != "begun\n" || out.Stderr != "gorun: warning: quiet.scope: time limit of 1s reached\n" {
				t.Errorf("%s: time limit: %+v", user, out)
			}
			// gorun in the scope is killed as well.
			out = s.run(`gorun --chronic --unit=quiet --runtime-max=1s --stop-timeout=1s sh -c 'trap "" TERM; echo begun; sleep 60; sleep 60'; exit $?`)
			if out.Status != 137 || out.Stdout != "begun\n" || !strings.Contains(out.Stderr, "gorun: warning: quiet.scope: time limit of 1s reached\n") {
				t.Errorf("%s: killed: %+v", user, out)
			}
			out = s.run("{ sleep 2; " + systemctl + " kill -s KILL quiet.scope; } & gorun --chronic --unit=quiet sh -c 'echo begun; exec sleep 60'; exit $?")
			if out.Status != 137 || out.Stdout != "begun\n" || !strings.Contains(out.Stderr, "gorun: warning: quiet.scope: killed, and gorun with it") {
				t.Errorf("%s: everything killed: %+v", user, out)
			}
			// A hook's failure is no output of COMMAND's.
			const failing = "gorun --chronic --unit=quiet --exec-stop-post='false secret' sh -c 'echo out; exit $0' "
			warning := "gorun: warning: --exec-stop-post=" + map[string]string{"alice": "false secret", "root": "false"}[user] + ": exit status 1\n"
			if out := s.run(failing + "0"); out.Status != 0 || out.Stdout != "" || out.Stderr != warning {
				t.Errorf("%s: a good end and a hook that fails: %+v", user, out)
			}
			if out := s.run(failing + "3"); out.Status != 3 || out.Stdout != "out\n" || !strings.HasPrefix(out.Stderr, "gorun: warning: quiet.scope: exited with status 3 after ") || !strings.HasSuffix(out.Stderr, warning) {
				t.Errorf("%s: a bad end and a hook that fails: %+v", user, out)
			}
			out = s.run("gorun --chronic --unit=quiet nosuch")
			if out.Status != 127 || out.Stderr != "gorun: error: nosuch: no such file or directory\n" {
				t.Errorf("%s: nothing to run: %+v", user, out)
			}
			s.nothingLeft(systemctl)
		}
	})
}

// The manual says that opening the file again empties it, as it does everywhere else.
func TestOutputThatOpensStandardErrorAgainIsAppendedOrEmptiesTheFile(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		alice := g.login(t, "alice")
		for command, want := range map[string]string{
			"echo 1 >&2; echo 2 >>/dev/stderr; echo 3 >&2": "1\n2\n3\n",
			"echo 1 >&2; echo 2 >/dev/stderr; echo 3 >&2":  "2\n3\n",
		} {
			out := alice.run("gorun --chronic --unit=again sh -c " + quote(command+"; exit 3"))
			if out.Status != 3 || !strings.HasPrefix(out.Stderr, want+"gorun: warning: again.scope: exited with status 3") {
				t.Errorf("%s: %+v", command, out)
			}
			alice.run("sh -c " + quote(command) + " 2>>/tmp/shells")
			if got := alice.ok("cat /tmp/shells; rm /tmp/shells"); got != strings.TrimSpace(want) {
				t.Errorf("%s: a shell's file has %q, want %q", command, got, want)
			}
		}
		alice.nothingLeft("systemctl --user")
	})
}

func TestLogShowsWhatWaits(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		alice := g.login(t, "alice")
		alice.ok(`mkfifo /tmp/go
			gorun --chronic --unit=waits sh -c 'echo begun; touch /tmp/begun; read line </tmp/go' >/tmp/printed 2>&1 &
			until [ -e /tmp/begun ]; do sleep 0.1; done`)
		if got := alice.ok("gorun --log waits; stat -c %a ~/.local/state/gorun/waits.scope.log; cat /tmp/printed"); got != "begun\n600" {
			t.Errorf("while it runs: %q", got)
		}
		// Another run does not take the file of the one that has the unit.
		alice.ok("gorun --chronic --unit=waits --if-running=skip sh -c 'echo other'; echo >/tmp/go")
		alice.waitFor("inactive", "systemctl --user is-active waits.scope || true")
		alice.waitFor("", "pgrep -x gorun || true")
		if got := alice.ok("cat /tmp/printed; find ~/.local/state/gorun -name 'waits*.log*' -o -name '.gorun-*'"); got != "" {
			t.Errorf("after a good end: %q", got)
		}
		alice.nothingLeft("systemctl --user")
	})
}

// The home directory is on a small file system of its own. Memory does not hold the output.
func TestFullDiskLosesNothingThatWaits(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, alice := g.login(t, "root"), g.login(t, "alice")
		root.ok("mkdir -p /tmp/small && mount -t tmpfs -o size=1m,mode=1777 none /tmp/small")
		defer root.ok("umount /tmp/small; rmdir /tmp/small")
		out := alice.run("export XDG_STATE_HOME=/tmp/small/state; mkdir -m 700 $XDG_STATE_HOME; gorun --chronic --unit=big sh -c 'yes | head -c 3000000; echo $? >&2; exit 3' | tee /tmp/kept | wc -c; tr -d 'y\\n' </tmp/kept | wc -c; rm -r $XDG_STATE_HOME /tmp/kept")
		var kept, others int
		if n, err := fmt.Sscan(out.Stdout, &kept, &others); n != 2 || err != nil || kept < 500_000 || kept > 1<<20 || others != 0 {
			t.Errorf("what was written before the disk was full: %q", out.Stdout)
		}
		if !strings.Contains(out.Stderr, "file system is full") || !strings.Contains(out.Stderr, "exited with status 3") {
			t.Errorf("%+v", out)
		}
		alice.nothingLeft("systemctl --user")
	})
}

// The recipe that replaces chronic, flock and timeout.
func TestCrontabEntryMailsOnlyTrouble(t *testing.T) {
	entry := strings.TrimSpace(recipes(t, "CRONTAB")[1])
	line := strings.TrimPrefix(entry, "17 3 * * * ")
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		root.nobodyLingers()
		root.ok(`mkdir -p /home/bob/bin; mkfifo -m 666 /tmp/end
			printf '#!/bin/sh\ntouch /tmp/begun\necho begun\nread status </tmp/end\necho stuck >&2\nexit $status\n' >/home/bob/bin/backup; chmod 755 /home/bob/bin/backup; chown -R bob: /home/bob/bin`)
		defer root.ok("rm -rf /home/bob/bin")
		for _, c := range []struct{ status, mail string }{{"0", ""}, {"3", "begun\nstuck\ngorun: warning: backup.scope: exited with status 3 after "}} {
			root.ok("rm -f /tmp/begun")
			remove := root.cronJob("@reboot " + line)
			root.waitFor("begun", "test -e /tmp/begun && echo begun || true")
			if out := root.run("cd /home/bob; sudo -u bob sh -c " + quote(line)); out.Status != 0 || out.Stdout != "" || out.Stderr != "" {
				t.Errorf("a second one at the same time: %+v", out)
			}
			root.ok("echo " + c.status + " >/tmp/end")
			root.waitFor("", "pgrep -u bob || true")
			if c.mail == "" {
				root.ok("test ! -e " + mail)
			} else {
				root.waitFor("come", "test -e "+mail+" && echo come || true")
				_, body, _ := strings.Cut(root.ok("cat "+mail), "\n\n")
				if !strings.HasPrefix(body, c.mail) || strings.Count(body, "\n") != 2 { // ok cuts the last one
					t.Errorf("the mail says %q", body)
				}
			}
			remove()
		}
		root.nobodyLingers()
		root.nothingLeft("systemctl")
	})
}
