package main

import "fmt"

// limits are cases with limits that are too low for gorun.
var limits = []testCase{
	{name: "few-files", atATime: 8, vary: limited("-n", 3, 24), mayRefuse: true},
	{name: "few-processes", atATime: 2, vary: limited("-u", 1, 60), mayRefuse: true, mayDie: true},
	{name: "little-memory", atATime: 8, vary: limited("-v", 200_000, 2_000_000), mayRefuse: true, mayDie: true},
	{name: "small-files", atATime: 8, vary: limited("-f", 0, 4), mayRefuse: true},
	{name: "few-tasks", atATime: 8, vary: fewTasks, mayRefuse: true, mayDie: true},
	{name: "scarce-memory", atATime: 2, vary: scarceMemory, mayRefuse: true, mayDie: true, mayLeave: true}, // gorun may be killed
}

// limited runs gorun under a limit of bash's, a little higher with each launch: from least up to
// most, and again. It is a soft limit. The command lifts it.
func limited(option string, least, most int) func(*launch) {
	const steps = 60
	return func(l *launch) {
		limit := least + (most-least)*(l.n%steps)/(steps-1)
		l.prefix = []string{"bash", "-c", fmt.Sprintf(`ulimit -S %s %d && exec "$@"`, option, limit), "-"}
	}
}

// fewTasks asks for a limit on the tasks of the scope, where gorun needs some itself.
func fewTasks(l *launch) {
	const most = 16
	l.more = []string{fmt.Sprintf("--property=TasksMax=%d", 1+l.n%most)}
}

// scarceMemory asks for a limit on the memory of the scope, where gorun needs some itself: from 512K
// up to what the command fits in.
func scarceMemory(l *launch) {
	const steps, mostKiB = 40, 20 << 10
	l.more = []string{fmt.Sprintf("--property=MemoryMax=%dK", mostKiB*(1+l.n%steps)/steps), "--property=MemorySwapMax=0"}
}
