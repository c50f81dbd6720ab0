package integration

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// owned lists the IPC objects of the user with a UID, as logind looks for them.
func owned(uid int) string {
	return fmt.Sprintf(`awk '(FILENAME ~ /sem/ ? $5 : $8) == %d { print FILENAME }' /proc/sysvipc/shm /proc/sysvipc/sem /proc/sysvipc/msg
		find /dev/shm /dev/mqueue -mindepth 1 -uid %[1]d | sort`, uid)
}

// all is what owned prints for a user with the objects of holdIPC.
const all = "/proc/sysvipc/shm\n/proc/sysvipc/sem\n/proc/sysvipc/msg\n/dev/mqueue/held\n/dev/shm/held\n/dev/shm/held/below"

// holdIPC starts a service that runs as a user, without a login, and owns IPC objects. The
// objects stay when it ends, and removed removes them.
func (s *session) holdIPC(user string) (remove func()) {
	s.t.Helper()
	s.ok("systemd-run -q --unit=holder -p Type=notify -p NotifyAccess=all -p User=" + user + ` sh -c '
		ipcmk -M 4096; ipcmk -S 1; ipcmk -Q; mkdir /dev/shm/held; echo >/dev/shm/held/below; : >/dev/mqueue/held
		systemd-notify --ready; exec sleep 600'`)
	return func() {
		s.ok("systemctl stop holder; rm -rf /dev/shm/held /dev/mqueue/held; ipcrm --all=shm; ipcrm --all=sem; ipcrm --all=msg")
	}
}

// settles waits until bob's lease has been kept or given back for good, and logind has done
// all that it does after that.
func (s *session) settles() {
	s.t.Helper()
	s.waitFor("settled", `[ -e /sys/fs/cgroup`+bobSlice+`/gorun-linger.service ] || { [ ! -e /var/lib/systemd/linger/bob ] && [ -e /run/systemd/users/1001 ]; } || echo settled`)
}

// bobsDoctor is what gorun --doctor finds for bob, who has no session.
func (s *session) bobsDoctor() []finding {
	s.t.Helper()
	return s.doctor(strings.Replace(bare("gorun"), "sh -c 'gorun'", "gorun", 1))
}

// keepsIPC makes sure that bob still lingers, and owns what a service of his holds.
func (s *session) keepsIPC(after string) {
	s.t.Helper()
	s.settles()
	if got := s.ok(owned(1001)); got != all {
		s.t.Errorf("%s: bob's IPC objects are %q", after, got)
	}
	if got := s.ok(lingering); got != "bob" {
		s.t.Errorf("%s: the lingering users are %q, want bob", after, got)
	}
}

// With RemoveIPC=yes the end of the lingering is a full logout: logind removes the user's
// IPC objects. Without gorun a cron job does not cause that.
func TestGivingTheLeaseBackSparesIPCObjects(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		root.nobodyLingers()
		remove := root.holdIPC("bob")
		root.ok(bare("gorun --unit=job true"))
		root.keepsIPC("after a run")

		const says = "/dev/shm/held/below and 1 more"
		for _, entry := range []string{"-t gorun-linger PRIORITY=4", "USER_UNIT=job.scope MESSAGE_ID=" + recordID} {
			root.waitFor("1", "journalctl -q -o cat "+entry+" | grep -F "+quote(says)+" | grep -cF 'loginctl disable-linger 1001' || true")
		}
		if got := root.ok(bare("gorun --status job")); !strings.Contains(got, says) || !strings.Contains(got, "'loginctl disable-linger 1001'") {
			t.Errorf("--status printed %q", got)
		}
		root.diagnosed(root.bobsDoctor(), "lingering", "warning", says, "'loginctl disable-linger 1001'")
		root.keepsIPC("after the doctor")

		remove()
		root.ok(bare("gorun true"))
		root.nobodyLingers()

		remove = root.holdIPC("bob")
		root.ok(bare("gorun true"))
		root.keepsIPC("after another run")
		root.ok(bare("loginctl disable-linger 1001"))
		root.waitFor("", owned(1001)) // as we told
		remove()
		root.ok(bare("gorun true"))
		root.nobodyLingers()
	})
}

// Each of these keeps the lease by itself.
func TestEachKindOfIPCObjectKeepsTheLease(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		for kind, c := range map[string]struct{ create, remove string }{
			"shared memory":              {"ipcmk -M 4096", "ipcrm --all=shm"},
			"semaphores":                 {"ipcmk -S 1", "ipcrm --all=sem"},
			"messages":                   {"ipcmk -Q", "ipcrm --all=msg"},
			"POSIX shared memory":        {": >/dev/shm/held", "rm /dev/shm/held"},
			"POSIX messages":             {": >/dev/mqueue/held", "rm /dev/mqueue/held"},
			"a link to another's file":   {"ln -s /etc/passwd /dev/shm/held", "rm /dev/shm/held"},
			"a file in root's directory": {": >/dev/shm/roots/held", "rm /dev/shm/roots/held"},
			"a name with a line break":   {": >\"/dev/shm/he\nld\"", "rm /dev/shm/he*"},
		} {
			root.ok("mkdir -p -m 1777 /dev/shm/roots; " + bare(c.create+" >/dev/null"))
			before := root.ok(owned(1001))
			if before == "" {
				t.Fatalf("%s: bob owns nothing", kind)
			}
			root.ok(bare("gorun true"))
			root.settles()
			if got := root.ok(owned(1001)); got != before {
				t.Errorf("%s: bob's IPC objects were %q, and are now %q", kind, before, got)
			}
			root.ok(bare(c.remove + "; gorun true"))
			root.nobodyLingers()
		}
		root.ok("rm -r /dev/shm/roots; mkdir -m 1733 /dev/shm/hidden; " + bare(": >/dev/shm/hidden/held; gorun true"))
		root.settles()
		root.ok("rm /dev/shm/hidden/held; rmdir /dev/shm/hidden; " + bare("gorun true"))
		root.nobodyLingers()
	})
}

// What others own, and what logind spares, is no reason to linger.
func TestLeaseIsGivenBackWhereLogindRemovesNoIPCObjects(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		root.nobodyLingers()

		remove := root.holdIPC("alice")
		root.ok(bare("gorun true"))
		root.nobodyLingers()
		remove()

		undo := root.logindSettings("RemoveIPC=no")
		remove = root.holdIPC("bob")
		root.ok(bare("gorun true"))
		root.nobodyLingers()
		if got := root.ok(owned(1001)); got != all {
			t.Errorf("RemoveIPC=no: bob's IPC objects are %q", got)
		}
		remove()
		undo()

		// logind spares system users.
		root.ok("useradd --create-home --shell /bin/bash -u 850 sysbob 2>/dev/null")
		remove = root.holdIPC("sysbob")
		root.ok(strings.ReplaceAll(bare("gorun true"), "bob", "sysbob"))
		root.waitFor("", lingering)
		root.waitFor("inactive", "systemctl show --value -p ActiveState user@850.service")
		root.waitFor("", "ls /run/systemd/users | grep -x 850 || true")
		if got := root.ok(owned(850)); got != all {
			t.Errorf("the system user's IPC objects are %q", got)
		}
		remove()
		root.ok("userdel -r sysbob 2>/dev/null")
	})
}

// A session keeps the objects, and its end removes them, with and without gorun.
func TestSessionIsNoReasonToKeepTheLease(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, alice := g.login(t, "root"), g.login(t, "alice")
		remove := root.holdIPC("alice")
		defer remove()
		alice.ok("gorun --must-survive true")
		root.waitFor("", lingering)
		root.waitFor("", "ls /home/alice/.local/state/gorun/*/linger-lease 2>/dev/null || true")
		if got := root.ok(owned(1000)); got != all {
			t.Errorf("alice's IPC objects are %q", got)
		}
	})
}

// The keeper of a launch that was killed gives the lease back itself.
func TestKilledLaunchSparesIPCObjects(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		root.nobodyLingers()
		remove := root.holdIPC("bob")
		root.gate("enable-linger", "after")
		root.ok("{ " + bare("gorun true") + `; } >/dev/null 2>&1 </dev/null & until [ -e /tmp/gate/closed ]; do sleep 0.02; done
			pkill -KILL -x -u bob gorun; touch /tmp/gate/open`)
		root.waitFor("", "pgrep -x -u bob sh || true") // the keeper has ended
		root.ungate()
		root.keepsIPC("after a killed launch")
		root.waitFor("1", "journalctl -q -o cat -t gorun-linger PRIORITY=4 | grep -cF 'loginctl disable-linger 1001' || true")
		remove()
		root.ok(bare("gorun true"))
		root.nobodyLingers()
	})
}

// logind starts a crashed manager again only after it has forgotten the user, and with
// the user the objects.
func TestCrashedManagerIsNotRevivedAtTheCostOfIPCObjects(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		root.stopDelay(time.Second) // logind takes that time to forget a user
		root.nobodyLingers()
		remove := root.holdIPC("bob")
		root.ok("{ " + bare("gorun --must-survive --unit=lost sh -c \"touch /tmp/up; exec sleep 600\"") + `; } >/dev/null 2>&1 </dev/null &
			until [ -e /tmp/up ]; do sleep 0.02; done; rm /tmp/up`)
		root.ok("systemctl kill --kill-whom=all -s KILL user@1001.service")
		root.waitFor("failed", bobs)
		if root.ok("systemctl show --value -p StopWhenUnneeded user-runtime-dir@1001.service") == "yes" {
			// 252 and 254 stop all of a crashed manager's user, and forget a user of
			// whom nothing runs, though the user lingers.
			root.waitFor("", "ls /run/systemd/users | grep -x 1001 || true")
			remove()
			root.ok(bare("gorun true"))
			root.nobodyLingers()
			return
		}
		out := root.run(bare("gorun true"))
		if out.Status != 125 || !strings.Contains(out.Stderr, ": user@1001.service was killed\n") {
			t.Errorf("status %d, printed %q", out.Status, out.Stderr)
		}
		root.keepsIPC("after a crash and a run")
		root.diagnosed(root.bobsDoctor(), "lingering", "warning", "semaphore set ", "'loginctl disable-linger 1001'")
		root.keepsIPC("after a crash and the doctor")
		remove()
		root.ok(bare("gorun true"))
		root.nobodyLingers()
	})
}

// The objects end with the machine, which must not make the user linger from then on.
func TestShutdownGivesTheLeaseBackDespiteIPCObjects(t *testing.T) {
	// PID 1 says that it is stopping while it has this target.
	const down = `mkdir /run/systemd/system/shutdown.target.d; printf '[Unit]\nRefuseManualStart=no\nRefuseManualStop=no\n' >/run/systemd/system/shutdown.target.d/test.conf
		systemctl daemon-reload; systemctl start --job-mode=ignore-dependencies shutdown.target; systemctl is-system-running`
	const up = `systemctl stop --job-mode=ignore-dependencies shutdown.target; rm -r /run/systemd/system/shutdown.target.d; systemctl daemon-reload`
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		root.nobodyLingers()
		defer root.holdIPC("bob")()
		root.ok("{ " + bare("gorun --must-survive --unit=held sh -c \"touch /tmp/up; exec sleep 600\"") + `; } >/dev/null 2>&1 </dev/null &
			until [ -e /tmp/up ]; do sleep 0.02; done; rm /tmp/up`)
		if out := root.run(down); out.Stdout != "stopping\n" {
			t.Fatalf("the system is %q, printed %q", out.Stdout, out.Stderr)
		}
		root.ok("systemctl stop user@1001.service")
		root.nobodyLingers()
		root.ok(up)
	})
}
