package integration

import (
	_ "embed"
	"strings"
	"testing"
	"time"
)

//go:embed nscd.py
var nscd string

// serveUser makes a user known by answers of a fake nscd(8), which libc asks before the
// files. Daemons that run already do not ask it, and find her in passwd.
func (s *session) serveUser() (remove func()) {
	s.t.Helper()
	s.ok(`mkdir -p /run/nscd; echo 'Dora Doe:*:19000:0:99999:7:::' >>/etc/shadow; install -d -o 4100 -g 4100 /home/dora
		cp /etc/passwd /root/passwd; echo 'Dora Doe:x:4100:4100::/home/dora:/bin/sh' >>/etc/passwd
		setsid python3 -c ` + quote(nscd) + ` >/dev/null 2>&1 </dev/null & echo $! >/root/nscd.pid
		until [ -S /run/nscd/socket ]; do sleep 0.05; done`)
	return func() {
		s.t.Helper()
		s.ok(`loginctl terminate-user 4100 2>/dev/null; while pgrep -u 4100 >/dev/null || [ -e /run/systemd/users/4100 ]; do sleep 0.05; done
			kill $(cat /root/nscd.pid); mv /root/passwd /etc/passwd; rm -rf /run/nscd /home/dora /root/nscd.pid; sed -i '/^Dora Doe:/d' /etc/shadow`)
	}
}

// onlyServed is a command that runs a script where passwd lacks that user.
func onlyServed(script string) string {
	return "unshare -m sh -c " + quote("mount --bind /root/passwd /etc/passwd; cd /; "+script)
}

// cron jobs and "env -i" may have no PATH, or one without getent.
func TestUsersOfADirectoryServiceAreFoundWithoutPATH(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		remove := root.serveUser()
		defer remove()
		// The namespace would not get a runtime directory that is mounted later.
		const dora = "setpriv --reuid=4100 --regid=4100 --clear-groups env "
		root.ok("cd /; { " + dora + "-i $(command -v gorun) --must-survive sh -c 'touch /tmp/up; exec sleep 602'; } >/dev/null 2>&1 </dev/null & until [ -e /tmp/up ]; do sleep 0.05; done; rm -f /tmp/up")
		for _, path := range []string{"-u PATH", "PATH=", "PATH=/nonexistent", "-i"} {
			for _, as := range []string{"'Dora Doe'", "4100"} {
				if got := root.ok(onlyServed("env " + path + " $(command -v gorun) --uid=" + as + " /bin/sh -c '/usr/bin/id -u; /usr/bin/id -G; echo $USER'")); got != "4100\n4100 29 44\nDora Doe" {
					t.Errorf("env %s, --uid=%s: printed %q", path, as, got)
				}
			}
			// Without a lease it warns.
			out := root.run(onlyServed(dora + path + " $(command -v gorun) --must-survive /bin/ls /var/lib/systemd/linger"))
			if out.Status != 0 || out.Stdout != "Dora Doe\n" || out.Stderr != "" {
				t.Errorf("env %s, without a session: %+v", path, out)
			}
		}
		root.ok("pkill -x -f 'sleep 602'")
		root.waitFor("", lingering)
		root.waitFor("inactive", "systemctl show --value -p ActiveState user@4100.service")
		root.nobodyLingers()
	})
}

// Whatever getent(1) waits for, a launch does not.
func TestDirectoryServiceThatHangsIsNamed(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, alice := g.login(t, "root"), g.login(t, "alice")
		root.ok(`printf '#!/bin/sh\n/bin/touch /tmp/getent-$$\nsleep 601\n' >/root/hangs; chmod 755 /root/hangs; mount --bind /root/hangs /usr/bin/getent`)
		defer root.ok("pkill -x -f 'sleep 601'; umount /usr/bin/getent; rm /root/hangs")
		begun := time.Now()
		out := root.run("gorun --uid=nobody-here touch /tmp/ran-unknown")
		if out.Status != 125 || !strings.Contains(out.Stderr, "--uid=nobody-here: look up nobody-here in passwd: getent hangs: no answer after 1") {
			t.Errorf("an unknown user: %+v", out)
		}
		out = root.run("gorun --uid=bob touch /tmp/ran-unknown")
		if out.Status != 125 || !strings.Contains(out.Stderr, "groups of bob: getent hangs: no answer after 1") {
			t.Errorf("a user's groups: %+v", out)
		}
		// Ten users that nobody knows cost one such wait.
		root.ok("for u in 4201 4202 4203 4204 4205 4206 4207 4208 4209 4210; do setpriv --reuid=$u --regid=$u --clear-groups sleep 603 >/dev/null 2>&1 </dev/null & done")
		defer root.ok("pkill -x -f 'sleep 603'")
		if out := root.run("gorun --audit"); out.Status != 0 || !strings.Contains(out.Stdout, "sleep 603") {
			t.Errorf("--audit: %+v", out)
		}
		if took := time.Since(begun); took > time.Minute {
			t.Errorf("took %v", took)
		}
		root.ok("rm /tmp/getent-* && [ ! -e /tmp/ran-unknown ]")

		// A user of the files needs no getent.
		alice.ok("gorun --must-survive true")
		if got := root.ok("ls /tmp | grep getent- || true"); got != "" {
			t.Errorf("a user of the files: getent was run: %s", got)
		}
		root.nobodyLingers()
	})
}
