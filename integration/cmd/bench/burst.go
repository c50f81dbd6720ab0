package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// burstSize is how many commands start at once.
const burstSize = 500

// burst is what it takes until commands that started at once have all ended. CPU is that of
// all of the user's processes, with the manager.
type burst struct {
	Name      string
	Wall, CPU time.Duration
	Messages  int // lines about launches that failed: systemd-run gives up after 25 seconds
}

// burstScript prints milliseconds of wall time, microseconds of processor time, and how many
// lines the launchers have printed.
const burstScript = `
	used() { sed -n 's/^usage_usec //p' /sys/fs/cgroup/user.slice/user-1000.slice/cpu.stat; }
	cpu=$(used); begun=$(date +%%s%%3N)
	seq %d | xargs -P 1000 -I{} %s true 2>/tmp/burst || : # systemd-run may fail
	ended=$(date +%%s%%3N)
	while systemctl --user list-units --type=scope --no-legend 'run-*' 'gorun-*' | grep -q .; do sleep 0.1; done
	echo $((ended - begun)) $(($(used) - cpu)) $(wc -l </tmp/burst)`

// bursts measures gorun and its peer in turn, twice each. The second time counts.
func (m *machine) bursts(ctx context.Context) (list []burst, err error) {
	for round := range 2 {
		for _, l := range launchers {
			if l.name != peer && l.name != supervised {
				continue
			}
			command := ""
			for _, word := range l.args {
				command += word + " "
			}
			out, err := m.as(ctx, "alice", fmt.Sprintf(burstScript, burstSize, command))
			if err != nil {
				return nil, err
			}
			var wall, cpu int64
			var messages int
			if _, err := fmt.Sscanf(out, "%d %d %d", &wall, &cpu, &messages); err != nil {
				return nil, fmt.Errorf("burst: printed %q: %w", out, err)
			}
			if round == 1 {
				list = append(list, burst{l.name, time.Duration(wall) * time.Millisecond, time.Duration(cpu) * time.Microsecond, messages})
			}
		}
	}
	return list, nil
}

func printBursts(w io.Writer, list []burst) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "%d at once\twall s\tCPU s, with the manager's\tfailures\t\n", burstSize)
	for _, b := range list {
		fmt.Fprintf(t, "%s\t%.2f\t%.2f\t%d\t\n", b.Name, b.Wall.Seconds(), b.CPU.Seconds(), b.Messages)
	}
	t.Flush()
}
