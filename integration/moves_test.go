package integration

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// Other programs move gorun while gorun moves itself: tmux 3.4 and later, which Debian has
// since trixie, and terminal emulators.

// whereAfter is a command that says where it is, and where gorun is, when a second is over and both
// are in the same place. On a busy machine a move may come late, and gorun looks for the last time
// after 1.5 s.
const whereAfter = `sh -c 'sleep 1; for i in $(seq 20); do own=$(tail -n1 /proc/$$/cgroup); gorun=$(tail -n1 /proc/$PPID/cgroup); [ "$own" != "$gorun" ] || break; sleep 0.1; done; echo $own $gorun'`

// whereExec says after a second where it is itself. Nobody supervises it.
const whereExec = `sh -c 'sleep 1; own=$(tail -n1 /proc/$$/cgroup); echo $own $own'`

// insideTwice matches a line of the two.
var insideTwice = regexp.MustCompile(`^0::(/\S+/(?:gorun-sh-[0-9a-f]{16}|named)\.scope) 0::(/\S+)$`)

// allInside makes sure that there are n lines which say that command and gorun were in the
// scope.
func (s *session) allInside(what string, n int, lines string) {
	s.t.Helper()
	inside, others := 0, map[string]int{}
	for line := range strings.Lines(lines) {
		line = strings.TrimSpace(line)
		if m := insideTwice.FindStringSubmatch(line); m != nil && m[1] == m[2] {
			inside++
		} else {
			others[line]++
		}
	}
	if inside != n || len(others) > 0 {
		s.t.Errorf("%s: %d of %d runs were inside; others printed %v", what, inside, n, others)
	}
}

// windows opens windows of tmux, four at a time, whose process is gorun, and prints what they
// print. A window that prints nothing ends the wait for its four.
const windows = `
	export TERM=xterm
	out=$(mktemp -d)
	tmux -L windows -f /dev/null new-session -d 'sleep 3600' || exit
	for i in $(seq %[1]d); do
		for j in 1 2 3 4; do
			printf 'neww -d "exec %%s >%%s 2>&1"\n' "$(echo '%[2]s' | sed 's/[$"\\]/\\&/g')" $out/$i.$j
		done >$out/script
		tmux -L windows source-file $out/script
		n=0
		until [ "$(tmux -L windows list-windows | wc -l)" = 1 ]; do sleep 0.1; n=$((n + 1)); [ $n -lt 600 ] || break; done
	done
	rm $out/script
	cat $out/*; rm -r $out
	tmux -L windows kill-server`

// inWindows opens n windows with this command.
func (s *session) inWindows(n int, command string) string {
	s.t.Helper()
	quoted := strings.ReplaceAll(command, "'", `'\''`)
	return s.ok(fmt.Sprintf(windows, n/4, quoted))
}

// testWindows opens n windows whose process is gorun, and some in which it must survive or
// becomes COMMAND.
func testWindows(t *testing.T, size func(*guest) (n, some int)) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		n, some := size(g)
		s := g.login(t, "alice")
		for command, n := range map[string]int{"gorun " + whereAfter: n, "gorun --must-survive " + whereAfter: some, "gorun --exec " + whereExec: some} {
			s.allInside(command, n, s.inWindows(n, command))
		}
		s.nothingLeft("systemctl --user")
	})
}

func TestCommandOfAWindowOfTmuxIsInItsScope(t *testing.T) {
	testWindows(t, func(*guest) (int, int) { return 12, 8 })
}

func TestFourHundredWindowsOfTmuxAreAllInTheirScopes(t *testing.T) {
	long(t)
	testWindows(t, func(g *guest) (int, int) { return g.often(400), g.often(60) })
}

// firstSessions starts servers of tmux whose first session is a run.
const firstSessions = `
	export TERM=xterm
	out=$(mktemp -d)
	for i in $(seq %[1]d); do
		tmux -L first-$i -f /dev/null new-session -d "exec %[2]s >$out/$i 2>&1"
	done
	n=0
	while pgrep -u $(id -u) '^tmux' >/dev/null; do sleep 0.1; n=$((n + 1)); [ $n -lt 600 ] || break; done
	cat $out/*; rm -r $out`

func testFirstSessions(t *testing.T, n int) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		command := strings.NewReplacer(`$`, `\$`, `"`, `\"`).Replace("gorun " + whereAfter)
		s.allInside(command, n, s.ok(fmt.Sprintf(firstSessions, n, command)))
		s.nothingLeft("systemctl --user")
	})
}

func TestCommandOfTheFirstSessionOfTmuxIsInItsScope(t *testing.T) { testFirstSessions(t, 8) }

func TestHundredFirstSessionsOfTmuxAreAllInTheirScopes(t *testing.T) {
	long(t)
	testFirstSessions(t, 100)
}

func testMover(t *testing.T, size func(*guest) int) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		n := size(g)
		mover := buildFor(t, g, "./guest/mover")
		for user, systemctl := range map[string]string{"alice": "systemctl --user", "root": "systemctl"} {
			s := g.login(t, user)
			for _, options := range []string{"", "--must-survive "} {
				command := "gorun " + options + whereAfter
				s.allInside(user+": "+command, n, s.ok(fmt.Sprintf("%s %d 8 50 %s", mover, n, command)))
			}
			s.nothingLeft(systemctl)
			s.waitFor("", systemctl+" list-units --all --no-legend --plain 'mover-*'")
		}
	})
}

// The mover does it to any child.
func TestCommandThatAnotherProgramMovesIsInItsScope(t *testing.T) {
	testMover(t, func(*guest) int { return 16 })
}

func TestThousandMovedCommandsAreAllInTheirScopes(t *testing.T) {
	long(t)
	testMover(t, func(g *guest) int { return g.often(250) }) // of each of two users, with two options
}

// slowFork makes gorun take long between its last look and the fork. strace is not gorun's
// parent with -D.
const slowFork = "strace -D -f -qq -o /dev/null -e trace=clone,clone3,vfork -e inject=clone,clone3,vfork:delay_enter=200000 "

func TestCommandThatWasForkedOutsideIsTakenIntoTheScope(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		mover := buildFor(t, g, "./guest/mover")
		s := g.login(t, "alice")
		s.allInside("slow fork", 1, s.ok(mover+" 1 1 entered "+slowFork+"gorun --unit=named "+whereAfter))
		s.waitFor("2", "journalctl --user -q -u named.scope | grep -c Started")
		s.nothingLeft("systemctl --user")
	})
}

// Only root moves a process to where its user cannot take it back from.
func TestMoveThatCannotBeUndoneIsAWarning(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s, root := g.login(t, "alice"), g.login(t, "root")
		out := root.run(`
			mkdir /sys/fs/cgroup/roots
			XDG_RUNTIME_DIR=/run/user/1000 setpriv --reuid=alice --regid=alice --init-groups gorun --unit=taken --report-json=/tmp/taken.json sleep 3 & pid=$!
			until grep -q taken.scope /proc/$(pgrep -P $pid -x sleep || echo self)/cgroup; do :; done
			echo $pid >/sys/fs/cgroup/roots/cgroup.procs
			wait $pid; status=$?
			rmdir /sys/fs/cgroup/roots
			sed -n 's/^ *"\(cgroup\|outcome\)": "\(.*\)",/\2/p' /tmp/taken.json
			exit $status`)
		const want = "gorun: warning: taken.scope: another program has moved gorun, but not COMMAND, to /roots, and gorun cannot return: "
		if out.Status != 0 || out.Stdout != aliceSlice+"/taken.scope\nexited\n" ||
			!strings.HasPrefix(out.Stderr, want) || !strings.HasSuffix(out.Stderr, ": permission denied\ngorun: hint: start gorun from a shell that stays: sh -c 'gorun COMMAND; exit $?'\n") {
			t.Errorf("status %d, printed %q and %q", out.Status, out.Stdout, out.Stderr)
		}
		s.nothingLeft("systemctl --user")
	})
}

// The report is about the scope that COMMAND was in, also for a run with a name of its own.
func TestReportOfAMovedRunIsTrue(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		mover := buildFor(t, g, "./guest/mover")
		s := g.login(t, "alice")
		for _, most := range []string{"0", "20", "100"} {
			s.allInside(most, 1, s.ok(mover+" 1 1 "+most+" gorun --unit=named --report-json=/tmp/moved.json "+whereAfter))
			got := s.ok(`sed -n 's/^ *"\(cgroup\|outcome\)": "\(.*\)",/\2/p' /tmp/moved.json; grep -c '"cpu_seconds": 0' /tmp/moved.json`)
			if want := aliceSlice + "/named.scope\nexited\n1"; got != want {
				t.Errorf("moved within %s ms: the report says %q, want %q", most, got, want)
			}
		}
		// COMMAND that moves itself ends elsewhere.
		s.ok("gorun --unit=outer --report-json=/tmp/moved.json gorun --unit=inner true")
		if got := s.ok(`sed -n 's/^ *"cgroup": "\(.*\)",/\1/p' /tmp/moved.json`); got != aliceSlice+"/inner.scope" {
			t.Errorf("the command moved itself: the report says %q", got)
		}
		s.nothingLeft("systemctl --user")
	})
}
