package integration

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A prefix is paid for on every command. What a launch asks of the kernel does not vary with
// the machine's speed, so it is bounded here: who adds to it raises a bound, and knows that.
// The bounds leave room for the work of the runtime that depends on time, and for what other
// versions of systemd have in other directories. (What the runtime waits for is not counted:
// futex, nanosleep, epoll_pwait, sched_yield.)
var launchCosts = map[string]map[string]int{
	"gorun --exec true": {
		"rt_sigaction": 400, "newfstatat": 75, "openat": 25, "read": 35, "fcntl": 45, "rt_sigprocmask": 35,
		"clone": 9, "connect": 1, "sendmsg": 0, "statfs": 0, "mkdirat": 0,
	},
	"gorun true": {
		"rt_sigaction": 390, "newfstatat": 95, "openat": 65, "read": 60, "fcntl": 85, "rt_sigprocmask": 50,
		"clone": 12, "connect": 1, "sendmsg": 1, "statfs": 1, "mkdirat": 0, "getdents64": 6,
	},
}

func TestLaunchCostsFewSystemCalls(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s, root := g.login(t, "alice"), g.login(t, "root")
		root.ok("loginctl enable-linger alice") // otherwise gorun also takes the lease
		defer root.ok("loginctl disable-linger alice")
		for command, bounds := range launchCosts {
			trace := s.ok("cd /tmp && strace -f -o trace " + command + "; cat trace; rm trace")
			counts := countCalls(trace)
			for _, name := range slices.Sorted(maps.Keys(bounds)) {
				if counts[name] > bounds[name] {
					t.Errorf("%s: %d %s, want at most %d", command, counts[name], name, bounds[name])
				}
			}
			// The runtime reads it once, to find out how many processors its group may use.
			bound := map[string]int{"gorun --exec true": 1, "gorun true": 2}[command]
			if n := strings.Count(trace, `"/proc/self/mountinfo"`); n > bound {
				t.Errorf("%s: reads mountinfo %d times, want at most %d", command, n, bound)
			}
		}
	})
}

// call matches a line of strace -f that begins a system call.
var call = regexp.MustCompile(`(?m)^\d+ +([a-z_0-9]+)\(`)

func countCalls(trace string) map[string]int {
	counts := map[string]int{}
	for _, m := range call.FindAllStringSubmatch(trace, -1) {
		counts[m[1]]++
	}
	return counts
}
