package integration

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// remnant is what gorun --clean --json prints.
type remnant struct {
	Kind, Name  string
	Result      *string
	Explanation string
	Cleaned     bool
	Reason      *string
}

// clean runs gorun --clean, and returns what it prints by name.
func (s *session) clean(args string) map[string]remnant {
	s.t.Helper()
	var list []remnant
	if err := json.Unmarshal([]byte(s.ok("gorun --clean --json "+args)), &list); err != nil {
		s.t.Fatal(err)
	}
	byName := map[string]remnant{}
	for _, r := range list {
		byName[r.Name] = r
	}
	return byName
}

// oldNotes is a script that makes notes of earlier boots: an old one, one of another machine, and
// a newer one. Without that, the clock alone would say what is old, and nobody may keep it right.
const oldNotes = `id=$(cat /etc/machine-id)
note() { ln -sfn "a:$2@$3:1:$(date -d "$4 days ago" +%s)000000:" $1.scope.user.newest; touch -h -d "$4 days ago" $1.scope.user.newest; }
note gone boot1 $id 40; note later boot2 $id 5; note other boot3 22222222222222222222222222222222 40
ln -sfn used-by .machine-$id; touch -h -d '50 days ago' .machine-$id
`

func TestCleanEndsWhatRunsHaveLeft(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		both(t, g, func(s *session, systemctl, _ string) {
			user := strings.TrimPrefix(systemctl, "systemctl")
			s.run("gorun --collect=false --unit=failed --runtime-max=1 sleep 60")
			s.run("systemd-run -q" + user + " --scope --unit=theirs -p RuntimeMaxSec=1 sleep 60")
			s.ok(emptyScope(systemctl, "emptied"))
			dir := s.ok("d=~/.local/state/gorun; mkdir -p $d; cd $d; touch -d '40 days ago' gone.scope.log theirs.scope.log used.scope.log; touch new.scope.log notes\n" + oldNotes + "pwd")
			s.ok("exec 3>>" + dir + "/used.scope.log; sleep 681 >/dev/null 2>&1 &")
			const state = " show --value -p ActiveState failed.scope emptied.scope theirs.scope; ls ~/.local/state/gorun/*.log | wc -l"
			before := s.ok(systemctl + state)
			if before != "failed\n\nactive\n\nfailed\n4" {
				t.Fatalf("before: %q", before)
			}
			for _, dry := range []string{"--dry-run", ""} {
				got := s.clean(dry)
				if f := got["failed.scope"]; !f.Cleaned || f.Kind != "failed" || f.Result == nil || *f.Result != "timeout" || !strings.Contains(f.Explanation, "has failed with result timeout") {
					t.Errorf("%s: failed.scope: %+v", systemctl, f)
				}
				if e := got["emptied.scope"]; !e.Cleaned || e.Kind != "empty" {
					t.Errorf("%s: emptied.scope: %+v", systemctl, e)
				}
				if o := got["theirs.scope"]; o.Cleaned || o.Reason == nil || *o.Reason != "gorun has not started it" {
					t.Errorf("%s: theirs.scope: %+v", systemctl, o)
				}
				if l := got[dir+"/gone.scope.log"]; !l.Cleaned || l.Kind != "file" || l.Explanation != "was the output of a run, 40 days ago" {
					t.Errorf("%s: the log: %+v", systemctl, l)
				}
				if o := got[dir+"/other.scope.user.newest"]; o.Cleaned || o.Reason == nil || *o.Reason != "another machine has written it, and may still do so" {
					t.Errorf("%s: the other machine's link: %+v", systemctl, o)
				}
				if u := got[dir+"/used.scope.log"]; u.Cleaned || u.Reason == nil || *u.Reason != "a process uses it" {
					t.Errorf("%s: the log in use: %+v, %v", systemctl, u, dry)
				}
				if n := got[dir+"/gone.scope.user.newest"]; !n.Cleaned || len(got) != 7 { // theirs.scope is loaded
					t.Errorf("%s: got %+v", systemctl, got)
				}
				if dry != "" && s.ok(systemctl+state) != before {
					t.Errorf("%s: --dry-run has changed something", systemctl)
				}
			}
			s.waitFor("inactive\n\ninactive\n\nfailed\n3", systemctl+state)
			s.ok("pkill -fx 'sleep 681'; cd " + dir + "; rm used.scope.log other.scope.user.newest later.scope.user.newest .machine-*; " + oldNotes + "rm gone.scope.user.newest other.scope.user.newest")
			if out := s.run("gorun --clean nosuch"); out.Status != 4 || out.Stderr != "gorun: error: nosuch.scope: no failed or empty scope\n" || out.Stdout != "" {
				t.Errorf("no such unit: got %+v", out)
			}
			if out := s.ok("gorun --clean theirs"); out != "cleaned  theirs.scope  has failed with result timeout and was kept" {
				t.Errorf("named: printed %q", out)
			}
			if out := s.ok("gorun --clean"); !strings.HasPrefix(out, "cleaned  "+dir+"/theirs.scope.log  was the output of a run, 40 days ago") {
				t.Errorf("printed %q", out)
			}
			if out := s.ok("gorun --clean"); out != "nothing to clean" {
				t.Errorf("printed %q", out)
			}
			s.ok("cd " + dir + "; rm new.scope.log notes later.scope.user.newest .machine-*")
			s.nothingLeft(systemctl)
		})
	})
}

// Logins are dropped while PAM opens their sessions: by su, which ends in that moment. Some
// scopes fail, and some stay without a process. Launches of gorun under that load leave nothing.
func TestCleanEndsWhatTheLoginRaceLeaves(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) { cleanEndsWhatTheLoginRaceLeaves(t, g, g.often(1000)) })
}

func TestCleanEndsWhatTheLoginRaceLeavesOnAWholeMachine(t *testing.T) {
	long(t)
	eachSuite(t, vm, func(t *testing.T, g *guest) { cleanEndsWhatTheLoginRaceLeaves(t, g, 1000/g.Slowness()) })
}

func cleanEndsWhatTheLoginRaceLeaves(t *testing.T, g *guest, launches int) {
	const drop = `
import os, random, subprocess, sys, time
def login():
    null = subprocess.DEVNULL
    return subprocess.Popen(["su", "-l", "bob", "-c", "true"], stdin=null, stdout=null, stderr=null, start_new_session=True)
def measured():
    begun = time.monotonic()
    login().wait()
    return time.monotonic() - begun
def lost(): # some have lost the race
    return subprocess.run("systemctl list-units --failed --no-legend 'session-*' | grep -q .", shell=True).returncode == 0
length = min(measured() for i in range(5))
n = 0
while n < 200 or not os.path.exists("/tmp/launched") or n < 5000 and (n % 50 > 0 or not lost()):
    p = login()
    time.sleep(random.random() * length)
    p.kill(); p.wait()
    n += 1
print(n)`
	root, alice := g.login(t, "root"), g.login(t, "alice")
	bob := g.login(t, "bob") // else bob's manager starts and ends with each login
	root.ok("rm -f /tmp/launched; cat >/tmp/drop.py <<'END'\n" + drop + "\nEND\n" +
		"systemd-run -q --unit=drop -p StandardOutput=file:/tmp/dropped python3 /tmp/drop.py") // not within a session
	got := alice.ok(fmt.Sprintf("for i in $(seq %d); do gorun true || echo failed; done", launches))
	if got != "" {
		t.Errorf("launches: %q", got)
	}
	root.ok("touch /tmp/launched")
	root.waitFor("inactive", "systemctl is-active drop || true")
	alice.nothingLeft("systemctl --user")
	failed := root.ok("systemctl list-units --failed --no-legend --plain | cut -d' ' -f1 | sort")
	sessions := strings.Fields(failed)
	t.Logf("%s logins dropped, %d scopes failed", root.ok("cat /tmp/dropped"), len(sessions))
	if len(sessions) == 0 {
		t.Error("no login has lost the race")
	}
	list := root.doctor("gorun")
	would := root.clean("--dry-run")
	for _, unit := range sessions {
		if t.Failed() {
			break // the others say the same
		}
		root.diagnosed(list, "sessions", "warning", unit+" has failed in the login race: ", "sudo gorun --clean")
		if r := would[unit]; !r.Cleaned || !strings.Contains(r.Explanation, "has failed in the login race: ") {
			t.Errorf("%s: %+v", unit, r)
		}
	}
	if out := bob.run("gorun --clean " + sessions[0]); out.Status != 4 || !strings.Contains(out.Stderr, "only root can clean the scopes of logins: sudo gorun --clean ") {
		t.Errorf("as a user: %+v", out)
	}
	// Without the journal, nothing says that it was the race.
	const journals = "for d in /var/log/journal /run/log/journal; do "
	root.ok(journals + "[ ! -e $d ] || mount -t tmpfs none $d; done")
	for _, dry := range []string{"--dry-run", ""} {
		got := root.clean(dry)
		if r := got[sessions[0]]; r.Cleaned || r.Reason == nil || *r.Reason != "it may not be the login race" || !strings.Contains(r.Explanation, "no journal that you can read says") {
			t.Errorf("without the journal: %s: %+v", dry, r)
		}
	}
	if got := root.ok("gorun --clean " + sessions[0]); !strings.HasPrefix(got, "cleaned  "+sessions[0]+" ") {
		t.Errorf("named: printed %q", got)
	}
	root.ok(journals + "! mountpoint -q $d || umount -l $d; done") // journald may use it
	root.ok("gorun --clean >/dev/null")
	if got := root.ok("systemctl list-units --failed --no-legend --plain; gorun --clean"); got != "nothing to clean" {
		t.Errorf("after --clean: %q", got)
	}
	root.ok("rm /tmp/launched /tmp/drop.py /tmp/dropped")
}
