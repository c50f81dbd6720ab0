package integration

import (
	"strings"
	"testing"
)

// For 4294967295 setresuid(2) does nothing, and COMMAND would stay root.
func TestInvalidUsersAndGroupsAreRefused(t *testing.T) {
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
