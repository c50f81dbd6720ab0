package integration

import (
	"fmt"
	"strings"
	"testing"
)

// For 4294967295 setresuid(2) does nothing, and COMMAND would stay root.
func TestInvalidUsersAndGroupsAreRefused(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		root.ok(`cp -p /etc/passwd /root/passwd; cp -p /etc/group /root/group
			printf 'eve%s\n' 1:x:4294967295:1000::/:/bin/sh 2:x:65535:1000::/:/bin/sh 3:x:1000:4294967295::/:/bin/sh 4:x:1000:65535::/:/bin/sh 5:x:4999:1000::/:/bin/sh >>/etc/passwd
			printf 'eves%s\n' 1:x:4294967295: 2:x:65535:eve5 >>/etc/group`)
		defer root.ok("mv /root/passwd /etc/passwd; mv /root/group /etc/group; [ ! -e /tmp/ran-invalid ]")
		for options, why := range map[string]string{
			"--uid=eve1":                   "user eve1 has an invalid UID: 4294967295",
			"--uid=eve2":                   "user eve2 has an invalid UID: 65535",
			"--uid=eve3":                   "user eve3 has an invalid GID: 4294967295",
			"--uid=eve4":                   "user eve4 has an invalid GID: 65535",
			"--uid=eve5":                   "a group of user eve5 has an invalid GID: 65535",
			"--uid=4294967295":             "invalid UID: 4294967295",
			"--uid=65535":                  "invalid UID: 65535",
			"--uid=bob --gid=eves1":        "group eves1 has an invalid GID: 4294967295",
			"--gid=eves2":                  "group eves2 has an invalid GID: 65535",
			"--uid=bob --gid=4294967295":   "invalid GID: 4294967295",
			"--gid=65535":                  "invalid GID: 65535",
			"--uid=4294967294 --gid=65535": "no such user: 4294967294",
		} {
			for _, exec := range []string{"", "--exec "} {
				out := root.run("gorun " + exec + options + " touch /tmp/ran-invalid")
				if out.Status != 125 || !strings.Contains(out.Stderr, why) {
					t.Errorf("%s%s: status %d, printed %q", exec, options, out.Status, out.Stderr)
				}
			}
		}
		root.nothingLeft("systemctl")
	})
}

// oddNames are names that directory services give users, with every printable ASCII
// character that libc and systemd take: no colon and no slash, some not at the start, no
// blank at the end, and not digits alone.
var oddNames = []string{"Alice Smith", "a  b", "jürgen", "алиса", `a!"#$%&'()b`, `a*+,-.;<=b`, `>?@[\\]^_b`, "`{|}~", "~x", "0x1", "DOM\\alice", "alice@example.com", "$(id)", "a'b\"c"}

// addUsers makes users, from UID 3000 on, without useradd(8), which refuses most names.
func (s *session) addUsers(names ...string) (remove func()) {
	s.t.Helper()
	script := "cp -p /etc/passwd /etc/group /etc/shadow /root/\n"
	for i, name := range names {
		uid := 3000 + i
		script += fmt.Sprintf("n=%[1]s; printf '%%s:x:%[2]d:%[2]d::/home/%[2]d:/bin/bash\\n' \"$n\" >>/etc/passwd; printf '%%s:x:%[2]d:\\n' \"$n\" >>/etc/group\n"+
			"printf '%%s:*:19000:0:99999:7:::\\n' \"$n\" >>/etc/shadow; install -d -o %[2]d -g %[2]d /home/%[2]d\n", quote(name), uid)
	}
	s.ok(script)
	return func() {
		s.t.Helper()
		s.ok(`cd /home; for u in 3*; do
				loginctl terminate-user $u 2>/dev/null
				while pgrep -u $u >/dev/null || [ -e /run/systemd/users/$u ]; do sleep 0.05; done
				rm -r /home/$u
			done; cd /root; mv passwd group shadow /etc/`)
	}
}

func TestUsersWithOddNamesAreServedLikeOthers(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		remove := root.addUsers(oddNames...)
		defer remove()
		for i, name := range oddNames {
			root.serves(name, 3000+i)
		}
		root.nobodyLingers()
	})
}

// serves checks that a user has the lease, and can be named by --uid.
func (s *session) serves(name string, uid int) {
	s.t.Helper()
	// without is a command that runs a script as the user, without a session.
	without := func(script string) string {
		return fmt.Sprintf("cd / && setpriv --reuid=%[1]d --regid=%[1]d --clear-groups env -i PATH=/usr/bin:/bin sh -c %[2]s", uid, quote(script))
	}
	out := s.run(without("gorun --must-survive sh -c 'ls -q /var/lib/systemd/linger | wc -l; systemctl --user is-active gorun-linger.service'"))
	if out.Stdout != "1\nactive\n" || out.Stderr != "" {
		s.t.Errorf("%q: lingering users and the lease: %+v", name, out)
	}
	s.waitFor("", lingering)

	// With a lease that is held already.
	if out := s.run(without("gorun sleep 2 & gorun --must-survive true; wait $!")); out.Status != 0 || out.Stderr != "" {
		s.t.Errorf("%q, two at a time: %+v", name, out)
	}
	s.waitFor("", lingering)

	// A user's own lingering is seen, and stays.
	s.waitFor("inactive", fmt.Sprintf("systemctl show --value -p ActiveState user@%d.service", uid))
	s.ok(fmt.Sprint("loginctl enable-linger ", uid))
	out = s.run(without("gorun --must-survive systemctl --user is-active gorun-linger.service; gorun --doctor | grep '^ok *lingering'"))
	if !strings.HasPrefix(out.Stdout, "inactive\n") || !strings.Contains(out.Stdout, "you linger: ") || s.ok("ls /var/lib/systemd/linger | wc -l") != "1" {
		s.t.Errorf("%q lingers: %+v", name, out)
	}
	s.ok(fmt.Sprint("loginctl disable-linger ", uid))

	s.ok("printf 'oddgroup:x:3333:%s\\n' " + quote(name) + " >>/etc/group")
	defer s.ok("sed -i /^oddgroup:/d /etc/group")
	want := s.ok(fmt.Sprintf("id -u %d; id -G -- %[2]s; printf '%%s\\n' %[2]s", uid, quote(name)))
	for _, exec := range []string{"", "--exec "} {
		if got := s.ok("cd /; gorun " + exec + "--uid=" + quote(name) + ` sh -c 'id -u; id -G; printf "%s\n" "$USER"'`); got != want {
			s.t.Errorf("%s--uid=%q: got %q, want %q", exec, name, got, want)
		}
	}
}

// Comments in passwd are no users.
func TestCommentedUsersAreUnknown(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		remove := root.addUsers("#odd")
		defer remove()
		for _, as := range []string{"#odd", "3000"} {
			if out := root.run("gorun --uid=" + quote(as) + " true"); out.Status != 125 || !strings.Contains(out.Stderr, "no such user: "+as) {
				t.Errorf("--uid=%s: %+v", as, out)
			}
		}
	})
}
