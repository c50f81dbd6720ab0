package integration

import (
	"context"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"gorun/integration/rig"
)

// otherInit is the first process of a machine without systemd. It mounts cgroup v2 with all
// controllers, and prints a line "@@ NAME STATUS" after each trial.
const otherInit = `#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin HOME=/root
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev; mount -t cgroup2 none /sys/fs/cgroup
exec >/dev/console 2>&1 </dev/null
printf 'root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n' >/etc/passwd
mkdir -p /home/alice; chown 1000:1000 /home/alice; mkdir -p -m 1777 /tmp
say() { echo "@@ $*"; }
own='cd /sys/fs/cgroup$(sed -n s/^0:://p /proc/self/cgroup)'
eat='head -c 60000000 /dev/zero | tail >/dev/null'

gorun true; say warning $?
gorun -q --memory-max=30M -p MemoryHigh=25M --tasks-max=20 -p CPUQuota=50% -p CPUWeight=30 -p AllowedCPUs=0 \
	sh -c "$own; grep . memory.max memory.high pids.max cpu.max cpu.weight cpuset.cpus"; say limits $?
gorun -q -p MemoryMax=50% true; say share $?
gorun -q -p IPAddressDeny=any true; say bpf $?
gorun -q --memory-max=20M -p MemorySwapMax=0 --report sh -c "$eat; true"; say oom-continue $?
gorun -q --memory-max=20M -p MemorySwapMax=0 --oom-policy=kill --report sh -c "sleep 600 & $eat; true"; say oom-kill $?
gorun -q --memory-max=20M -p MemorySwapMax=0 --oom-policy=stop --report sh -c "sleep 600 & $eat; sleep 600"; say oom-stop $?
gorun -q --tasks-max=50 --runtime-max=2s sh -c 'b() { b | b & }; (b) & exec sleep 600' >/dev/null 2>&1; say bomb $?
gorun -q --tasks-max=50 --runtime-max=2s sh -c 'b() { b | b & }; (b) & true' >/dev/null 2>&1; say bomb-left $?

# The caller's group has processes, so that it cannot share its controllers: the run is beside it.
mkdir /sys/fs/cgroup/sub
sh -c 'echo 0 >/sys/fs/cgroup/sub/cgroup.procs; gorun -q sed -n s/^0:://p /proc/self/cgroup; gorun -q --memory-max=30M sed -n s/^0:://p /proc/self/cgroup'; say sub $?
say shared "[$(cat /sys/fs/cgroup/sub/cgroup.subtree_control)]"

# A user with a delegated cgroup, in which her shell is, has the controllers that were delegated.
echo '+memory +pids +cpu' >/sys/fs/cgroup/cgroup.subtree_control
mkdir -p /sys/fs/cgroup/alice/shell
echo '+memory +pids +cpu' >/sys/fs/cgroup/alice/cgroup.subtree_control
chown 1000:1000 /sys/fs/cgroup/alice /sys/fs/cgroup/alice/shell /sys/fs/cgroup/alice/cgroup.* /sys/fs/cgroup/alice/shell/cgroup.*
as_alice() { sh -c 'echo 0 >/sys/fs/cgroup/alice/shell/cgroup.procs; HOME=/home/alice exec setpriv --reuid=1000 --regid=1000 --clear-groups sh -c "$0"' "$1"; }
as_alice "gorun -q --memory-max=30M --tasks-max=20 -p CPUQuota=50% sh -c '$own; pwd; grep . memory.max pids.max cpu.max; echo kept >/home/alice/kept'"; say user-limits $?
as_alice 'gorun -q -p IOWeight=50 true'; say user-lacks $?
as_alice "gorun -q --memory-max=20M -p MemorySwapMax=0 --oom-policy=kill --report sh -c 'sleep 600 & $eat; true'"; say user-oom $?
as_alice "gorun -q --tasks-max=50 --runtime-max=2s sh -c 'b() { b | b & }; (b) & exec sleep 600'" >/dev/null 2>&1; say user-bomb $?
n=0; until [ -z "$(find /sys/fs/cgroup/alice -name '*.scope')" ] || [ $n = 30 ]; do sleep 1; as_alice 'gorun -q true'; n=$((n + 1)); done
say user-left "[$(find /sys/fs/cgroup/alice -name '*.scope')]" "[$(cat /sys/fs/cgroup/alice/cgroup.subtree_control)]" "[$(ls /tmp/gorun-1000/gorun 2>/dev/null)]"

until [ -z "$(find /sys/fs/cgroup -name '*.scope')" ]; do sleep 1; gorun -q true; done
say left "[$(ls /run/gorun)]"
poweroff -f
`

// Where another init than systemd runs, gorun holds the run itself, with all controllers.
func TestLimitsUnderAnotherInit(t *testing.T) {
	long(t)
	for _, name := range ofVMs(t) {
		t.Run(name, func(t *testing.T) {
			vm.places <- struct{}{}
			defer func() { <-vm.places }()
			console := runOtherInit(t, name)
			for what, want := range map[string]string{
				"warning":       `gorun: warning: no service manager: the run will not outlive the container or session by itself\n@@ warning 0`,
				"limits":        `memory.max:31457280\nmemory.high:26214400\npids.max:20\ncpu.max:50000 100000\ncpu.weight:30\ncpuset.cpus:0\n@@ limits 0`,
				"a share":       `@@ share 0`,
				"bpf":           `not in force: it needs a program that a service manager attaches \(bpf\)[^@]*@@ bpf 125`,
				"oom-continue":  `killed 1 process \(memory limit 20M[^@]*outcome +exited[^@]*@@ oom-continue 0`,
				"oom-kill":      `killed \d+ processes \(memory limit 20M[^@]*outcome +oom-kill: died of SIGKILL[^@]*@@ oom-kill 137`,
				"oom-stop":      `outcome +oom-kill: died of SIGTERM[^@]*@@ oom-stop 143`,
				"bomb":          `@@ bomb (124|137)\n@@ bomb-left \d+\n`,
				"place":         `\n/sub/gorun-sed-[0-9a-f]+\.scope\n/gorun-sed-[0-9a-f]+\.scope\n@@ sub 0\n@@ shared \[\]`,
				"user's limits": `/alice/gorun-sh-[0-9a-f]+\.scope\nmemory.max:31457280\npids.max:20\ncpu.max:50000 100000\n@@ user-limits 0`,
				"user lacks":    `IOWeight=50: not in force[^@]*@@ user-lacks 125`,
				"user's oom":    `killed \d+ processes \(memory limit 20M[^@]*@@ user-oom 137`,
				"user's bomb":   `@@ user-bomb (124|137)\n@@ user-left \[\] \[cpu memory pids\]`,
				"nothing left":  `@@ left \[\]`,
			} {
				if !regexp.MustCompile(want).MatchString(console) {
					t.Errorf("%s: the console does not match %q", what, want)
				}
			}
			if t.Failed() {
				t.Log(console)
			}
		})
	}
}

// runOtherInit boots a machine with otherInit, and returns what it prints.
func runOtherInit(t *testing.T, suiteName string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	suite, err := rig.SuiteNamed(suiteName)
	if err != nil {
		t.Fatal(err)
	}
	img, err := rig.OpenImage(ctx, suite, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	files := withLibraries(t, "busybox")
	maps.Copy(files, withLibraries(t, "setpriv"))
	files["/init"] = []byte(otherInit)
	if files["/bin/gorun"], err = os.ReadFile(binaryFor(suite)); err != nil {
		t.Fatal(err)
	}
	console, err := rig.RunInitramfs(ctx, img, files)
	if err != nil {
		t.Fatal(err, console)
	}
	if !strings.Contains(console, "@@ left") {
		t.Fatalf("the machine has ended early:\n%s", console)
	}
	// The kernel's own lines come in between.
	return regexp.MustCompile(`(?m)^\[ *[0-9.]+\] .*\n`).ReplaceAllString(console, "")
}

// withLibraries reads a program of this machine as /bin/NAME, and the libraries that it needs.
func withLibraries(t *testing.T, name string) map[string][]byte {
	t.Helper()
	program, err := exec.LookPath(name)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{"/bin/" + name: program}
	listed, _ := exec.Command("ldd", program).Output() // a static program has none
	for _, library := range regexp.MustCompile(`/\S+`).FindAllString(string(listed), -1) {
		files[library] = library
	}
	contents := map[string][]byte{}
	for to, from := range files {
		data, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		contents[strings.TrimSuffix(to, ":")] = data
	}
	return contents
}
