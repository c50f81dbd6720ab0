package main

import (
	"context"
	"fmt"
	"time"
)

// lingering is what launches one after the other take: of a user who lingers, and of one who
// does not, for whom each first scope takes a lease on lingering, and each last one gives it
// back. CPU is that of all processes of the machine, such as the manager and the lease's script.
type lingering struct {
	Wall, WallWithout time.Duration // of one launch
	CPU, CPUWithout   time.Duration
}

func (l lingering) String() string {
	return fmt.Sprintf("gorun for a user who does not linger: wall %.2f ms, CPU of all %.2f ms; for one who does: %.2f ms, %.2f ms",
		ms(l.WallWithout), ms(l.CPUWithout), ms(l.Wall), ms(l.CPU))
}

// lingerLaunches is how many launches are measured in each half of a round, and lingerRounds
// how many rounds. The halves alternate.
const (
	lingerLaunches = 50
	lingerRounds   = 4
)

// lingerScript prints microseconds of wall and of processor time.
const lingerScript = `
	used() { sed -n 's/^usage_usec //p' /sys/fs/cgroup/cpu.stat; }
	cpu=$(used); begun=$(date +%%s%%6N)
	for i in $(seq %d); do gorun -q true; done
	ended=$(date +%%s%%6N)
	while systemctl --user is-active -q gorun-linger.service; do sleep 0.1; done
	echo $((ended - begun)) $(($(used) - cpu))`

// unlinger measures both kinds of users in turn. The first round does not count.
func (m *machine) unlinger(ctx context.Context) (l lingering, err error) {
	for round := range 1 + lingerRounds {
		wall, cpu, err := m.launchesInARow(ctx, "enable-linger")
		if err != nil {
			return l, err
		}
		wallWithout, cpuWithout, err := m.launchesInARow(ctx, "disable-linger")
		if err != nil {
			return l, err
		}
		if round > 0 {
			l.Wall, l.CPU = l.Wall+wall, l.CPU+cpu
			l.WallWithout, l.CPUWithout = l.WallWithout+wallWithout, l.CPUWithout+cpuWithout
		}
	}
	for _, sum := range []*time.Duration{&l.Wall, &l.CPU, &l.WallWithout, &l.CPUWithout} {
		*sum /= lingerLaunches * lingerRounds
	}
	return l, nil
}

// launchesInARow returns the sums.
func (m *machine) launchesInARow(ctx context.Context, linger string) (wall, cpu time.Duration, err error) {
	login, err := m.Login(ctx, "alice") // keeps the manager
	if err != nil {
		return 0, 0, err
	}
	defer login.Close()
	if _, err := m.as(ctx, "root", "loginctl "+linger+" alice"); err != nil {
		return 0, 0, err
	}
	out, err := m.as(ctx, "alice", fmt.Sprintf(lingerScript, lingerLaunches))
	if err != nil {
		return 0, 0, err
	}
	var wallUsec, cpuUsec int64
	if _, err := fmt.Sscanf(out, "%d %d", &wallUsec, &cpuUsec); err != nil {
		return 0, 0, fmt.Errorf("launches in a row: printed %q: %w", out, err)
	}
	return time.Duration(wallUsec) * time.Microsecond, time.Duration(cpuUsec) * time.Microsecond, nil
}
