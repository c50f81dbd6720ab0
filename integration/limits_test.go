package integration

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// own is a command that prints a file of its own cgroup.
func own(file string) string {
	return `sh -c 'cat "/sys/fs/cgroup$(sed -n s/^0:://p /proc/self/cgroup)"/` + file + `'`
}

// forks is a shell's script that starts processes. They wait until all have been started, or
// the shell has ended because a fork failed: each reads from a FIFO whose writers are the shell
// and the processes that have not closed it yet.
func forks(n int) string {
	return fmt.Sprintf("fifo=/tmp/forks-$$; mkfifo $fifo; exec 3<>$fifo; rm $fifo; for i in $(seq %d); do cat </proc/self/fd/3 3>&- & done; exec 3>&-; wait", n)
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
		for property, why := range map[string]string{
			"IOWriteBandwidthMax=/no/such/disk 1M": "/no/such/disk: no such file or directory\n",
			"IOReadIOPSMax=/dev/null 7":            "/dev/null is no block device\n",
			"IODeviceWeight=/dev/vda 300":          "the kernel shows ",
		} {
			out := root.run("gorun -p 'IOReadBandwidthMax=/dev/vda 3M' -p '" + property + "' touch /tmp/ran-limit")
			if out.Status != 125 || !strings.HasPrefix(out.Stderr, "gorun: error: -p "+property+": not in force: "+why) {
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

// With --own-slice, the limits are the slice's, and a drop-in for the scope can be stricter.
func TestDropInsWinOverAnOwnSlice(t *testing.T) {
	long(t)
	eachSuite(t, vm, func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		const dir = "~/.config/systemd/user/gorun-.scope.d"
		s.ok("mkdir -p " + dir)
		defer s.ok("rm -r " + dir + "; systemctl --user daemon-reload")
		s.ok(`printf '[Scope]\nMemoryMax=48M\nMemorySwapMax=0\nTasksMax=25\nRuntimeMaxSec=1h\n' >` + dir + `/all.conf; systemctl --user daemon-reload`)
		out := s.run("sh -c '\"$@\"; exit $?' - gorun --own-slice --memory-max=100M --tasks-max=20 --runtime-max=2h -p MemorySwapMax=1G tail /dev/zero")
		var lines []string
		for line := range strings.Lines(out.Stderr) {
			if warning, ok := strings.CutPrefix(line, "gorun: warning: gorun-tail-"); ok {
				_, text, _ := strings.Cut(warning, ": ")
				lines = append(lines, text)
			}
		}
		if got := strings.Join(lines, ""); out.Status != 137 || !strings.HasPrefix(got, "a drop-in sets MemorySwapMax, which wins over 1G\n"+
			"a drop-in sets MemoryMax, which wins over 100M\na drop-in sets RuntimeMaxSec, which wins over 2h\n"+
			"the kernel's OOM killer killed 1 process (memory limit 48M of gorun-tail-") {
			t.Errorf("status %d, printed %q", out.Status, out.Stderr)
		}
		out = s.run(`gorun --own-slice --tasks-max=100 sh -c '` + forks(30) + `' 2>&1 | grep -o '[0-9]* forks\? failed: .*\|a drop-in.*'`)
		if !strings.HasPrefix(out.Stdout, "a drop-in sets TasksMax, which wins over 100\n") || !strings.HasSuffix(out.Stdout, "failed: the task limit of 25 was reached\n") {
			t.Errorf("printed %q", out.Stdout)
		}
		// The scope has no limit of its own that was not asked for. The default is 15% of
		// the machine's, and that of all of a user's units is 33%.
		s.ok("rm " + dir + "/all.conf; systemctl --user daemon-reload")
		if got := s.ok("gorun --own-slice --tasks-max=25% " + own("pids.max")); got != "max" {
			t.Errorf("the scope's pids.max is %s", got)
		}
		s.nothingLeft("systemctl --user")
	})
}

// Above MemoryHigh= the kernel lets each piece of memory wait. A huge page of gorun's heap
// would be enough.
func TestLowLimitOnMemoryIsRefusedOrLeavesRoomForGorun(t *testing.T) {
	long(t)
	eachSuite(t, vm, func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		for _, limit := range []string{"MemoryMax=1M", "MemoryHigh=1M", "MemoryHigh=1M --own-slice", "StartupMemoryHigh=1M"} {
			out := s.run("gorun -p " + limit + " touch /tmp/ran-limit")
			name, _, _ := strings.Cut(limit, " ")
			if want := "gorun: error: -p " + name + ": leaves no room for gorun itself; the least that works is 2M\ngorun: hint: raise it"; out.Status != 125 || !strings.HasPrefix(out.Stderr, want) {
				t.Errorf("%s: status %d, printed %q", limit, out.Status, out.Stderr)
			}
		}
		s.ok("test ! -e /tmp/ran-limit")
		for _, options := range []string{"-p MemoryHigh=2M", "--exec -p MemoryHigh=1M"} {
			for range 4 {
				if got := s.ok("gorun -q " + options + " " + own("memory.events")); !strings.Contains(got, "high 0\n") {
					t.Errorf("%s: %s", options, got)
				}
			}
		}
		if got := s.ok("gorun sh -c 'grep THP_enabled /proc/$PPID/status'; gorun grep THP_enabled /proc/self/status"); got != "THP_enabled:\t0\nTHP_enabled:\t1" {
			t.Errorf("gorun's huge pages, and then COMMAND's: %s", got)
		}
		s.nothingLeft("systemctl --user")
	})
}

func TestLimitForTheStartOfTheManagerIsWarnedOf(t *testing.T) {
	long(t)
	eachSuite(t, vm, func(t *testing.T, g *guest) {
		for user, manager := range map[string]string{"alice": "user", "root": "system"} {
			s, systemctl := g.login(t, user), "systemctl --"+manager
			want := "gorun: warning: StartupCPUWeight=50: it holds only while the " + manager + " manager starts or stops; CPUWeight=50 holds at all times\n"
			if out := s.run("gorun -p StartupCPUWeight=50 " + own("cpu.weight")); out.Status != 0 || out.Stdout != "100\n" || out.Stderr != want {
				t.Errorf("%s: status %d, printed %q and %q", user, out.Status, out.Stdout, out.Stderr)
			}
			s.ok("gorun -b -q --unit=other sleep 600") // with a sibling, a weight counts
			if out := s.run("gorun -p StartupCPUWeight=50 -p CPUWeight=60 " + own("cpu.weight")); out.Status != 0 || out.Stdout != "60\n" || out.Stderr != "" {
				t.Errorf("%s, with both: status %d, printed %q and %q", user, out.Status, out.Stdout, out.Stderr)
			}
			s.ok(systemctl + " stop other.scope")
			s.nothingLeft(systemctl)
		}
	})
}

// A launch takes long where processor time is scarce: on an emulated machine, a second of it.
func TestSmallQuotaIsSlowAndNoError(t *testing.T) {
	long(t)
	eachSuite(t, vm, func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		// A second of processor time takes ten. The run lasts as long as the limit.
		limit := min(10*time.Second*time.Duration(g.Slowness()), 90*time.Second)
		out := s.run(fmt.Sprintf("gorun -p CPUQuota=10%% --report-json=/tmp/slow.json sh -c 'exit 3'; echo $?; grep outcome /tmp/slow.json; gorun --unit=slow -p CPUQuota=10%% --runtime-max=%.0fs sleep 600; echo $?", limit.Seconds()))
		if want := "3\n  \"outcome\": \"exited\",\n124\n"; out.Stdout != want || !strings.HasPrefix(out.Stderr, "gorun: warning: slow.scope: time limit of ") || strings.Count(out.Stderr, "\n") != 1 {
			t.Errorf("printed %q and %q", out.Stdout, out.Stderr)
		}
		s.nothingLeft("systemctl --user")
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
