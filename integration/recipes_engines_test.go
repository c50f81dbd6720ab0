package integration

import (
	"regexp"
	"strings"
	"testing"
)

// engines are the packages of recipes that need a real engine. One layer for all takes half the time
// that each of its own would.
var engines = strings.Fields("ansible-core podman crun uidmap busybox-static slurm-wlm munge")

// The container's program sleeps until the test has seen in which scope it is. There is no network, and of
// what podman does in the name of limits and kernel settings the test machine does not let it do anything.
func TestRecipeForContainersWithPodman(t *testing.T) {
	long(t)
	list := recipes(t, "CONTAINERS FROM CRON")
	config := list[1]
	eachSuite(t, equipped(t, engines...), func(t *testing.T, g *guest) {
		root, bob := g.login(t, "root"), g.login(t, "bob")
		defer g.withoutLimits(t, root)()
		// A user namespace may mount proc only if a whole one is in sight, and that of the machine has
		// a part that is read-only.
		root.ok("mkdir /run/proc; mount -t proc proc /run/proc")
		bob.ok(`mkdir -p ~/.config/containers ~/tree/bin
			printf '[storage]\ndriver="vfs"\n' >~/.config/containers/storage.conf
			printf '%s\n' '[containers]' 'netns="none"' pids_limit=0 'default_sysctls=[]' ` + quote(config) + ` >~/.config/containers/containers.conf
			cp /bin/busybox ~/tree/bin/sh; cp /bin/busybox ~/tree/bin/sleep
			tar -C ~/tree -c . | podman import -q --change 'CMD ["sh", "-c", "sleep 4711; echo morning"]' - report >/dev/null 2>&1`)
		bob.Close()
		disabled := `^report\.scope$`
		if root.ok("! podman --version | grep -q ' 4\\.' || ! grep -q '^[1-9]' /proc/self/cgroup || echo leaves") != "" {
			disabled = `^podman-[0-9]+\.scope$` // it takes the host's cgroup v1 for its own, which root owns
		}
		for entry, scope := range map[string]string{list[0]: `^libpod-[0-9a-f]+\.scope`, list[2]: disabled} {
			remove := root.cronJob(strings.Replace(strings.TrimSpace(entry), "30 2 * * *", "@reboot", 1))
			root.waitFor("1", "pgrep -cxf 'sleep 4711' || true")
			if got := root.ok("grep -o '[^/]*\\.scope.*' /proc/$(pgrep -xf 'sleep 4711')/cgroup"); !regexp.MustCompile(scope).MatchString(got) {
				t.Errorf("%s: the container is in %s, want %s", entry, got, scope)
			}
			root.ok("pkill -xf 'sleep 4711'")
			root.waitFor("morning", "grep -x morning "+mail+" 2>/dev/null || true")
			remove()
			root.nobodyLingers()
		}
	})
}

// Two accounts of the machine take the place of two machines.
func TestRecipeForManyMachines(t *testing.T) {
	long(t)
	lines := recipes(t, "MANY MACHINES")
	eachSuite(t, equipped(t, engines...), func(t *testing.T, g *guest) {
		root, alice := g.login(t, "root"), g.login(t, "alice")
		alice.ok("mkdir -p -m 700 ~/.ssh; ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/id_ed25519")
		root.ok(`cat ~alice/.ssh/id_ed25519.pub >>/etc/ssh/authorized_keys; echo 127.0.0.1 one two >>/etc/hosts`)
		alice.ok(`printf '%s\n' 'StrictHostKeyChecking no' 'UserKnownHostsFile /dev/null' 'LogLevel ERROR' >~/.ssh/config
			printf '%s\n' 'one ansible_user=alice' 'two ansible_user=bob' >~/hosts`)
		root.ok("mkfifo -m 666 /tmp/one /tmp/two")
		alice.program("train", "read status </tmp/one; exit $status")
		g.login(t, "bob").program("train", "read status </tmp/two; exit $status")
		if out := alice.run(lines[0]); out.Status != 0 || strings.Count(out.Stdout, "train.scope") != 2 {
			t.Errorf("%s: %+v", lines[0], out)
		}
		root.ok("echo 0 >/tmp/one; echo 3 >/tmp/two")
		out := alice.run(lines[1])
		if out.Status == 0 || !strings.Contains(out.Stdout, "one | CHANGED | rc=0") || !strings.Contains(out.Stdout, "two | FAILED | rc=3") {
			t.Errorf("%s: %+v", lines[1], out)
		}
	})
}
