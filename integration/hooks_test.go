package integration

import (
	"fmt"
	"strings"
	"testing"
)

// hookLog has a line for each hook that ran: the unit, the result, how COMMAND ended, and the
// outcome in the report on standard input.
const hookLog = "/tmp/hooks.log"

// hookTools are a hook, and units for the end.
const hookTools = `mkdir -p /tmp/hook
	cat >/tmp/hook/note <<'END'
#!/bin/sh
outcome=$(grep -o '"outcome": *"\{0,1\}[a-z-]*' | grep -o '[a-z-]*$')
echo "hook $UNIT $SERVICE_RESULT $EXIT_CODE $EXIT_STATUS $outcome ${INVOCATION_ID:+id}" >>` + hookLog + `
END
	chmod 755 /tmp/hook/note
	dir=$HOME/.config/systemd/user; user=--user
	[ $(id -u) != 0 ] || { dir=/run/systemd/system; user=; }
	mkdir -p $dir
	for end in well badly; do
		printf '[Service]\nType=oneshot\nExecStart=/bin/sh -c "echo ended %s >>` + hookLog + `"\n' $end >$dir/ended-$end.service
	done
	systemctl $user daemon-reload`

const noHookTools = "rm -rf /tmp/hook " + hookLog + " ~/.config/systemd/user/ended-*; [ $(id -u) != 0 ] || rm -f /run/systemd/system/ended-*"

// hooked are the options with the hook and the units.
const hooked = "--exec-stop-post=/tmp/hook/note --on-success=ended-well --on-failure=ended-badly"

// hooksOf lists the services of hooks that a manager has.
const hooksOf = " list-units --all --no-legend --plain 'gorun-hooks-*'"

// hookEnding is a way in which a run with hooks ends.
type hookEnding struct {
	name, options, command string
	meanwhile              string // is done while COMMAND runs
	status                 int
	want                   string // the hook's line, without the unit's name and the ID
	well                   bool
}

// hookEndings need no controllers.
var hookEndings = []hookEnding{
	{"success", "", "true", "", 0, "success exited 0 exited", true},
	{"failure", "", "sh -c 'exit 3'", "", 3, "exit-code exited 3 exited", false},
	{"signal", "", "sh -c 'kill -USR1 $$'", "", 138, "signal killed USR1 signaled", false},
	{"missing", "", "/tmp/nosuch", "", 127, "exit-code exited 127 not-started", false},
	{"unexecutable", "", "/etc/passwd", "", 126, "exit-code exited 126 not-started", false},
	{"limit", "--runtime-max=2s", "sleep 60", "", 124, "timeout killed TERM timeout", false},
	{"stubborn", "--runtime-max=2s --stop-timeout=1s", `sh -c 'trap "" TERM; sleep 60; sleep 60'`, "", 137, "timeout killed KILL timeout", false},
	{"slow", "--runtime-max=2s", `sh -c 'trap "sleep 3; exit 5" TERM; sleep 60 & wait'`, "", 124, "timeout exited 5 timeout", false},
	{"stopped", "", "sleep 60", "gorun --stop stopped", 143, "signal killed TERM stopped", false},
	{"refusing", "--runtime-max=1h --stop-timeout=1s", `sh -c 'trap "" TERM; sleep 60; sleep 60'`, "SYSTEMCTL stop refusing.scope", 137, "signal killed KILL null", false},
	{"reexecuted", "", "sh -c 'until [ -e /tmp/hook/on ]; do sleep 0.1; done; exit 3'", "SYSTEMCTL daemon-reexec; SYSTEMCTL daemon-reload; touch /tmp/hook/on", 3, "exit-code exited 3 exited", false},
	{"reexecuted2", "", "sh -c 'sleep 5; exit 6'", "SYSTEMCTL daemon-reexec; SYSTEMCTL daemon-reload; kill -KILL $(pgrep -ox gorun)", 137, "signal killed KILL null", false},
	{"orderly", "", `sh -c 'trap "exit 0" TERM; sleep 60 & wait'`, "gorun --stop orderly", 0, "success exited 0 stopped", true},
	{"supervisor", "", "sh -c 'sleep 3; exit 6'", "kill -KILL $(pgrep -ox gorun)", 137, "signal killed KILL null", false},
	{"everything", "", "sleep 60", "SYSTEMCTL kill -s KILL everything.scope", 137, "signal killed KILL null", false},
}

// hooksRan makes sure that each hook of a run ran once, and those for another end did not.
func (s *session) hooksRan(e hookEnding) {
	s.t.Helper()
	end := map[bool]string{true: "ended well", false: "ended badly"}[e.well]
	s.waitFor(fmt.Sprintf("hook %s.scope %s id\n%s", e.name, e.want, end), "cat "+hookLog+" 2>/dev/null || true")
}

// tabulate prints which hooks have run, how often, and with what variables.
func (s *session) tabulate(e hookEnding) {
	s.t.Helper()
	ran := strings.ReplaceAll(s.ok("cat "+hookLog), "\n", "; ")
	s.t.Logf("%-5s %-11s %-62s status %3d: %s", s.ok("id -un"), e.name, strings.TrimSpace(e.options+" "+e.command), e.status, ran)
}

// endsWithHooks ends runs, and looks at the hooks of each.
func (s *session) endsWithHooks(systemctl string, endings []hookEnding) {
	s.t.Helper()
	s.ok(hookTools)
	for _, e := range endings {
		s.ok("rm -f " + hookLog)
		meanwhile := "true"
		if e.meanwhile != "" {
			meanwhile = "until pgrep -x sleep >/dev/null; do sleep 0.1; done; sleep 1; " + strings.ReplaceAll(e.meanwhile, "SYSTEMCTL", systemctl) + " >/dev/null"
		}
		out := s.run(fmt.Sprintf(`{ %s; } & sh -c '"$@"; exit $?' - gorun --unit=%s %s %s %s 2>/tmp/hook/stderr; status=$?; wait; exit $status`,
			meanwhile, e.name, hooked, e.options, e.command))
		if out.Status != e.status {
			s.t.Errorf("%s: status %d, printed %q and %s", e.name, out.Status, out.Stderr, s.ok("cat /tmp/hook/stderr"))
		}
		s.hooksRan(e)
		s.waitFor("", systemctl+hooksOf)
		s.hooksRan(e) // and no more
		s.tabulate(e)
		s.waitFor("", "ls /run/user/$(id -u)/gorun/*hooks* /run/gorun/*hooks* 2>/dev/null || true")
	}
	s.ok(noHookTools)
	s.nothingLeft(systemctl)
}

func TestEachHookRunsOnceHoweverTheRunEnds(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		g.login(t, "alice").endsWithHooks("systemctl --user", hookEndings)
		g.login(t, "root").endsWithHooks("systemctl", hookEndings)
	})
}

func TestEachHookRunsOnceUnderEachOOMPolicy(t *testing.T) {
	long(t)
	eachSuite(t, vm, func(t *testing.T, g *guest) {
		const limits = "-p MemoryMax=48M -p MemorySwapMax=0 --oom-policy="
		endings := []hookEnding{
			{"continue", limits + "continue", "tail /dev/zero", "", 137, "oom-kill killed KILL oom-kill", false},
			{"stop", limits + "stop", "sh -c 'tail /dev/zero; exec sleep 60'", "", 143, "oom-kill killed TERM oom-kill", false},
			{"calm", limits + "stop", `sh -c 'trap "exit 0" TERM; tail /dev/zero; sleep 60 & wait'`, "", 0, "oom-kill exited 0 oom-kill", false},
			{"kill", limits + "kill", "sh -c 'tail /dev/zero; exec sleep 60'", "", 137, "oom-kill killed KILL oom-kill", false},
		}
		g.login(t, "alice").endsWithHooks("systemctl --user", endings)
		g.login(t, "root").endsWithHooks("systemctl", endings)
		// --chronic agrees with the hooks.
		out := g.login(t, "alice").run("gorun --chronic --unit=calm " + limits + `stop sh -c 'trap "exit 0" TERM; echo begun; tail /dev/zero; sleep 60 & wait'`)
		if out.Status != 0 || out.Stdout != "begun\n" || !strings.Contains(out.Stderr, "gorun: warning: calm.scope: the kernel's OOM killer killed 1 process") {
			t.Errorf("--chronic: %+v", out)
		}
	})
}

// gorun -b has returned before.
func TestHooksOfADetachedRunRun(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		alice := g.login(t, "alice")
		alice.ok(hookTools)
		alice.ok("gorun -b -q --unit=detached " + hooked + " sh -c 'exit 4' >/dev/null")
		alice.hooksRan(hookEnding{name: "detached", want: "exit-code exited 4 exited"})
		alice.waitFor("", "systemctl --user"+hooksOf)
		alice.ok(noHookTools)
		alice.nothingLeft("systemctl --user")
	})
}

func TestHookThatHangsIsKilledAndOneThatFailsIsAWarning(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		alice := g.login(t, "alice")
		out := alice.run(`gorun --unit=failing --stop-timeout=1s --exec-stop-post='sleep 600' --exec-stop-post='sh -c "exit 9"' --exec-stop-post=-false --exec-stop-post='touch /tmp/last' sh -c 'exit 5'`)
		const want = "gorun: warning: --exec-stop-post=sleep 600: killed: it did not end within 1s\ngorun: warning: --exec-stop-post=sh -c \"exit 9\": exit status 9\n"
		if out.Status != 5 || out.Stderr != want {
			t.Errorf("%+v, want %q", out, want)
		}
		alice.ok("test -e /tmp/last; test -z \"$(pgrep -x sleep)\"")
		alice.nothingLeft("systemctl --user")
	})
}

func TestUnitForTheEndThatDoesNotExistIsAnErrorBefore(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		alice := g.login(t, "alice")
		out := alice.run("gorun --on-failure=nosuch touch /tmp/ran")
		if out.Status != 125 || !strings.HasPrefix(out.Stderr, "gorun: error: --on-failure=nosuch.service: ") {
			t.Errorf("%+v", out)
		}
		alice.ok("test ! -e /tmp/ran")
		alice.nothingLeft("systemctl --user")
	})
}

// Leftover processes keep the scope, and the hooks go by COMMAND's end. A run that is skipped
// has none.
func TestHooksGoByTheEndOfCommand(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		alice := g.login(t, "alice")
		alice.ok(hookTools)
		if got := alice.ok("gorun --unit=leaves " + hooked + " sh -c 'sleep 600 >/dev/null 2>&1 & true'; systemctl --user is-active leaves.scope"); got != "active" {
			t.Errorf("the scope is %s", got)
		}
		alice.hooksRan(hookEnding{name: "leaves", want: "success exited 0 exited", well: true})
		alice.ok("rm " + hookLog + "; systemctl --user stop leaves.scope; test ! -e " + hookLog)
		alice.ok("gorun -b -q --unit=first sleep 600 >/dev/null; gorun --unit=first --if-running=skip " + hooked + " true; test ! -e " + hookLog + "; gorun --stop first >/dev/null")
		alice.ok(noHookTools)
		alice.nothingLeft("systemctl --user")
	})
}

// Without a lease a logout ends bob's manager, which stops the scope and runs the hook. It starts
// no units any more.
func TestHookRunsWhenALogoutEndsTheRun(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		bob := g.login(t, "bob")
		bob.ok(hookTools)
		bob.ok("chmod 777 /tmp/hook; gorun -b -q --linger=no --unit=logout --exec-stop-post=/tmp/hook/note sleep 600 >/dev/null")
		bob.Close()
		root.waitFor("hook logout.scope signal killed TERM stopped id", "cat "+hookLog+" 2>/dev/null || true")
		root.waitFor("", "pgrep -u bob || true")
		root.tabulate(hookEnding{name: "logout", options: "--linger=no", command: "(no status: -b)"})
		root.ok("rm -rf /tmp/hook " + hookLog + " /home/bob/.config")
	})
}

// With a lease the run survives, and so do its hooks.
func TestHooksSurviveLogoutWithTheRun(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		bob := g.login(t, "bob")
		bob.ok(hookTools + "; mkfifo -m 666 /tmp/go")
		bob.ok("gorun -b -q --must-survive --unit=lives " + hooked + " sh -c 'read line </tmp/go; exit 7' >/dev/null")
		bob.Close()
		root.waitFor("1", "loginctl list-users --no-legend | grep -c ' bob' || true")
		root.ok("echo >/tmp/go")
		root.hooksRan(hookEnding{name: "lives", want: "exit-code exited 7 exited"})
		root.waitFor("", "pgrep -u bob || true")
		root.tabulate(hookEnding{name: "lives", options: "--must-survive", command: "exit 7, after the logout (no status: -b)"})
		root.nobodyLingers()
		root.ok("rm -rf /tmp/hook /tmp/go " + hookLog + " /home/bob/.config")
	})
}

// kills are how often gorun is killed.
const kills = 200

// gorun is killed at random moments of a short run: before COMMAND, with it, and while the hooks
// run. Whenever that is, no hook runs twice, and if COMMAND has run each runs once.
func TestNoHookRunsTwiceWhenGorunIsKilled(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		alice := g.login(t, "alice")
		alice.ok(hookTools + `
			printf '#!/bin/sh\necho hook >>/tmp/hook/$UNIT\n' >/tmp/hook/count; chmod 755 /tmp/hook/count
			# One instance for each run: a unit that is just being started is not started again.
			for end in well badly; do
				printf '[Service]\nType=oneshot\nExecStart=/bin/sh -c "echo %%i >>` + hookLog + `"\n' >$dir/ended-$end@.service
			done
			systemctl --user daemon-reload`)
		// The moments are spread over half as much again as a whole run takes.
		alice.run(fmt.Sprintf(`start() { exec gorun -q --unit=k$1 --exec-stop-post=/tmp/hook/count --on-failure=ended-badly@k$1 --on-success=ended-well@k$1 sh -c "touch /tmp/hook/ran-k$1.scope" 2>/dev/null; }
			begun=$(date +%%s%%N); (start 0); most=$(( ($(date +%%s%%N) - begun) * 3 / 2000 ))
			for i in $(seq %d); do
				start $i &
				sleep $(shuf -i 0-$most -n 1 | awk '{ print $1 / 1000000 }')
				kill -KILL $!
				wait $!
			done`, kills))
		alice.waitFor("", "systemctl --user"+hooksOf+" 'k*.scope'")
		got := alice.ok(`cd /tmp/hook; twice=0 ran=0 missed=0
			for f in k*.scope; do [ $(wc -l <$f) = 1 ] || twice=$((twice + 1)); done
			for f in ran-*; do ran=$((ran + 1)); [ -e ${f#ran-} ] || missed=$((missed + 1)); done
			echo twice $((twice + $(sort ` + hookLog + ` | uniq -d | wc -l))), missed $missed; echo $ran $(ls k*.scope | wc -l) $(wc -l <` + hookLog + `)`)
		var ran, commands, units int
		first, counts, _ := strings.Cut(got, "\n")
		fmt.Sscan(counts, &ran, &commands, &units)
		t.Logf("of %d runs %d ran COMMAND; %d hooks and %d units ran", kills+1, ran, commands, units)
		if first != "twice 0, missed 0" || commands != units || ran == 0 || ran > kills {
			t.Error(got)
		}
		alice.ok(noHookTools)
		alice.nothingLeft("systemctl --user")
	})
}
