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
	if err := play(ctx, m, "alice", whileLoggedIn()); err != nil {
		return err
	}
	fmt.Println("\n# alice logs out.")
	return play(ctx, m, "root", afterLogout())
}

// play logs user in, shows the steps, and logs out.
func play(ctx context.Context, m *rig.Machine, user string, steps []step) error {
	login, err := m.Login(ctx, user)
	if err != nil {
		return err
	}
	defer login.Close()
	for _, step := range steps {
		if err := step.show(ctx, user, login); err != nil {
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
	fmt.Printf("# Debian %s, systemd %d, KillUserProcesses=yes, UserStopDelaySec=0\n", suite.Name, suite.Systemd)
	return m, m.Install(ctx, "bin/gorun")
}

// killAtLogout has logind kill what a logout leaves, in the session and out of it,
// and at once.
func killAtLogout(ctx context.Context, m *rig.Machine) error {
	out, err := m.RunAs(ctx, "root", `mkdir -p /etc/systemd/logind.conf.d
		printf '[Login]\nKillUserProcesses=yes\nUserStopDelaySec=0\n' >/etc/systemd/logind.conf.d/kill.conf
		systemctl restart systemd-logind`)
	if err == nil && out.Status != 0 {
		err = fmt.Errorf("configure logind: %s", out.Stderr)
	}
	return err
}

// step is a command that somebody types, and why.
type step struct{ why, command string }

func whileLoggedIn() []step {
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
			`systemctl --user list-units --all --no-legend --plain 'gorun-*.scope'
systemctl --user --failed --no-legend; echo "that is all"`},
	}
}

func afterLogout() []step {
	return []step{
		{"Her session is gone, and her manager and what runs in it is still there.",
			`while ls -d /sys/fs/cgroup/user.slice/user-1000.slice/session-*.scope >/dev/null 2>&1; do sleep 0.1; done
ps -o user=,comm=,args= -u alice | grep -E 'gorun|sleep|tmux'
ls /var/lib/systemd/linger`},
		{"The last of them ends, and so does the lingering.",
			`pkill -u alice sleep; pkill -u alice tmux
while [ -e /var/lib/systemd/linger/alice ]; do sleep 0.1; done; ls -A /var/lib/systemd/linger`},
	}
}

// show runs the step and prints it as a terminal would.
func (s step) show(ctx context.Context, user string, login *rig.Login) error {
	fmt.Printf("\n# %s\n", s.why)
	for line := range strings.SplitSeq(s.command, "\n") {
		fmt.Println(user+"$", line)
	}
	out, err := login.Run(ctx, s.command)
	if err != nil {
		return err
	}
	fmt.Print(out.Stdout, out.Stderr)
	if out.Status != 0 {
		return fmt.Errorf("the step ended with status %d", out.Status)
	}
	return nil
}
