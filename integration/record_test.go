package integration

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// recordID is the MESSAGE_ID of a run's record.
const recordID = "29cfde345c784c5083ebe4ffc9f1970c"

func TestEveryRunLeavesARecordUnderItsUnit(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		for user, c := range map[string]struct{ journalctl, systemctl, want string }{
			"alice": {"journalctl --user", "systemctl --user", `exited3["sh","-c","exit 3"]`},
			// Arguments must not be shown to all readers of the system's journal.
			"root": {"journalctl", "systemctl", `exited3["sh"]`},
		} {
			s := g.login(t, user)
			s.ok(`for i in $(seq 100); do gorun --unit=recorded-` + user + `-$i sh -c 'exit 3'; test $? = 3 || exit; done`)
			s.waitFor("100", c.journalctl+` -q -o cat $(printf " -u recorded-`+user+`-%s.scope" $(seq 100)) MESSAGE_ID=`+recordID+` | grep -c "sh exited with status 3 after"; true`)
			var record map[string]any
			text := s.ok(c.journalctl + ` -q -o json -u recorded-` + user + `-7.scope MESSAGE_ID=` + recordID)
			if err := json.Unmarshal([]byte(text), &record); err != nil {
				t.Fatalf("%v: %s", err, text)
			}
			if got := fmt.Sprint(record["GORUN_OUTCOME"], record["GORUN_EXIT_CODE"], record["GORUN_COMMAND"]); got != c.want {
				t.Errorf("%s: got %s, want %s", user, got, c.want)
			}
			s.nothingLeft(c.systemctl)
		}
	})
}

func TestNoRecordAndExecLeaveNoRecord(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		// The last run has a record. When it is in the journal, the others would be too.
		s.ok("gorun --unit=unrecorded --no-record true; gorun --unit=unrecorded --exec true; gorun --unit=recorded true")
		s.waitFor("recorded.scope: true exited with status 0", `journalctl --user -q -o cat -u recorded.scope -u unrecorded.scope MESSAGE_ID=`+recordID+` | sed 's/ after.*//'`)
	})
}

// fill fills journald's queue.
const fill = `python3 -c '
import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.setblocking(False)
try:
    while True: s.sendto(b"MESSAGE=full\\n", "/run/systemd/journal/socket")
except BlockingIOError: pass'`

func TestRunEndsEvenIfJournaldHangsOrIsMissing(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s, root := g.login(t, "alice"), g.login(t, "root")
		pid := root.ok("systemctl show --value -p MainPID systemd-journald")
		// When the queue is full, the managers hang with journald, some seconds for
		// each log message.
		out := s.run(`mkfifo /tmp/go-on; gorun --unit=unheard sh -c 'read line; exit 5' </tmp/go-on & exec 3>/tmp/go-on; gorun=$!
			until systemctl --user -q is-active unheard.scope; do sleep 0.1; done
			sudo kill -STOP ` + pid + `; trap 'sudo kill -CONT ` + pid + `' EXIT; ` + fill + `
			begun=$(date +%s%N); echo >&3; wait $gorun; echo $? $((($(date +%s%N) - begun) / 1000000))`)
		var status, ms int
		if _, err := fmt.Sscan(out.Stdout, &status, &ms); err != nil || status != 5 || ms < 900 || ms > 20000 {
			t.Errorf("hung: status and milliseconds %q, printed %q", out.Stdout, out.Stderr)
		}
		root.ok("mv /run/systemd/journal/socket /run/systemd/journal/away")
		defer root.ok("mv /run/systemd/journal/away /run/systemd/journal/socket")
		s.ok("gorun true")
	})
}

// Who reads the file sees which run it is about, and whether that has ended.
func TestReportOfAnEarlierRunIsNotTakenForThisOnes(t *testing.T) {
	const fields = ` && grep -oE '"(invocation_id|ended_at|outcome|exit_code|signal)": .*' st.json`
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s, root := g.login(t, "alice"), g.login(t, "root")
		defer s.ok("rm -f st.json own.json")
		s.ok("gorun --unit=st --report-json=st.json true && grep -q '\"outcome\": \"exited\"' st.json")
		s.ok("gorun -b --unit=st --report-json=st.json sleep 100")
		want := s.ok(`echo "\"invocation_id\": \"$(systemctl --user show --value -p InvocationID st.scope)\","`) + `
"ended_at": null,
"outcome": null,
"exit_code": null,
"signal": null,`
		if got := s.ok("true" + fields); got != want {
			t.Errorf("while it runs: got %s, want %s", got, want)
		}
		s.ok("gorun --unit=st --if-running=skip --report-json=st.json true")
		s.ok("systemctl --user kill -s KILL st.scope; until ! systemctl --user -q is-active st.scope; do sleep 0.1; done")
		if got := s.ok("true" + fields); got != want {
			t.Errorf("after it was killed: got %s, want %s", got, want)
		}
		// COMMAND itself sees its own run, also of a new file.
		if got := s.ok(`for i in 1 2; do gorun --report-json=own.json sh -c 'echo $INVOCATION_ID; sed -n "s/.*invocation_id\": \"\(.*\)\",/\1/p" own.json' | uniq | wc -l; done`); got != "1\n1" {
			t.Errorf("the invocation IDs of the command and of its report: %q", got)
		}
		if got := s.ok("gorun --report-json=/dev/fd/3 true 3>&1 | grep -c '\"outcome\"'"); got != "1" {
			t.Errorf("a pipe got %s reports", got)
		}
		// Where there is no room for a report, there is none.
		root.ok("mkdir /tmp/small; mount -t tmpfs -o size=64k,mode=1777 small /tmp/small")
		defer root.ok("umount /tmp/small; rmdir /tmp/small")
		if out := s.run("gorun --report-json=/tmp/small/st true; cat /dev/zero >/tmp/small/zero; gorun --report-json=/tmp/small/st cat /tmp/small/st"); out.Stdout != "" {
			t.Errorf("on a full disk: %q", out.Stdout)
		}
		if out := s.run("cd /tmp/small; rm st zero; gorun --report-json=st true; cat /dev/zero >zero 2>/dev/null; gorun --report-json=st nowhere; cat st"); out.Stdout != "" {
			t.Errorf("after a launch that failed, on a full disk: %q", out.Stdout)
		}
	})
}

// Everybody sees the system's units, and PID 1 logs what they are. journald adds a
// sender's command line to each entry.
func TestArgumentsOfSystemScopesStayInGorun(t *testing.T) {
	const secret = ` -E KEY=hunter2 --exec-stop-post="sh -c 'exit 1' x hunter2" /bin/sh -c 'read line </tmp/secret; exit 3' x --password=hunter2`
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, alice := g.login(t, "root"), g.login(t, "alice")
		root.ok("mkfifo -m 666 /tmp/secret")
		defer root.ok("rm /tmp/secret")
		for _, c := range []struct {
			s                               *session
			systemctl, options, description string
		}{
			{root, "systemctl", "", "[gorun] sh"},
			{root, "systemctl", "--no-record ", "[gorun] sh"},
			{root, "systemctl", "-b --report ", "[gorun] sh"},
			{root, "systemctl", "--description='my own word' ", "my own word"},
			{alice, "systemctl --user", "--no-record ", "[gorun] sh"},
		} {
			c.s.ok("gorun --unit=secret " + c.options + secret + " 2>&1 >/dev/null </dev/null | cat >/dev/null 2>&1 & until " + c.systemctl + " -q is-active secret.scope; do sleep 0.1; done; until pgrep -f '^/bin/sh -c read' >/dev/null && [ $(pgrep -c -x gorun) = 1 ]; do sleep 0.1; done") // -b's caller has returned
			if got := c.s.ok(c.systemctl + " show --value -p Description secret.scope"); got != c.description {
				t.Errorf("%s: the description is %q", c.options, got)
			}
			if got := root.ok("for pid in $(pgrep -ox gorun); do tr '\\0' ' ' </proc/$pid/cmdline; done; grep -rlsD skip hunter2 /run/systemd /run/gorun /run/user | grep -v '/gorun-hooks-[0-9a-f]*.service.hooks$'; find /run/gorun /run/user/*/gorun -name 'gorun-hooks*' ! -perm 600 2>/dev/null; true"); strings.TrimSpace(got) != "gorun: secret.scope" {
				t.Errorf("%s: ps and /run have %q", c.options, got)
			}
			root.ok("echo >/tmp/secret")
			c.s.waitFor("", "pgrep -x gorun || true")
			root.ok("journalctl --sync 2>/dev/null || true")
			if got := root.ok("journalctl -q -o json | grep -F hunter2 || true"); got != "" {
				t.Errorf("%s: the journal has %s", c.options, got)
			}
		}
		if got := root.ok(`journalctl -q -o json GORUN_UNIT=secret.scope MESSAGE_ID=` + recordID + ` | grep -o '"GORUN_COMMAND":"[^,]*"' | sort -u`); got != `"GORUN_COMMAND":"[\"sh\"]"` {
			t.Errorf("the records have %s", got)
		}
		// A user's own journal may have a user's arguments.
		if got := alice.ok("gorun --unit=shown sh -c 'systemctl --user show --value -p Description shown.scope' x a"); got != "[gorun] sh -c systemctl --user show --value -p Description shown.scope x a" {
			t.Errorf("the description is %q", got)
		}
	})
}

func TestReportInTheJournalHasNoArgumentsOfASystemScope(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		root.ok("gorun -b --log-to=journal --unit=told --report true --password=hunter2 | cat")
		root.waitFor("command     true", "journalctl -q -o cat -t told.scope | grep -o 'command .*'; true")
	})
}
