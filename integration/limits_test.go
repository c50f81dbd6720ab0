package integration

import (
	"strings"
	"testing"
)

// own is a command that prints a file of its own cgroup.
func own(file string) string {
	return `sh -c 'cat "/sys/fs/cgroup$(sed -n s/^0:://p /proc/self/cgroup)"/` + file + `'`
}

func TestLimitsAreInForceBeforeTheCommandRuns(t *testing.T) {
	essential(t)
	deeper(t)
	eachSuite(t, vm, func(t *testing.T, g *guest) {
		type want struct{ options, file, want string }
		for _, c := range []struct {
			user   string
			long   bool
			limits []want
		}{
			{"alice", false, []want{
				{"--memory-max=100M", "memory.max", "104857600"},
				{"--memory-max=50% -p MemoryMax=20%", "cgroup.controllers", "memory pids"},
				{"--tasks-max=100", "pids.max", "100"},
				{"--cpu-quota=20.5%", "cpu.max", "20500 100000"},
			}},
			{"alice", true, []want{
				{"-p MemoryHigh=100000001", "memory.high", "99999744"},
				{"-p MemorySwapMax=0", "memory.swap.max", "0"},
				{"-p TasksMax=50%", "cgroup.controllers", "memory pids"},
				{"-p CPUQuota=150% -p CPUWeight=33", "cpu.weight", "33"},
				{"-p MemoryMax=infinity -p TasksMax=infinity", "pids.max", "max"},
			}},
			{"root", true, []want{
				{"-p 'IOReadBandwidthMax=/dev/vda 2M' -p 'IOWriteIOPSMax=/dev/vda 120' -p 'IOReadIOPSMax=/dev/vda infinity'", "io.max | cut -d\\  -f2-",
					"rbps=2000000 wbps=max riops=max wiops=120"},
				{"-p 'IOReadBandwidthMax=/no/such/disk 1M' -p IOReadBandwidthMax=", "io.max", ""},
				{"-p AllowedCPUs=0", "cpuset.cpus", "0"},
				{"-p IPAddressDeny=any -p DevicePolicy=closed", "cgroup.type", "domain"},
			}},
		} {
			if c.long && testing.Short() {
				continue
			}
			s := g.login(t, c.user)
			for _, l := range c.limits {
				if got := s.ok("gorun -q " + l.options + " " + own(l.file)); got != l.want {
					t.Errorf("%s %s: %s is %q, want %q", c.user, l.options, l.file, got, l.want)
				}
			}
		}
	})
}

func TestLimitThatIsNotInForceIsAnError(t *testing.T) {
	long(t)
	eachSuite(t, vm, func(t *testing.T, g *guest) {
		alice, root := g.login(t, "alice"), g.login(t, "root")
		for property, why := range map[string]string{
			"IOWeight=50":                          "io controller",
			"IOReadBandwidthMax=/dev/vda 1M":       "io controller",
			"AllowedCPUs=0":                        "cpuset controller",
			"IPAddressDeny=any":                    "(bpf)",
			"DevicePolicy=strict":                  "(bpf)",
			"RestrictNetworkInterfaces=lo":         "(bpf)",
			"IODeviceLatencyTargetSec=/dev/vda 1s": "io controller",
		} {
			out := alice.run("gorun -p '" + property + "' touch /tmp/ran-limit")
			error, hint, _ := strings.Cut(out.Stderr, "\n")
			if out.Status != 125 || !strings.HasPrefix(error, "gorun: error: -p "+property+": not in force: ") || !strings.Contains(error, why) ||
				!strings.Contains(hint, "--best-effort") {
				t.Errorf("%s: status %d, printed %q", property, out.Status, out.Stderr)
			}
			out = alice.run("gorun --best-effort -p '" + property + "' echo ran")
			if out.Status != 0 || out.Stdout != "ran\n" || !strings.HasPrefix(out.Stderr, "gorun: warning: -p "+property+": not in force: ") {
				t.Errorf("%s with --best-effort: status %d, printed %q and %q", property, out.Status, out.Stdout, out.Stderr)
			}
		}
		if out := alice.run("test -e /tmp/ran-limit"); out.Status == 0 {
			t.Error("the command was run")
		}
		// A CPU that does not exist: the manager accepts it, the kernel does not.
		if out := root.run("gorun -p AllowedCPUs=500 true"); out.Status != 125 || !strings.Contains(out.Stderr, "not in force") {
			t.Errorf("an absent CPU: status %d, printed %q", out.Status, out.Stderr)
		}
		// A disk that does not exist after one that exists; a device without blocks;
		// and a disk whose scheduler has no weights, so that the kernel refuses them.
		for _, property := range []string{"IOWriteBandwidthMax=/no/such/disk 1M", "IOReadIOPSMax=/dev/null 7", "IODeviceWeight=/dev/vda 300"} {
			out := root.run("gorun -p 'IOReadBandwidthMax=/dev/vda 3M' -p '" + property + "' touch /tmp/ran-limit")
			if out.Status != 125 || !strings.HasPrefix(out.Stderr, "gorun: error: -p "+property+": not in force: the kernel shows ") {
				t.Errorf("%s: status %d, printed %q", property, out.Status, out.Stderr)
			}
		}
		// If two paths lead to one disk, the later removes all limits of the earlier in
		// the manager.
		if out := root.run("gorun -p 'IOReadBandwidthMax=/dev/vda 2M' -p 'IOWriteIOPSMax=/ 120' touch /tmp/ran-limit"); out.Status != 125 ||
			!strings.HasPrefix(out.Stderr, "gorun: error: -p IOReadBandwidthMax=/dev/vda 2M: not in force: the kernel shows ") {
			t.Errorf("two paths: status %d, printed %q", out.Status, out.Stderr)
		}
		root.ok("test ! -e /tmp/ran-limit")
		alice.nothingLeft("systemctl --user")
		root.nothingLeft("systemctl")
	})
}

func TestDropInForCPUsIsAWarningAndNotAnError(t *testing.T) {
	long(t)
	eachSuite(t, vm, func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		const dir = "/run/systemd/system/gorun-.scope.d"
		root.ok("mkdir -p " + dir + `; printf '[Scope]\nAllowedCPUs=\nAllowedCPUs=0\nIOWeight=77\n' >` + dir + "/cpus.conf; systemctl daemon-reload")
		defer root.ok("rm -r " + dir + "; systemctl daemon-reload")
		out := root.run("gorun -p AllowedCPUs=0-1 -p IOWeight=50 " + own("cpuset.cpus"))
		if out.Status != 0 || out.Stdout != "0\n" || !strings.Contains(out.Stderr, "a drop-in sets AllowedCPUs, which wins over 0-1\n") ||
			!strings.Contains(out.Stderr, "a drop-in sets IOWeight, which wins over 50\n") {
			t.Errorf("status %d, printed %q and %q", out.Status, out.Stdout, out.Stderr)
		}
	})
}

func TestDropInsWinAndAreWarnedOf(t *testing.T) {
	long(t)
	eachSuite(t, vm, func(t *testing.T, g *guest) {
		alice := g.login(t, "alice")
		const dir = "~/.config/systemd/user"
		alice.ok("mkdir -p " + dir + "/gorun-.scope.d " + dir + "/gorun-sh-.scope.d")
		defer alice.ok("rm -r " + dir + "; systemctl --user daemon-reload")
		alice.ok(`printf '[Scope]\nRuntimeMaxSec=1h\n' >` + dir + `/gorun-.scope.d/all.conf
			printf '[Scope]\nMemoryMax=50M\n' >` + dir + `/gorun-sh-.scope.d/sh.conf; systemctl --user daemon-reload`)
		out := alice.run("gorun --memory-max=100M --runtime-max=2h --tasks-max=100 " + own("memory.max"))
		if out.Status != 0 || out.Stdout != "52428800\n" || strings.Count(out.Stderr, "warning") != 2 ||
			!strings.Contains(out.Stderr, ": a drop-in sets MemoryMax, which wins over 100M\n") ||
			!strings.Contains(out.Stderr, ": a drop-in sets RuntimeMaxSec, which wins over 2h\n") {
			t.Errorf("status %d, printed %q and %q", out.Status, out.Stdout, out.Stderr)
		}
		// There is no warning for an option that is not given or agrees with the drop-in.
		alice.ok("gorun --runtime-max=60min true")
		alice.ok("gorun " + own("memory.max"))
	})
}

func TestBestEffortRunsWithoutAManager(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		root.nobodyLingers()
		out := root.run(bare("gorun --best-effort --linger=no --runtime-max=1h cat /proc/self/cgroup; gorun --best-effort --linger=no sh -c \"exit 7\"; echo $?"))
		if strings.Contains(out.Stdout, "gorun-") || !strings.HasSuffix(out.Stdout, "\n7\n") || strings.Count(out.Stderr, "without a scope") != 2 {
			t.Errorf("printed %q and %q", out.Stdout, out.Stderr)
		}
		if out := root.run(bare("gorun --best-effort --must-survive --linger=no touch /tmp/ran-unscoped")); out.Status != 125 {
			t.Errorf("with --must-survive: status %d, printed %q", out.Status, out.Stderr)
		}
		root.ok("test ! -e /tmp/ran-unscoped")
	})
}
