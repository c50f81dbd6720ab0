package main

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// soak is the case with a little of all others, for a long time. The commands run for a while.
var soak = testCase{
	name: "soak", atATime: 64, isMixed: true, mayRefuse: true, mayLeave: true,
	restore: removeRecords,
	beside: again(asRoot(`sleep 10; systemctl daemon-reload
		sleep 5; systemctl reset-failed systemd-logind || true; systemctl restart systemd-logind
		sleep 5; systemctl daemon-reexec
		sleep 5; systemctl reset-failed systemd-journald || true; systemctl restart systemd-journald
		sleep 5; sudo -u alice XDG_RUNTIME_DIR=/run/user/1000 systemctl --user daemon-reexec
		sleep 5; systemctl restart polkit || true`)...),
}

// oneInMixed is how many launches have no fault of their own for each that has one.
const oneInMixed = 5

// mixed is what goes wrong with a launch among others: mostly nothing.
func (t *trial) mixed() testCase {
	if t.int64(oneInMixed) > 0 {
		return plain
	}
	var single []testCase
	for _, c := range cases {
		if c.prepare == "" && c.beside == nil && c.name != "background" {
			single = append(single, c)
		}
	}
	return single[t.int64(int64(len(single)))]
}

// sleepVariable is for how many milliseconds a command runs after it has written its line.
const sleepVariable = "FAULTS_SLEEP"

func sleepAsAsked() {
	n, _ := strconv.Atoi(os.Getenv(sleepVariable)) // mostly not at all
	time.Sleep(time.Duration(n) * time.Millisecond)
}

// spread makes the launches take some time together, as many at a time as the case wants.
func (t *trial) spread(over time.Duration) {
	t.pace = over / time.Duration(len(t.launches))
	t.lasts = t.pace * time.Duration(t.atATime) * 9 / 10
}

// residentKiB is the memory of a process, from VmRSS in proc_pid_status(5); 0 if it has ended.
func residentKiB(pid int) int64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	n, _ := strconv.ParseInt(fields[0], 10, 64)
	return n
}

// noteManagers notes the memory of the managers.
func (t *trial) noteManagers(when string) {
	out, _ := exec.Command("systemctl", "show", "--value", "-p", "MainPID", fmt.Sprintf("user@%d.service", os.Getuid())).Output() // 0 if it is gone
	pid, _ := strconv.Atoi(strings.TrimSpace(string(out)))
	t.tally.KiB["the user's manager, "+when] = residentKiB(pid)
	t.tally.KiB["the system's manager, "+when] = residentKiB(1)
}

// noteLaunches notes the memory of gorun: the median of the first and of the last launches.
func (t *trial) noteLaunches() {
	const part = 10
	n := max(1, len(t.launches)/part)
	for when, list := range map[string][]launch{"before": t.launches[:n], "after": t.launches[len(t.launches)-n:]} {
		var sizes []int64
		for i := range list {
			if list[i].memory > 0 {
				sizes = append(sizes, list[i].memory)
			}
		}
		if slices.Sort(sizes); len(sizes) > 0 {
			t.tally.KiB["gorun, "+when] = sizes[len(sizes)/2]
		}
	}
}
