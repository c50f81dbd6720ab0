package integration

import (
	"strings"
	"testing"
)

// situation is what makes each launch fail.
type situation struct {
	gorun   string // the command that is gorun there; without a value it is "gorun"
	options string // of the launch
	doing   string // what the launch could not do
	what    string // what is wrong: the error and the doctor end or begin with it
	fix     string // what to do: a part of the hint and of the doctor's fix
	past    bool   // for the doctor it is only a warning
}

const connecting = "connect to the user manager"

// explains makes sure that a launch's error and the doctor say what is wrong and what to do,
// and that neither gives advice that cannot help.
func (s *session) explains(c situation) {
	s.t.Helper()
	if c.gorun == "" {
		c.gorun = "gorun"
	}
	out := s.run(c.gorun + " " + c.options + " touch /tmp/ran-explained")
	first, hint, _ := strings.Cut(out.Stderr, "\n")
	doing, _, _ := strings.Cut(first, ": "+c.what)
	if out.Status != 125 || !strings.HasPrefix(doing, "gorun: error: "+c.doing) || doing == first ||
		!strings.HasPrefix(hint, "gorun: hint: ") || !strings.Contains(hint, c.fix) || strings.Count(out.Stderr, "\n") != 2 {
		s.t.Errorf("%s: status %d, printed %q, want %q and %q", c.gorun, out.Status, out.Stderr, c.what, c.fix)
	}
	status := "problem"
	if c.past {
		status = "warning"
	}
	s.diagnosed(s.doctor(c.gorun), "manager", status, c.what, c.fix)
	if strings.Contains(out.Stderr, "enable-linger") {
		s.t.Errorf("%s: lingering cannot help, and the launch printed %q", c.gorun, out.Stderr)
	}
	if out := s.run("rm /tmp/ran-explained"); out.Status == 0 {
		s.t.Errorf("%s: the command was run", c.gorun)
	}
}

// A manager without room for the unit's file says that the unit was not found.
func TestFullRuntimeDirectoryIsNamed(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, alice := g.login(t, "root"), g.login(t, "alice")
		// In /run itself somebody always makes and removes files.
		const dir, is = "/run/user/1000", "/run/user/1000 is full: no room for "
		// It would take the machine's memory until it is full.
		root.ok("mount -o remount,size=$(($(df -k --output=used " + dir + " | tail -n1) + 512))k " + dir)
		// Units that end meanwhile make room, which is filled at once.
		const fill = "trap 'kill $!; wait' EXIT; cat /dev/zero >" + dir + "/filler 2>/dev/null; perl -e 'open F, shift; syswrite F, q(.) x 4096 while 1' '>>" + dir + "/filler' & gorun"
		alice.explains(situation{gorun: fill, doing: "start gorun-touch-", what: is + "the files of units", fix: "delete files in " + dir})
		alice.ok("rm " + dir + "/filler; gorun true")
		root.ok("mount -o remount,size=50% " + dir)

		// Here the files are too many, not too big. Units that end would make room.
		alice.nothingLeft("systemctl --user")
		root.ok("mount -o remount,nr_inodes=$(($(df --output=iused " + dir + " | tail -n1))) " + dir)
		alice.explains(situation{doing: "start gorun-touch-", what: is + "more files", fix: "delete files in " + dir})
		root.ok("mount -o remount,nr_inodes=100000 " + dir)
		alice.ok("gorun true")
	})
}

// logind believes that the manager runs, so that lingering does not start it.
func TestKilledManagerIsNamed(t *testing.T) {
	const kill = "systemctl kill -s KILL user@%; until [ $(systemctl show --value -p ActiveState user@%) = failed ]; do sleep 0.1; done"
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, alice := g.login(t, "root"), g.login(t, "alice")
		killed := situation{doing: connecting, what: "user@1000.service was killed", fix: "'sudo systemctl start user@1000.service' starts it again, and so does a new login"}
		root.ok(strings.ReplaceAll(kill, "%", "1000"))
		alice.explains(killed)
		root.ok("systemctl start user@1000.service")
		alice.ok("gorun --must-survive true")
		root.nobodyLingers() // else the script that gives the lease back is killed, too

		root.ok(strings.ReplaceAll(kill, "%", "1000"))
		alice.explains(killed)
		g.login(t, "alice").ok("gorun --must-survive true")

		// Without a session, but lingering by an own decision.
		root.ok("loginctl enable-linger bob; until [ $(systemctl show --value -p ActiveState user@1001) = active ]; do sleep 0.1; done")
		root.ok(strings.ReplaceAll(kill, "%", "1001"))
		root.explains(situation{gorun: asBob, doing: connecting, what: "user@1001.service was killed", fix: "'sudo systemctl start user@1001.service' starts it again"})
		root.ok("systemctl start user@1001.service; " + asBob + " true; loginctl disable-linger bob; systemctl stop user@1001.service") // 252 has forgotten bob
		root.nobodyLingers()
	})
}

// asBob is gorun without a session, as cron runs it.
const asBob = "env -C /home/bob -i HOME=/home/bob LOGNAME=bob SHELL=/bin/sh PATH=/usr/bin:/bin setpriv --reuid=bob --regid=bob --init-groups gorun"

func TestMaskedManagerIsNamed(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		for _, unit := range []string{"user@1001.service", "user-runtime-dir@1001.service"} {
			root.ok("systemctl mask --runtime " + unit + " 2>/dev/null")
			root.explains(situation{gorun: asBob, doing: connecting, what: unit + " is masked", fix: "'sudo systemctl unmask " + unit + "'"})
			root.ok("systemctl unmask --runtime " + unit + " 2>/dev/null")
			root.nobodyLingers()
			root.ok(asBob + " --must-survive true")
			root.nobodyLingers()
		}
	})
}

// PAM refuses these accounts, so that their managers do not start.
func TestExpiredAccountIsNamed(t *testing.T) {
	long(t)
	const cannot = "user@1001.service cannot start: "
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		for how, c := range map[string]situation{
			"chage -E 0 bob":              {what: cannot + "the account bob expired on 1970-01-01", fix: "'sudo chage -E -1 bob'"},
			"chage -d 0 bob":              {what: cannot + "the password of bob must be changed", fix: "'passwd'"},
			"chage -d 1 -M 1 bob":         {what: cannot + "the password of bob expired on 1970-01-03", fix: "'passwd'"},
			"sed -i /^bob:/d /etc/shadow": {what: cannot + "PAM refuses bob; the journal says: pam_unix(systemd-user:account): ", fix: "'sudo journalctl -u user@1001.service'", past: true},
		} {
			root.ok("cp -p /etc/shadow /root/shadow; " + how)
			c.gorun, c.doing = asBob, connecting
			if strings.Contains(c.what, "journal") { // which bob may not read
				c.what, _, _ = strings.Cut(c.what, ";")
			}
			root.explains(c)
			root.ok("mv /root/shadow /etc/shadow; systemctl reset-failed user@1001.service")
			root.nobodyLingers()
			root.ok(asBob + " --must-survive true")
			root.nobodyLingers()
		}
	})
}

// For these users loginctl enable-linger fails, or starts nothing.
func TestUserWhoCanHaveNoManagerIsNamed(t *testing.T) {
	// The user has the service's name, from which its UID follows.
	const dynamic = "systemd-run -q -G --pipe --wait -p DynamicUser=yes --unit="
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		root.ok(`cp -p /etc/passwd /root/passwd; cat >/root/add <<'END'
#!/bin/sh
uid=$(ls /run/systemd/dynamic-uid | grep -m1 -x '[0-9]*')
echo "entered:x:$uid:$uid::/:/bin/sh" >>/etc/passwd
END
			chmod 755 /root/add`)
		defer root.ok("mv /root/passwd /etc/passwd; rm /root/add")
		for _, c := range []situation{
			{gorun: "env -C / setpriv --reuid=5000 --regid=5000 --clear-groups gorun", what: "UID 5000 is not in the user database", fix: "add UID 5000"},
			{gorun: dynamic + "dynamic -- gorun", what: "UID 6", fix: "DynamicUser= in dynamic.service"}, // these machines have no nss-systemd
			// This leaves the name in /etc/passwd for a moment. The system bus remembers it.
			{gorun: dynamic + "entered -p ExecStartPre=+/root/add -p ExecStopPost='+cp -p /root/passwd /etc/passwd' -- gorun", what: "entered is a dynamic user", fix: "DynamicUser= in entered.service"},
		} {
			c.doing = connecting
			root.explains(c)
			if said := root.run(c.gorun + " --doctor --json").Stdout; strings.Contains(said, "enable-linger") {
				t.Errorf("%s: the doctor said %s", c.gorun, said)
			}
			// They can still run a command.
			if out := root.run(c.gorun + " --best-effort echo ran"); out.Status != 0 || out.Stdout != "ran\n" || !strings.Contains(out.Stderr, c.what) {
				t.Errorf("%s: %+v", c.gorun, out)
			}
		}
	})
}

// The user's manager asks the system's to move the processes, over the system bus.
func TestJobThatFailsHasTheManagersReason(t *testing.T) {
	const policy = "/usr/share/dbus-1/system.d/org.freedesktop.systemd1.conf"
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, alice := g.login(t, "root"), g.login(t, "alice")
		root.ok("cp -p " + policy + " /root/policy; sed -i s/AttachProcessesToUnit/NoSuchMethod/ " + policy + "; " + reloadBus)
		alice.explains(situation{doing: "start gorun-touch-", what: "the user manager may not have processes moved (AttachProcessesToUnit): ", fix: "policy of the system bus"})
		out := alice.run("gorun true")
		if !strings.Contains(out.Stderr, "; the user manager says: Couldn't move process ") || !strings.Contains(out.Stderr, "denied\n") {
			t.Errorf("printed %q", out.Stderr)
		}
		root.ok("mv /root/policy " + policy + "; " + reloadBus)
		alice.ok("gorun true")
	})
}

// Like TestJobThatFailsHasTheManagersReason.
func TestSystemBusThatIsDownIsNamed(t *testing.T) {
	long(t)
	const stop = "systemctl stop dbus.socket dbus.service 2>/dev/null"
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, alice := g.login(t, "root"), g.login(t, "alice")
		root.ok(stop)
		alice.explains(situation{doing: "start gorun-touch-", what: "the system bus does not answer: ", fix: "'sudo systemctl restart dbus.socket'"})
		if out := alice.run("gorun true"); !strings.Contains(out.Stderr, "; the user manager says: Couldn't move process ") {
			t.Errorf("printed %q", out.Stderr)
		}
		root.ok("systemctl start dbus.socket dbus.service")

		// A user's manager does not connect to the new bus by itself.
		out := alice.run("gorun true")
		if out.Status != 125 || !strings.Contains(out.Stderr, ": the user manager says: Couldn't move process ") || !strings.Contains(out.Stderr, "'systemctl --user daemon-reexec'") {
			t.Errorf("after a restart: %+v", out)
		}
		alice.ok("systemctl --user daemon-reexec; gorun true")
		root.ok("systemctl restart systemd-logind")
	})
}

func TestNoTestedSystemdHasTheRiskOfIssue43361(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		alice := g.login(t, "alice")
		for _, f := range alice.doctor("gorun") {
			if f.Check == "systemd" && f.Status != "ok" || strings.Contains(f.Message, "43361") {
				t.Errorf("%+v", f)
			}
		}
		alice.ok("gorun --must-survive true")
	})
}
