package integration

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"gorun/integration/rig"
)

// multiplexed is a multiplexer as people start it at each login: the line makes a session or
// attaches to it.
type multiplexed struct {
	name, line string
	server     string // prints the server's PID
	clients    string // prints how many are attached
	detach     string
	kill       string
}

var multiplexers = []multiplexed{
	{
		"tmux", "tmux new -A -s main", "tmux display -p -t main '#{pid}'",
		"tmux list-clients -t main 2>/dev/null | wc -l", "tmux detach-client -s main", "tmux kill-server",
	},
	{
		"screen", "screen -D -R -S main", "pgrep -u alice -fx 'SCREEN -D -R -S main'",
		"screen -ls main | grep -c '(Attached)' || true", "screen -S main -d >/dev/null", "screen -S main -X quit >/dev/null",
	},
}

// attached starts a line on a terminal, and returns when its client is attached.
func (s *session) attached(m multiplexed, line string) *rig.Process {
	s.t.Helper()
	p, err := s.StartOnTerminal(line)
	if err != nil {
		s.t.Fatal(err)
	}
	s.waitFor("1", m.clients)
	return p
}

// detached detaches the client, and makes sure that gorun ends well and says nothing.
func (s *session) detached(m multiplexed, p *rig.Process) {
	s.t.Helper()
	s.ok(m.detach)
	ctx, cancel := context.WithTimeout(s.t.Context(), scriptTimeout())
	defer cancel()
	out, err := p.Wait(ctx)
	if err != nil || out.Status != 0 || strings.Contains(out.Stdout, "gorun:") {
		s.t.Errorf("%s: %v, status %d, printed %q", m.name, err, out.Status, out.Stdout)
	}
}

// The README's own example, at each of three logins.
func TestMultiplexerAttachesFromEachLogin(t *testing.T) {
	essential(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		defer root.logindSettings("KillUserProcesses=yes")()
		root.nobodyLingers()
		for _, m := range multiplexers {
			for _, exec := range []string{"", "--exec "} {
				unit := "work-" + m.name + strings.TrimSpace(exec)
				line := "exec gorun " + exec + "--unit=" + unit + " " + m.line
				records := "gorun --status --all-runs --json " + unit + " | grep -c started_at || true"
				kept := "1" // the first run's
				if exec != "" {
					kept = "0" // gorun is not there any more
				}
				first := g.login(t, "alice")
				p := first.attached(m, line)
				server := first.ok(m.server)
				first.detached(m, p)
				first.waitFor(kept, records)

				second := g.login(t, "alice")
				p = second.attached(m, line)
				if got := second.ok("tail -n1 /proc/" + server + "/cgroup; cat $(grep -slx 0::" + aliceSlice + "/" + unit + ".scope /proc/[0-9]*/cgroup | sed 's/cgroup$/comm/') | grep -c " + m.name); got != "0::"+aliceSlice+"/"+unit+".scope\n2" {
					t.Errorf("%s: the server and the client are not in the scope: %q", line, got)
				}
				second.detached(m, p)
				if got := second.ok(m.server + "; systemctl --user is-active " + unit + ".scope"); got != server+"\nactive" {
					t.Errorf("%s: after the second time the server and the unit are %q, were %s", line, got, server)
				}

				// Both logins end, and with them their sessions. The terminal of a client closes.
				second.attached(m, line)
				first.Close()
				second.Close()
				root.waitFor("", openSessions)
				third := g.login(t, "alice")
				third.waitFor("0", m.clients)
				p = third.attached(m, line)
				third.detached(m, p)
				if got := third.ok(m.server); got != server {
					t.Errorf("%s: after the logout the server is %s, was %s", line, got, server)
				}
				third.ok(m.kill)
				third.waitFor("inactive", "systemctl --user is-active "+unit+".scope || true")
				if got := third.ok(records); got != kept {
					t.Errorf("%s: there are %s records, want %s", line, got, kept)
				}
				third.nothingLeft("systemctl --user")
				third.Close()
				root.waitFor("", openSessions)
				root.nobodyLingers()
			}
		}
	})
}

// A run of something else is not a multiplexer's, and one that is being stopped is not joined:
// its end is waited for.
func TestOnlyARunOfTheSameMultiplexerIsJoinedByItself(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		both(t, g, func(s *session, systemctl, _ string) {
			s.ok("gorun -b --unit=work --log-to=null sleep 1000 >/dev/null")
			out := s.run("gorun --unit=work tmux new -d")
			if out.Status != 125 || !strings.HasPrefix(out.Stderr, "gorun: error: start work.scope: the unit exists already\n") {
				t.Errorf("got %+v", out)
			}
			if got := s.ok("gorun --unit=work --if-running=join tail -n1 /proc/self/cgroup"); !strings.HasSuffix(got, "/work.scope") {
				t.Errorf("joined when asked to: printed %q", got)
			}
			s.ok(systemctl + " is-active -q work.scope && " + systemctl + " stop work.scope")
			// The description says nothing about what runs.
			s.ok("gorun --unit=work --description='my work' tmux new -d -s one")
			if got := s.ok("gorun --unit=work tmux new -d -s two; tmux ls -F '#S'; tmux kill-server"); got != "one\ntwo" {
				t.Errorf("the sessions are %q", got)
			}
			s.waitFor("inactive", systemctl+" is-active work.scope || true")
			// The hint for a unit with a server does not forget what a stop ends.
			s.ok("gorun --unit=work tmux new -d -s one")
			out = s.run("gorun --unit=work --if-running=skip true")
			if out.Status != 125 || !strings.Contains(out.Stderr, "gorun: hint: --if-running=join starts COMMAND beside them; '"+systemctl+" stop work.scope' and --if-running=replace would end tmux with all of its sessions\n") {
				t.Errorf("skip: got %+v", out)
			}
			s.ok("tmux kill-server")
			s.waitFor("inactive", systemctl+" is-active work.scope || true")
			s.nothingLeft(systemctl)
		})
	})
}

func TestJoinedRunLeavesTheOtherOneAsItIs(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		both(t, g, func(s *session, systemctl, journalctl string) {
			s.ok("rm -f /tmp/join.*; : $(gorun -b --unit=host --log-to=file:/tmp/join.host --stop-signal=USR1 --runtime-max=1h sh -c 'trap \"echo end; exit 3\" USR1; echo begin; while :; do sleep 0.1; done')")
			s.waitFor("begin", "cat /tmp/join.host")
			id := s.ok(systemctl + " show --value -p InvocationID host.scope")
			out := s.run("gorun -v --unit=host --if-running=join --report --report-json=/tmp/join.json --at-end=stop sh -c 'sleep 1000 >/dev/null 2>&1 & echo $INVOCATION_ID; exit 7'")
			if out.Status != 7 || out.Stdout != id+"\n" || !strings.HasPrefix(out.Stderr, "gorun: joined unit host.scope; invocation ID "+id+"\ngorun: warning: --at-end=stop: ") || !strings.Contains(out.Stderr, "joined ") {
				t.Errorf("got %+v", out)
			}
			if got := s.ok(`grep -oE '"(joined|exit_code|cpu_seconds|memory_peak_bytes|tasks_peak|oom_kills)": [^,]*' /tmp/join.json | sort`); got != "\"cpu_seconds\": null\n\"exit_code\": 7\n\"joined\": true\n\"memory_peak_bytes\": null\n\"oom_kills\": null\n\"tasks_peak\": null" {
				t.Errorf("the report has %s", got)
			}
			if got := s.ok("pgrep -c -fx 'sleep 1000'; " + systemctl + " is-active host.scope"); got != "1\nactive" {
				t.Errorf("after the end of the joined run: %q", got)
			}
			// A log of its own, or the other run's, which stays.
			s.ok(": $(gorun -b --unit=host --if-running=join --log-to=file:/tmp/join.host echo guest) $(gorun -b --unit=host --if-running=join --log-to=file:/tmp/join.guest echo guest)")
			s.waitFor("begin\nguest\nguest", "cat /tmp/join.host /tmp/join.guest")
			if got := s.ok("gorun --log host"); got != "begin\nguest" {
				t.Errorf("the log is %q", got)
			}
			// What fails in the joined run is not the other run's failure.
			s.ok("printf '#!/nowhere\n' >/tmp/join.bad; chmod 755 /tmp/join.bad")
			if out := s.run("gorun --unit=host --if-running=join /tmp/join.bad"); out.Status != 127 {
				t.Errorf("got %+v", out)
			}
			// The stop reaches all. The first run's end is what is told of the unit.
			s.ok(": $(gorun -b --unit=host --if-running=join --log-to=file:/tmp/join.stopped sh -c 'trap \"echo stopped; exit 5\" USR1; echo begin; while :; do sleep 0.1; done')")
			s.waitFor("begin", "cat /tmp/join.stopped")
			s.ok("timeout 60 " + systemctl + " stop host.scope")
			s.waitFor("begin\nstopped", "grep -xE 'begin|stopped' /tmp/join.stopped")
			s.waitFor("1", journalctl+" -q -o cat -u host.scope MESSAGE_ID="+recordID+" GORUN_INVOCATION_ID="+id+" | wc -l")
			if got := s.ok("gorun --status --json host | grep -E '\"(exit_code|outcome)\"' | tr -d ' ,'"); got != "\"outcome\":\"stopped\"\n\"exit_code\":3" {
				t.Errorf("the status has %s", got)
			}
			s.waitFor("5", journalctl+" -q -o cat -u host.scope | grep -c 'in a run that it had joined' || true")
			s.ok("rm -f /tmp/join.*")
			s.nothingLeft(systemctl)
		})
	})
}

func TestJoinedRunHasThePropertiesThatItAsksFor(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		both(t, g, func(s *session, systemctl, _ string) {
			const join = "gorun --unit=host --if-running=join "
			s.ok("gorun -b --unit=host --log-to=null --runtime-max=1h --slice=joined sleep 1000 >/dev/null")
			s.ok(join + "--runtime-max=1h --slice=joined -p RuntimeMaxSec=60min -p Documentation=man:true --collect=false true")
			for _, option := range []string{"--runtime-max=2h", "--slice=other", "-p SendSIGKILL=no", "--stop-signal=INT", "-p After=other.service"} {
				out := s.run(join + option + " touch /tmp/ran-joined")
				if out.Status != 125 || !strings.HasPrefix(out.Stderr, "gorun: error: "+option+": not in force: the scope that runs has another value\n") {
					t.Errorf("%s: got %+v", option, out)
				}
			}
			if out := s.run("! test -e /tmp/ran-joined; " + join + "--best-effort --stop-signal=INT echo ran"); out.Status != 0 || out.Stdout != "ran\n" || !strings.HasPrefix(out.Stderr, "gorun: warning: --stop-signal=INT: not in force") {
				t.Errorf("best effort: got %+v", out)
			}
			s.ok(systemctl + " freeze host.scope")
			if out := s.run("timeout -s KILL 60 " + join + "true"); out.Status != 125 || out.Stderr != "gorun: error: join host.scope: the scope is frozen\n" {
				t.Errorf("frozen: got %+v", out)
			}
			s.ok(systemctl + " thaw host.scope; timeout 60 " + systemctl + " stop host.scope")
			// A drop-in wins, at the start and later.
			s.ok(`dir=/run/systemd/system; test $(id -u) = 0 || dir=$XDG_RUNTIME_DIR/systemd/user; mkdir -p $dir/host.scope.d; printf '[Scope]\nRuntimeMaxSec=2h\n' >$dir/host.scope.d/x.conf; ` + systemctl + ` daemon-reload`)
			for _, line := range []string{"gorun -b --log-to=null --unit=host --runtime-max=1h sleep 1000 >/dev/null", join + "--runtime-max=1h true"} {
				if out := s.run(line); out.Status != 0 || out.Stderr != "gorun: warning: host.scope: a drop-in sets RuntimeMaxSec, which wins over 1h\n" {
					t.Errorf("%s: got %+v", line, out)
				}
			}
			s.ok(`timeout 60 ` + systemctl + ` stop host.scope; dir=/run/systemd/system; test $(id -u) = 0 || dir=$XDG_RUNTIME_DIR/systemd/user; rm -r $dir/host.scope.d; ` + systemctl + ` daemon-reload`)
			s.nothingLeft(systemctl)
		})
	})
}

func TestJoinedRunHasTheLimitsThatItAsksFor(t *testing.T) {
	long(t)
	eachSuite(t, vm, func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		const join = "gorun --unit=host --if-running=join "
		for _, own := range []string{"", "--own-slice "} {
			s.ok("gorun -b --unit=host --log-to=null " + own + "--tasks-max=50 --memory-max=50% --slice=joined sleep 1000 >/dev/null")
			s.ok(join + own + "--tasks-max=50 --memory-max=50% --slice=joined true; " + join + "--tasks-max=50 true")
			for option, why := range map[string]string{"--tasks-max=51": "another value", "--memory-max=40%": "another value", "--cpu-quota=50%": "another value", "--own-slice --tasks-max=50": "no slice of its own"} {
				out := s.run(join + option + " true")
				named := strings.TrimPrefix(option, "--own-slice ")
				if named != option && own != "" {
					continue
				}
				if out.Status != 125 || !strings.HasPrefix(out.Stderr, "gorun: error: "+named+": not in force: the scope that runs has "+why+"\n") {
					t.Errorf("%s%s: got %+v", own, option, out)
				}
			}
			s.ok("timeout 60 systemctl --user stop host.scope")
			s.waitFor("inactive", "systemctl --user is-active host.scope || true")
		}
		s.nothingLeft("systemctl --user")
	})
}

// A run that joins at the moment of the other's end starts a scope itself. A scope that is
// being stopped is not joined.
func TestJoinAtTheMomentOfTheEnd(t *testing.T) {
	long(t)
	const joins = 5 // of each of 40 loops
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		both(t, g, func(s *session, systemctl, _ string) {
			got := s.ok(`dir=$(mktemp -d); for i in $(seq 40); do
				{ for j in $(seq ` + strconv.Itoa(joins) + `); do gorun --unit=brief --if-running=join sh -c "tail -n1 /proc/self/cgroup" >>$dir/where 2>>$dir/said; echo $? >>$dir/status; done; } & done; wait
				sort $dir/status | uniq -c; sed 's|.*/||' $dir/where | sort | uniq -c; cat $dir/said; rm -r $dir`)
			if all := strconv.Itoa(40 * joins); strings.Join(strings.Fields(got), " ") != all+" 0 "+all+" brief.scope" {
				t.Errorf("got %q", got)
			}
			s.waitFor("inactive", systemctl+" is-active brief.scope || true")
			got = s.ok(`cd $(mktemp -d); gorun -b --unit=brief --log-to=null sh -c 'trap "until test -e end; do sleep 0.05; done; echo old >>said; exit" TERM; echo >ready; while :; do sleep 0.05; done' >/dev/null
				until test -e ready; do sleep 0.05; done; ` + systemctl + ` stop --no-block brief.scope; until ` + systemctl + ` show -p ActiveState brief.scope | grep -q deactivating; do sleep 0.05; done
				gorun --unit=brief --if-running=join sh -c 'echo new >>said' & gorun=$!
				until ls -l /proc/$gorun/fd 2>/dev/null | grep -q brief.scope; do sleep 0.05; done; touch end; wait $gorun; cat said`)
			if got != "old\nnew" {
				t.Errorf("got %q", got)
			}
			s.nothingLeft(systemctl)
		})
	})
}

func TestWhoMayJoin(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, alice := g.login(t, "root"), g.login(t, "alice")
		root.ok("gorun -b --unit=host --uid=bob --log-to=null sleep 1000 >/dev/null")
		for script, want := range map[string]string{
			"gorun --unit=host --if-running=join true":             "gorun: error: join host.scope: it has no process of the user root, as whom COMMAND would run\n",
			"gorun --unit=host --if-running=join --uid=alice true": "gorun: error: join host.scope: it has no process of the user alice, as whom COMMAND would run\n",
			"gorun --unit=host --if-running=join --uid=bob true":   "",
		} {
			if out := root.run(script); (out.Status == 0) != (want == "") || !strings.HasPrefix(out.Stderr, want) {
				t.Errorf("%s: got %+v", script, out)
			}
		}
		if out := alice.run("gorun --no-ask-password --system --unit=host --if-running=join true"); out.Status != 125 {
			t.Errorf("alice: got %+v", out)
		}
		root.ok("systemctl stop host.scope; systemd-run -q --scope --unit=host sleep 1000 >/dev/null 2>&1 & until systemctl -q is-active host.scope; do sleep 0.05; done")
		if out := root.run("gorun --unit=host --if-running=join true"); out.Status != 125 || !strings.Contains(out.Stderr, "was not started by gorun") {
			t.Errorf("not gorun's: got %+v", out)
		}
		root.ok("systemctl stop host.scope")
		// From within the run. Nothing is moved, and nothing is recorded as the outer run's.
		got := alice.run("gorun --unit=host sh -c 'gorun --unit=host --if-running=join echo inner; gorun --unit=host true; echo $?; exit 9' 2>/dev/null")
		if got.Status != 9 || got.Stdout != "inner\n125\n" {
			t.Errorf("got %+v", got)
		}
		alice.waitFor("9", `gorun --status --json host | grep -o '"exit_code": [0-9]*' | tr -dc 0-9`)
		alice.nothingLeft("systemctl --user")
	})
}

// Without a lease the run that is joined ends with the last logout.
func TestJoinedRunIsWarnedIfTheScopeHasNoLease(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		s.run("gorun -q -b --linger=no --unit=host --log-to=null sleep 1000 >/dev/null")
		out := s.run("gorun --unit=host --if-running=join --must-survive touch /tmp/ran-mortal; ! test -e /tmp/ran-mortal")
		if out.Status != 0 || !strings.Contains(out.Stderr, "linger: the scope that runs was started without a lease") {
			t.Errorf("got %+v", out)
		}
		s.ok("systemctl --user stop host.scope; gorun -b --unit=host --log-to=null sleep 1000 >/dev/null")
		s.ok("gorun --unit=host --if-running=join --must-survive true; systemctl --user stop host.scope")
		s.nothingLeft("systemctl --user")
	})
}

// The first run's --at-end is for all processes of the scope.
func TestAtEndOfTheFirstRunReachesThoseThatHaveJoined(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		both(t, g, func(s *session, systemctl, _ string) {
			for atEnd, want := range map[string]string{"wait": "guest 0 host 3 ended", "stop": "guest 143 host 3", "leave": "guest 0 host 3"} {
				got := s.ok(`cd $(mktemp -d); { gorun --unit=host --at-end=` + atEnd + ` sh -c 'echo >host; until test -e go; do sleep 0.05; done; exit 3'; echo host $? $(ls ended 2>/dev/null) >>order; test ` + atEnd + ` = wait || touch end; } &
					until test -e host; do sleep 0.05; done
					{ gorun --unit=host --if-running=join sh -c 'echo >guest; until test -e end; do sleep 0.05; done; touch ended'; echo guest $? >>order; } 2>/dev/null &
					until test -e guest; do sleep 0.05; done
					touch go; while pgrep -fx 'sh -c echo >host;.*' >/dev/null; do sleep 0.05; done; test ` + atEnd + ` != wait || { sleep 1; touch end; }; wait; sort order`)
				if strings.Join(strings.Fields(got), " ") != want {
					t.Errorf("%s: got %q", atEnd, got)
				}
			}
			s.nothingLeft(systemctl)
		})
	})
}
