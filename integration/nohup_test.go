package integration

import (
	"strings"
	"testing"
)

// makefile makes the directory ~/NAME with the Makefile of a long build.
func (s *session) makefile(name string) {
	s.t.Helper()
	s.ok("rm -rf " + name + "; mkdir " + name + "; mkfifo " + name + "/go-on; printf 'all:\\n\\t@echo begun; touch begun\\n\\t@read line <go-on; sleep 0.1\\n\\t@echo finished; touch finished\\n' >" + name + "/Makefile")
}

// A lost connection ends the terminal, and with it processes that die of SIGHUP.
func TestBuildSurvivesALostConnection(t *testing.T) {
	essential(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		watcher := g.login(t, "alice")
		for _, c := range []struct {
			name, prefix string
			survives     bool
		}{
			{"plain", "gorun", false},
			{"nohup", "gorun --nohup", true},
			{"detach", "gorun -b", true},
			{"file", "gorun -b --log-to=file:out", true},
		} {
			watcher.makefile(c.name)
			s := g.login(t, "alice")
			if _, err := s.StartOnTerminal("cd " + c.name + "; " + c.prefix + " --unit=cut-" + c.name + " make; sleep 1000"); err != nil {
				t.Fatal(err)
			}
			watcher.waitFor("there", "test -e "+c.name+"/begun && echo there || true")
			// make catches SIGHUP, to remove half-made targets before it dies of the
			// signal. Its shell does not catch it.
			want := map[bool]string{true: "lease", false: "hangup"}[c.survives]
			watcher.waitFor(want, `gorun --audit --json | grep -A 14 "\"pid\": $(pgrep -f '^/bin/sh -c read line')," | grep -m 1 -oE 'no-lingering|lease|hangup' || true`)
			s.Close()
			if !c.survives {
				watcher.waitFor("", "pgrep -x make || true")
				continue
			}
			watcher.waitFor("", "pgrep sleep || true") // the session's shell got SIGHUP
			watcher.ok("echo >" + c.name + "/go-on")
			watcher.waitFor("there", "test -e "+c.name+"/finished && echo there || true")
			watcher.waitFor("begun\nfinished", "gorun --log cut-"+c.name+" -- -n 100 | grep -oE 'begun|finished' || true")
		}
		if got := watcher.ok("stat -c %a file/out; cat file/out"); got != "600\nbegun\nfinished" {
			t.Errorf("the file: %q", got)
		}
		watcher.ok("! test -e plain/finished")
		watcher.nothingLeft("systemctl --user")
	})
}

func TestNohupReplacesOnlyTheTerminal(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		const look = ` sh -c 'readlink /proc/$$/fd/0; readlink /proc/$$/fd/1; grep SigIgn /proc/$$/status; tty; true' `
		// All of it goes to the journal.
		if got := s.onTerminal("gorun --nohup --unit=replaced-all" + look); got != "" {
			t.Errorf("on the terminal: %q", got)
		}
		const log = "gorun --log replaced-all -- -o cat -t replaced-all.scope 2>/dev/null"
		s.waitFor("4", log+" | wc -l") // journald may be late
		got := s.ok(log)
		lines := strings.Split(got, "\n")
		if len(lines) != 4 || lines[0] != "/dev/null" || !strings.HasPrefix(lines[1], "socket:") || !strings.HasSuffix(lines[2], "1") || lines[3] != "not a tty" {
			t.Errorf("got %q", got)
		}
		// A pipe is kept, and the status is COMMAND's.
		if got := s.onTerminal("echo in | gorun --nohup --log-to=null sh -c 'cat; exit 3' | cat; gorun --nohup --log-to=null sh -c 'exit 3' || echo $?"); got != "in\n3" {
			t.Errorf("pipes: %q", got)
		}
		// gorun's own messages stay on the terminal.
		if got := s.onTerminal("gorun --nohup --log-to=null sh -c 'kill -9 $$' || echo $?; gorun --nohup --log-to=append:log echo one; gorun --nohup --log-to=append:log echo two; cat log; rm log"); !strings.HasSuffix(got, "137\none\ntwo") {
			t.Errorf("got %q", got)
		}
	})
}

// The user manager ends with the last logout unless the user lingers.
func TestDetachedJobOutlivesTheLogout(t *testing.T) {
	essential(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		root.ok("mkdir -p /run/systemd/logind.conf.d; printf '[Login]\\nUserStopDelaySec=0\\n' >/run/systemd/logind.conf.d/delay.conf; systemctl kill -s HUP systemd-logind")
		defer root.ok("rm /run/systemd/logind.conf.d/delay.conf; systemctl kill -s HUP systemd-logind")
		root.nobodyLingers()
		root.ok("rm -f /tmp/job; mkfifo -m 666 /tmp/job")
		s := g.login(t, "bob")
		if got := s.onTerminal("gorun -b --unit=job sh -c 'echo begun; read line </tmp/job; echo $line'"); got != "job.scope" {
			t.Errorf("printed %q", got)
		}
		s.Close()
		root.waitFor("no", "loginctl list-sessions --no-legend | grep bob | grep -qv manager && echo yes || echo no")
		root.ok("echo done >/tmp/job")
		root.waitFor("begun\ndone", "journalctl -q -o cat _UID=$(id -u bob) -t job.scope")
		root.waitFor("1", "journalctl -q -o cat USER_UNIT=job.scope MESSAGE_ID="+recordID+" | wc -l")
		root.nobodyLingers()
	})
}

func TestOutputGoesToAFileIfTheJournalCannotBeRead(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		s := g.login(t, "bob")
		root.ok("chmod 700 /var/log/journal/*/")
		defer root.ok("chmod 2755 /var/log/journal/*/")
		got := s.onTerminal("umask 0; gorun -b --unit=filed sh -c 'echo one; echo two >&2'")
		if got != "gorun: the output goes to /home/bob/.local/state/gorun/filed.scope.log\nfiled.scope" {
			t.Errorf("printed %q", got)
		}
		s.waitFor("one\ntwo", "gorun --log filed")
		if got := s.ok("gorun --log filed -- -n 1; stat -c %a ~/.local/state/gorun ~/.local/state/gorun/filed.scope.log"); got != "two\n700\n600" {
			t.Errorf("got %q", got)
		}
		if out := s.run("gorun --log nothing"); out.Status != 4 {
			t.Errorf("no such run: %+v", out)
		}
	})
}

// journald finds a line's unit only while the writer lives. --log finds all lines.
func TestLogHasTheOutputOfTheShortestRuns(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		for _, user := range []string{"alice", "root"} {
			s := g.login(t, user)
			s.ok("for i in $(seq 30); do gorun -b --unit=" + user + "-short-$i echo heard | cat >/dev/null; done")
			s.waitFor("30", "for i in $(seq 30); do gorun --log "+user+"-short-$i -- -o cat -t "+user+"-short-$i.scope 2>/dev/null; done | grep -c heard; true")
		}
	})
}
