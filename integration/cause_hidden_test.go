package integration

import (
	"strings"
	"testing"
)

const runs = "the user manager runs, but /run/user/1000 is "

// asAlice is gorun as alice, after a script of root's in a mount namespace of its own.
func asAlice(script string) string {
	return "unshare -m sh -c " + quote(script+`; exec "$@"`) + " - env -C / setpriv --reuid=1000 --regid=1000 --clear-groups gorun"
}

// Sandboxes mount something else where the manager's sockets are.
func TestMountThatHidesTheManagerIsNamed(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		g.login(t, "alice")
		for script, c := range map[string]situation{
			"mount -t tmpfs none /run/user/1000":             {what: runs + "hidden by a mount on /run/user/1000", fix: "unmount /run/user/1000"},
			"mount -t tmpfs -o uid=1000 none /run/user/1000": {what: runs + "hidden by a mount on /run/user/1000", fix: "unmount /run/user/1000"},
			"mount -t tmpfs none /run/user":                  {what: runs + "hidden by a mount on /run/user", fix: "unmount /run/user"},
			"umount /run/user/1000":                          {what: runs + "not in this mount namespace", fix: "bind-mount /run/user/1000"},
			"mount -t tmpfs none /run":                       {what: "/run/systemd/system is hidden by a mount on /run", fix: "unmount /run"},
		} {
			c.gorun, c.doing = asAlice(script), connecting
			root.explains(c)
		}
	})
}

// inService is gorun as alice in a service of the system's.
func inService(setting string) string {
	return "systemd-run -q -G --pipe --wait --unit=hiding -p User=alice -p " + setting + " -- gorun"
}

func TestSettingThatHidesTheManagerIsNamed(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		g.login(t, "alice")
		for setting, c := range map[string]situation{
			"ProtectHome=yes":                    {what: "/run/user/1000 is hidden by ProtectHome=yes of hiding.service", fix: "ProtectHome=read-only"},
			"ProtectHome=tmpfs":                  {what: runs + "hidden by ProtectHome=tmpfs of hiding.service", fix: "ProtectHome=read-only"},
			"InaccessiblePaths=/run/user":        {what: "/run/user/1000 is hidden by InaccessiblePaths=/run/user of hiding.service", fix: "out of InaccessiblePaths="},
			"InaccessiblePaths=/run/user/1000":   {what: "/run/user/1000 is hidden by InaccessiblePaths=/run/user/1000 of hiding.service", fix: "out of InaccessiblePaths="},
			"RestrictAddressFamilies=AF_INET":    {what: "no unix socket can be made: RestrictAddressFamilies= of hiding.service forbids it", fix: "AF_UNIX in hiding.service"},
			"TemporaryFileSystem=/run/user/1000": {what: runs + "hidden by a mount on /run/user/1000", fix: "unmount /run/user/1000"},
		} {
			c.gorun, c.doing = inService(setting), connecting
			root.explains(c)
		}
		// What the hints tell helps.
		root.ok(inService("ProtectHome=read-only") + " true")
		root.ok(inService("'RestrictAddressFamilies=AF_INET AF_UNIX'") + " true")
	})
}

func TestRemovedSocketsAreNamed(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, alice := g.login(t, "root"), g.login(t, "alice")
		alice.ok("rm /run/user/1000/systemd/private /run/user/1000/bus")
		alice.explains(situation{doing: connecting, what: "the user manager runs, but its sockets were removed from /run/user/1000", fix: "'sudo systemctl restart user@1000.service'"})
		root.ok("systemctl restart user@1000.service")
		alice.ok("gorun true")
	})
}

func TestSocketThatRefusesIsNamed(t *testing.T) {
	const sockets = " /run/user/1000/systemd/private /run/user/1000/bus"
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		alice := g.login(t, "alice")
		alice.ok("chmod 0" + sockets)
		alice.explains(situation{doing: connecting, what: "the user manager runs, but /run/user/1000/systemd/private refuses: permission denied", fix: "'ls -l /run/user/1000/systemd/private' shows its mode"})
		alice.ok("chmod 666" + sockets + " && gorun true")
	})
}

// The kernel's name is all that shows WSL, and a file can be mounted over it.
func TestWSLIsNamed(t *testing.T) {
	const wsl = "echo 5.15.167.4-microsoft-standard-WSL2 >/tmp/osrelease; mount --bind /tmp/osrelease /proc/sys/kernel/osrelease; "
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		g.login(t, "alice")
		defer root.ok("rm -f /tmp/osrelease")
		// WSLg has a directory of alice's there.
		root.explains(situation{gorun: asAlice(wsl + "mount -t tmpfs -o uid=1000 none /run/user/1000"), doing: connecting,
			what: runs + "hidden by a mount on /run/user/1000 (this is WSL)", fix: "unmount /run/user/1000"})
		// Without systemd another process is PID 1.
		for script, c := range map[string]situation{
			wsl: {options: "--user", past: true, what: "this is WSL without systemd", fix: "systemd=true below [boot] in /etc/wsl.conf"},
			"":  {options: "--user", past: true, what: "systemd does not run here", fix: "boot with systemd"},
		} {
			c.gorun, c.doing = strings.Replace(asAlice(script+"mount -t tmpfs none /run"), "unshare -m ", "unshare -m -p -f --mount-proc ", 1), connecting
			root.explains(c)
		}
	})
}
