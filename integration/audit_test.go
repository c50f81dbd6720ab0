package integration

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// audited is a process in the output of gorun --audit --json.
type audited struct {
	PID, UID    int
	Name        string
	Unit        *string
	Command     []string
	Multiplexer *string
	Survives    bool   `json:"survives_logout"`
	Reason      string `json:"survival_reason"`
}

// audit returns the verdicts on the processes with mark in their command lines.
func (s *session) audit(mark string) []audited {
	s.t.Helper()
	var list []audited
	if err := json.Unmarshal([]byte(s.ok("gorun --audit --json")), &list); err != nil {
		s.t.Fatal(err)
	}
	return slices.DeleteFunc(list, func(a audited) bool { return !slices.Contains(a.Command, mark) })
}

// logindSettings changes logind's settings until undo is called.
func (s *session) logindSettings(settings string) (undo func()) {
	s.t.Helper()
	const file = "/etc/systemd/logind.conf.d/gorun-test.conf"
	// 252 cannot reload. The tests restart it more often than the start limit allows.
	const reload = "systemctl reload systemd-logind || { systemctl reset-failed systemd-logind; systemctl restart systemd-logind; }"
	s.ok(fmt.Sprintf("mkdir -p /etc/systemd/logind.conf.d; printf '[Login]\\n%s\\n' >%s; { %s; } 2>/dev/null", settings, file, reload))
	return func() { s.ok("rm -f " + file + "; { " + reload + "; } 2>/dev/null") }
}

// openSessions lists alice's sessions of sshd that are not closing. (Files that end in
// .ref are FIFOs.)
const openSessions = `grep -slx UID=1000 /run/systemd/sessions/*[0-9] | xargs -r grep -slx SERVICE=sshd | xargs -r grep -slxE 'STATE=(active|online)' || true`

func TestAuditPredictsWhatLogoutDoes(t *testing.T) {
	long(t)
	const (
		// sleep ignores SIGHUP here, and has the mark as an argument of its shell.
		program = `sh -c 'trap "" HUP; sleep 600; :' audited`
		session = "setsid " + program
		managed = "systemd-run -q --user --scope " + program
		leased  = "gorun " + program
	)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		for _, c := range []struct {
			settings, launch, reason string
		}{
			// TestSurvivalTable has KillUserProcesses=yes and no alone.
			{"KillUserProcesses=yes", managed, "no-lingering"},
			{"KillUserProcesses=yes", leased, "lease"},
			{`KillUserProcesses=yes\nKillExcludeUsers=root alice`, session, "spared"},
			{`KillUserProcesses=yes\nKillOnlyUsers=bob`, session, "spared"},
			{`KillUserProcesses=no\nKillOnlyUsers=bob alice`, session, "session-killed"},
			{`KillUserProcesses=yes\nUserStopDelaySec=infinity`, managed, "stop-delay"},
		} {
			t.Run(strings.Fields(c.launch)[0]+" "+c.settings, func(t *testing.T) {
				root := g.login(t, "root")
				if c.reason != "stop-delay" {
					c.settings += `\nUserStopDelaySec=1`
				}
				defer root.logindSettings(c.settings)()
				alice := g.login(t, "alice")
				alice.ok(c.launch + " >/dev/null 2>&1 </dev/null & " + `until pgrep -u alice -fx 'sleep 600' >/dev/null; do sleep 0.1; done`)
				if strings.HasPrefix(c.launch, "gorun") {
					root.waitFor("alice", lingering)
				}
				list := alice.audit("audited")
				if len(list) == 0 {
					t.Fatal("the process is not in the list")
				}
				survives := list[0].Survives
				for _, a := range list {
					if a.Reason != c.reason || a.Survives != survives {
						t.Errorf("verdict %v, %s, want %s", a.Survives, a.Reason, c.reason)
					}
				}
				alice.Close()
				root.waitFor("", openSessions)
				const alive = "pgrep -u alice -fx 'sleep 600' | wc -l"
				if !survives {
					root.waitFor("0", alive)
				} else if got := root.ok("sleep 2.5; " + alive); got != "1" { // UserStopDelaySec, and time for killing
					t.Errorf("survives was true, but after the logout %s processes are alive", got)
				}
				root.ok("pkill -u alice -fx 'sleep 600'; true")
				root.waitFor("", "pgrep -u alice -f audited || true")
				if c.reason == "stop-delay" {
					root.ok("systemctl stop user@1000")
				}
				root.waitFor("inactive", "systemctl show --value -p ActiveState user@1000.service")
				root.nobodyLingers()
			})
		}
	})
}

func TestAuditFollowsATerminalToItsEmulator(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, alice := g.login(t, "root"), g.login(t, "alice")
		// script(1) is a terminal emulator with its own session. It keeps running
		// after its own terminal closes; here it has none.
		alice.ok(`gorun --unit=emulator script -qc "sh -c 'sleep 600; :' in-terminal" /dev/null >/dev/null 2>&1 </dev/null &
			until pgrep -fx 'sleep 600' >/dev/null; do sleep 0.1; done`)
		defer alice.ok("systemctl --user stop emulator.scope")
		root.waitFor("alice", lingering)
		list := alice.audit("in-terminal")
		if len(list) == 0 {
			t.Error("the process is not in the list")
		}
		for _, a := range list {
			if !a.Survives {
				t.Errorf("the emulator survives, but the verdict on %q is %s", a.Command, a.Reason)
			}
		}
	})
}

func TestMultiplexerServerOutsideAScopeIsWarnedOf(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		defer root.logindSettings("KillUserProcesses=yes")()
		alice := g.login(t, "alice")
		for _, c := range []struct{ name, start, pid, attach, other, kill string }{
			{"tmux", "tmux new -d -s outside", "tmux display -p '#{pid}'", "gorun tmux new -d -s inside", "gorun tmux -L other new -d", "tmux kill-server; tmux -L other kill-server"},
			{"screen", "screen -dmS outside", "until screen -ls | grep -o '[0-9]*\\.outside'; do :; done | cut -d. -f1", "gorun screen -r -S nosuch", `gorun screen -dmS inside; until screen -ls | grep -q "[.]inside"; do sleep 0.05; done`, "screen -S outside -X quit; screen -S inside -X quit"},
		} {
			alice.ok(c.start)
			pid := alice.ok(c.pid)
			if out := alice.run(c.attach); !strings.Contains(out.Stderr, "gorun: warning: the "+c.name+" server, process "+pid+", ") ||
				!strings.Contains(out.Stderr, "\ngorun: hint: 'gorun --adopt "+pid+"' moves it into a scope that survives, with all that runs in it\n") {
				t.Errorf("%s: printed %q", c.attach, out.Stderr)
			}
			if out := alice.run(c.other); out.Stderr != "" {
				t.Errorf("%s: printed %q", c.other, out.Stderr)
			}
			out := alice.run("gorun --audit; gorun --doctor")
			if !strings.Contains(out.Stderr, "process "+pid+", ") || !strings.Contains(out.Stdout, "process "+pid+", ends with the logout: ") {
				t.Errorf("--audit and --doctor: printed %q and %q", out.Stdout, out.Stderr)
			}
			alice.run(c.kill)
			alice.waitFor("0", "pgrep -c -u alice 'tmux|screen' || true")
		}
	})
}

// Any user can give a process any argument.
func TestArgumentsOfOthersDoNothingToTheTerminal(t *testing.T) {
	const hostile = `$'a\e]0;title\a\xc2\x9b31mé\nb\xff'`
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, alice := g.login(t, "root"), g.login(t, "alice")
		alice.ok("bash -c " + quote("exec gorun --unit=hostile sh -c 'sleep 600; :' "+hostile) + " >/dev/null 2>&1 </dev/null & until pgrep -u alice -fx 'sleep 600' >/dev/null; do :; done")
		for where, print := range map[string]func(string) string{
			"--audit": root.ok, "--audit --json": root.ok, "--status hostile": alice.ok, "--status --json hostile": alice.ok,
		} {
			text, want := print("gorun "+where), `a\x1b]0;title\a\u009b31mé\nb\xff`
			if strings.Contains(where, "--json") {
				want = `"a\u001b]0;title\u0007\u009b31mé\nb\ufffd"`
			}
			if !strings.Contains(text, want) {
				t.Errorf("gorun %s lacks %s: %q", where, want, text)
			}
			if at := strings.IndexFunc(text, func(r rune) bool { return r != '\n' && unicode.IsControl(r) }); at >= 0 {
				t.Errorf("gorun %s: a control character in %q", where, text)
			}
		}
		root.ok("pkill -u alice -fx 'sleep 600'")
		root.nobodyLingers()
	})
}

// What the restart of a service kills is named, as far as it is not what the service is for.
func TestAuditNamesWhatTheRestartOfAServiceKills(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, alice := g.login(t, "root"), g.login(t, "alice")
		// An editor's terminal is that of script(1) here. spared has KillMode=process, and
		// owner is a service for a tmux server.
		const units = `
mkdir -p $dir
for name in bot code spared owner; do printf '[Service]\n'"$user" >$dir/$name.service; done
cat >>$dir/bot.service <<'END'
ExecStart=/bin/sh -c 'tmux -L bot new -d; exec sleep 661'
END
cat >>$dir/code.service <<'END'
ExecStart=script -qc "sleep 662; :" /dev/null
END
cat >>$dir/spared.service <<'END'
KillMode=process
ExecStart=/bin/sh -c 'tmux -L spared new -d; exec sleep 663'
END
cat >>$dir/owner.service <<'END'
Type=forking
ExecStart=tmux -L owner new -d
END
`
		const start = "%[1]s daemon-reload; %[1]s start bot code spared owner; until [ $(pgrep -c -fx 'sleep 66[1-3]') = 3 ]; do sleep 0.1; done"
		for _, of := range []struct {
			s                      *session
			systemctl, setup, name string
		}{
			{alice, "systemctl --user", "dir=~/.config/systemd/user user=", "a user's services"},
			{root, "systemctl", "dir=/etc/systemd/system user='User=alice\n'", "the system's services"},
		} {
			of.s.ok(of.setup + units + fmt.Sprintf(start, of.systemctl))
			server := alice.ok("pgrep -u alice -fo 'tmux -L bot'")
			out := alice.run("gorun --audit")
			if out.Status != 0 || !strings.Contains(out.Stderr, "gorun: warning: the tmux server, process "+server+", is inside bot.service: a restart or stop of that kills it, with all that runs in it\n"+
				"gorun: hint: 'gorun --adopt "+server+"' moves it out, with all that runs in it\n") {
				t.Errorf("%s: printed %q", of.name, out.Stderr)
			}
			if !strings.Contains(out.Stderr, "gorun: warning: a terminal of script, pts/") || !strings.Contains(out.Stderr, ", is inside code.service: ") {
				t.Errorf("%s: no terminal: printed %q", of.name, out.Stderr)
			}
			if strings.Contains(out.Stderr, "spared.service") || strings.Contains(out.Stderr, "owner.service") {
				t.Errorf("%s: printed %q", of.name, out.Stderr)
			}
			var list []struct {
				PID      int
				DiesWith *string `json:"dies_with_service"`
			}
			if err := json.Unmarshal([]byte(alice.ok("gorun --audit --json")), &list); err != nil {
				t.Fatal(err)
			}
			dies := map[string]int{}
			for _, p := range list {
				if p.DiesWith != nil {
					dies[*p.DiesWith]++
				}
			}
			if len(dies) != 2 || dies["bot.service"] != 1 || dies["code.service"] != 1 {
				t.Errorf("%s: dies_with_service: %v", of.name, dies)
			}
			alice.ok("gorun --adopt " + server)
			if out := alice.run("gorun --audit"); strings.Contains(out.Stderr, "bot.service") {
				t.Errorf("%s: after the adoption: printed %q", of.name, out.Stderr)
			}
			of.s.ok(of.systemctl + " stop bot code spared owner")
			alice.ok("for name in bot spared; do tmux -L $name kill-server 2>/dev/null; done; true")
			alice.waitFor("0", "pgrep -c -u alice 'tmux|sleep'; true")
			of.s.ok(of.setup + "; rm $dir/bot.service $dir/code.service $dir/spared.service $dir/owner.service; " + of.systemctl + " daemon-reload")
			alice.nothingLeft("systemctl --user")
		}
	})
}

// tmux since 3.4 gives each pane a scope, whose policy is the manager's default.
func TestAuditNamesPanesThatAnOutOfMemoryKillEnds(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		alice := g.login(t, "alice")
		// As tmux does it, on each version.
		alice.ok(`systemd-run -q --user --scope --unit=tmux-spawn-1 -p OOMPolicy=stop sleep 671 >/dev/null 2>&1 </dev/null &
			systemd-run -q --user --scope --unit=tmux-spawn-2 -p OOMPolicy=continue sleep 672 >/dev/null 2>&1 </dev/null &
			until [ $(pgrep -c -u alice -fx '.*/sleep 67[12]') = 2 ]; do sleep 0.1; done`)
		pid := alice.ok("pgrep -u alice -fx '.*/sleep 671'")
		out := alice.run("gorun --audit")
		if !strings.Contains(out.Stderr, "gorun: warning: a pane of tmux is in a scope with OOMPolicy=stop (tmux-spawn-*): ") || !strings.Contains(out.Stderr, "'gorun --adopt "+pid+"' moves them into a scope with OOMPolicy=continue; ") {
			t.Errorf("printed %q", out.Stderr)
		}
		unit := alice.ok("gorun --adopt " + pid)
		if got := alice.ok("systemctl --user show --value -p OOMPolicy " + unit); got != "continue" {
			t.Errorf("the policy is %q", got)
		}
		if out := alice.run("gorun --audit"); strings.Contains(out.Stderr, "pane of tmux") {
			t.Errorf("after the adoption: printed %q", out.Stderr)
		}
		alice.ok("pkill -u alice -fx '.*/sleep 67[12]'")
		alice.waitFor("inactive\ninactive", "systemctl --user is-active tmux-spawn-2.scope "+unit+" || true")
		alice.nothingLeft("systemctl --user")
	})
}
