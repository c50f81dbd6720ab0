package integration

import (
	"fmt"
	"testing"
)

// limitsProbe is a command that prints its cgroup's limits and owner, and its own user.
const limitsProbe = `sh -c 'cd "/sys/fs/cgroup$(sed -n s/^0:://p /proc/self/cgroup)"
	for f in memory.max memory.high memory.swap.max cpu.max cpu.weight pids.max io.weight cpuset.cpus memory.oom.group; do
		[ ! -e $f ] || echo $f $(cat $f); done
	stat -c "%U %G" . cgroup.procs; id -un; nice; dirname "$(tail -n1 /proc/self/cgroup)"'`

// People have such invocations of systemd-run --scope in scripts.
func TestRealWorldInvocationsDoTheSameAsSystemdRun(t *testing.T) {
	long(t)
	users := []string{
		"-p MemoryMax=512M -p MemorySwapMax=0",                           // a build that must not swap
		"-p MemoryHigh=300M -p MemoryMax=400M -p CPUWeight=20 --nice=10", // an indexer
		"--unit=encode -p CPUQuota=150% --slice=media.slice",             // an encoder
		"-p TasksMax=200 -p OOMPolicy=kill -p RuntimeMaxSec=1h",          // untrusted tests
		"-p Delegate=yes", // a rootless container
		"--description='Big job' -p MemoryMax=10% -E FOO=1 --collect",
	}
	roots := []string{
		"--uid=bob -p MemoryMax=200M --slice=user-bob",
		"--uid=bob -p Delegate=yes -p User=bob",                          // another user's container
		"-p CPUQuota=20% -p IOReadBandwidthMax='/dev/vda 10M' --nice=19", // a backup
		"-p AllowedCPUs=0-1 -p MemoryMax=infinity --slice=system-batch.slice",
		"-p IPAddressDeny=any -p IPAddressAllow=localhost -p DevicePolicy=closed", // no network
	}
	eachSuite(t, vm, func(t *testing.T, g *guest) {
		for user, invocations := range map[string][]string{"alice": users, "root": roots} {
			s := g.login(t, user)
			peer := map[string]string{"alice": "systemd-run -q --user --scope", "root": "systemd-run -q --scope"}[user]
			for _, options := range invocations {
				run := func(launcher string) string { return s.ok(fmt.Sprintf("%s %s %s", launcher, options, limitsProbe)) }
				want := run(peer)
				if got := run("gorun -q"); got != want { // which says what systemd-run does not
					t.Errorf("%s %s: got\n%s\nsystemd-run:\n%s", user, options, got, want)
				}
			}
			s.nothingLeft(map[string]string{"alice": "systemctl --user", "root": "systemctl"}[user])
		}
	})
}
