// Command demo shows gorun's main job on a machine that kills what a logout
// leaves: a user logs in over ssh and starts a long-running command and a tmux.
// What is printed comes from systemd and the kernel.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"

	"gorun/integration/rig"
)

func main() {
	rig.Init()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := demo(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func demo(ctx context.Context) error {
	m, err := boot(ctx)
	if err != nil {
		return err
	}
	defer m.Close()
	if err := killAtLogout(ctx, m); err != nil {
		return err
	}
	alice, err := m.Login(ctx, "alice")
	if err != nil {
		return err
	}
	defer alice.Close()
	for _, step := range steps() {
		if err := step.show(ctx, alice); err != nil {
			return err
		}
	}
	return nil
}

// boot brings up the kind of machine that works here.
func boot(ctx context.Context) (*rig.Machine, error) {
	suite, err := rig.SuiteNamed("trixie")
	if err != nil {
		return nil, err
	}
	img, err := rig.OpenImage(ctx, suite, os.Stderr)
	if err != nil {
		return nil, err
	}
	start := rig.StartContainer
	if os.Geteuid() != 0 {
		start = rig.StartVM
	}
	m, err := start(ctx, img)
	if err != nil {
		return nil, err
	}
	fmt.Printf("# Debian %s, systemd %d, KillUserProcesses=yes\n", suite.Name, suite.Systemd)
	return m, m.Install(ctx, "bin/gorun")
}

// killAtLogout has logind kill what a logout leaves in a session.
func killAtLogout(ctx context.Context, m *rig.Machine) error {
	out, err := m.RunAs(ctx, "root", `mkdir -p /etc/systemd/logind.conf.d
		printf '[Login]\nKillUserProcesses=yes\n' >/etc/systemd/logind.conf.d/kill.conf
		systemctl restart systemd-logind`)
	if err == nil && out.Status != 0 {
		err = fmt.Errorf("configure logind: %s", out.Stderr)
	}
	return err
}

// step is a command that alice types, and why.
type step struct{ why, command string }

func steps() []step {
	return []step{
		{"Where this login runs: in a session, which ends with it.",
			`tail -n1 /proc/self/cgroup`},
		{"A long-running command and a tmux, each in a scope of its own.",
			`gorun --unit=train --runtime-max=8h --memory-max=2G sleep 3600 >/dev/null 2>&1 &
gorun --unit=work tmux new-session -d -s main
until systemctl --user -q is-active train.scope; do sleep 0.1; done`},
		{"Where they run: under the user's manager, not in the session.",
			`for unit in train.scope work.scope; do
	for pid in $(cat /sys/fs/cgroup$(systemctl --user show --value -p ControlGroup $unit)/cgroup.procs); do
		echo "$(cat /proc/$pid/comm): $(sed -n 's/^0:://p' /proc/$pid/cgroup)"
	done
done`},
		{"Their limits, as the manager has them.",
			`systemctl --user show train.scope -p RuntimeMaxUSec -p MemoryMax -p OOMPolicy`},
		{"How a short command's scope ended: by its own status.",
			`gorun sh -c 'exit 7'; echo "status $?"`},
		{"By its time limit.",
			`gorun --runtime-max=1s sleep 60; echo "status $?"`},
		{"What is left of the two: nothing, and no failed unit.",
			`systemctl --user list-units --all --no-legend 'gorun-*'; systemctl --user --failed --no-legend; echo "that is all"`},
	}
}

// show runs the step and prints it as a terminal would.
func (s step) show(ctx context.Context, alice *rig.Login) error {
	fmt.Printf("\n# %s\n", s.why)
	for line := range strings.SplitSeq(s.command, "\n") {
		fmt.Println("alice$", line)
	}
	out, err := alice.Run(ctx, s.command)
	if err != nil {
		return err
	}
	fmt.Print(out.Stdout, out.Stderr)
	if out.Status != 0 {
		return fmt.Errorf("the step ended with status %d", out.Status)
	}
	return nil
}
