package integration

import (
	"encoding/json"
	"fmt"
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
		if _, err := fmt.Sscan(out.Stdout, &status, &ms); err != nil || status != 5 || ms < 900 || ms > 3000 {
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
	})
}
