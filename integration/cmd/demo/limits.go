package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// limit is a limit of a cgroup controller.
type limit struct {
	controller string
	option     string // gorun's option
	file, line string // the kernel's file and its contents with the option
}

// allLimits are the limits for which gorun has options.
var allLimits = [...]limit{
	{"memory", "--memory-max=2G", "memory.max", "2147483648"},
	{"cpu", "--cpu-quota=50%", "cpu.max", "50000 100000"},
	{"pids", "--tasks-max=100", "pids.max", "100"},
}

// limits are the cgroup controllers on a machine.
type limits struct {
	machine []string // the machine's controllers
	manager []string // the controllers of alice's manager
}

// askLimits reads the controllers in alice's login.
func askLimits(ctx context.Context, alice login, patience time.Duration) (limits, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	out, err := alice.Run(ctx, `cd /sys/fs/cgroup && cat cgroup.controllers &&
		cat user.slice/user-1000.slice/user@1000.service/cgroup.controllers`)
	if err == nil && out.Status != 0 {
		err = fmt.Errorf("exit status %d: %s", out.Status, out.Stderr)
	}
	if err != nil {
		return limits{}, fmt.Errorf("read the cgroup controllers: %w", err)
	}
	machine, manager, _ := strings.Cut(out.Stdout, "\n")
	return limits{strings.Fields(machine), strings.Fields(manager)}, nil
}

// held lists the limits that can be shown.
func (l limits) held() []limit {
	return slices.DeleteFunc(slices.Clone(allLimits[:]), func(one limit) bool { return !l.holds(one.controller) })
}

// missing lists the limits that cannot be shown.
func (l limits) missing() []limit {
	return slices.DeleteFunc(slices.Clone(allLimits[:]), func(one limit) bool { return l.holds(one.controller) })
}

// holds reports whether the scopes of alice have this controller.
func (l limits) holds(controller string) bool { return slices.Contains(l.manager, controller) }

// steps shows the limits that hold, and that a missing limit is refused.
func (l limits) steps() []step {
	var steps []step
	if held := l.held(); len(held) > 0 {
		steps = append(steps, kernelLimits(held))
	}
	if l.holds("memory") {
		steps = append(steps, memoryLimit())
	}
	if l.holds("pids") {
		steps = append(steps, tasksLimit())
	}
	if missing := l.missing(); len(missing) > 0 {
		steps = append(steps, l.refusal(missing[0]))
	}
	return steps
}

// kernelLimits prints the limits of the command's own cgroup.
func kernelLimits(held []limit) step {
	s := step{why: "Limits, as read from the kernel."}
	var options, files string
	for _, l := range held {
		options += " " + l.option
		files += " " + l.file
		s.wants = append(s.wants, `(?m)^(`+l.file+`:)?`+l.line+`$`)
	}
	s.command = fmt.Sprintf(`cgroup='/sys/fs/cgroup$(cut -c4- /proc/self/cgroup)'
gorun%s sh -c \
	"cd $cgroup; grep .%s"`, options, files)
	return s
}

func memoryLimit() step {
	return step{
		why:     "A command that takes more memory is killed, and gorun says why.",
		command: `gorun --memory-max=64M python3 -c 'x = b"x" * 500_000_000'; echo $?`,
		wants:   []string{`(?m)^gorun: warning: .*OOM killer.* 64M`, `(?m)^137$`},
	}
}

func tasksLimit() step {
	return step{
		why: "A command that forks without end reaches the limit of its scope.",
		command: `gorun --tasks-max=30 --at-end=stop \
	sh -c 'while :; do sleep 60 & done'; echo $?`,
		wants: []string{`Cannot fork`, `(?m)^2$`},
	}
}

// refusal shows that a limit without its controller is an error.
func (l limits) refusal(missing limit) step {
	where := "This machine has no " + missing.controller + " controller."
	if slices.Contains(l.machine, missing.controller) {
		where = "Alice's manager does not have the " + missing.controller + " controller."
	}
	return step{
		why:     where + " A limit that needs it is an error:\nthe command does not run.",
		command: fmt.Sprintf(`gorun %s echo running; echo $?`, missing.option),
		wants:   []string{`\Agorun: error: .*` + missing.controller, `(?m)^125$`},
	}
}

// summary is the last line.
func summary(took time.Duration, missing []limit) string {
	line := fmt.Sprintf("It took %.1f s.", took.Seconds())
	if len(missing) == 0 {
		return line + " Nothing was left out."
	}
	var names []string
	for _, l := range missing {
		names = append(names, l.controller)
	}
	return fmt.Sprintf("%s Not shown: %s limits (see make demo RIG=vm).", line, strings.Join(names, ", "))
}
