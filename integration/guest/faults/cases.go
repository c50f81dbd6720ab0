package main

import (
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"syscall"
	"time"
)

// testCase is one kind of fault.
type testCase struct {
	name      string
	options   []string      // of gorun
	vary      func(*launch) // what differs from launch to launch; nil for nothing
	prepare   string        // what root does before all launches: a script
	restore   string        // and after them
	atATime   int
	disturb   func(*trial, *launch)      // one launch; nil for nothing
	beside    func(done <-chan struct{}) // goes on beside all launches; nil for nothing
	isMixed   bool                       // each launch has a case of its own
	scope     *regexp.Regexp             // the names of the scopes; nil for those that gorun chooses
	mayRefuse bool                       // gorun may say 125
	mayDie    bool                       // gorun may end by a signal, or with another status
	mayLeave  bool                       // gorun --clean may have to remove what is left
}

// reconnect does what gorun's hint says: a manager that has lost the system's bus is connected again
// when it re-executes.
const reconnect = "XDG_RUNTIME_DIR=/run/user/1000 setpriv --reuid=alice --regid=alice --init-groups systemctl --user daemon-reexec"

// plain is the case without a fault.
var plain = testCase{name: "plain", atATime: 8}

var cases = slices.Concat([]testCase{
	plain,
	{name: "many", atATime: 200},
	{name: "exec", options: []string{"--exec"}, atATime: 8},
	{name: "background", options: []string{"-b", "--no-record"}, atATime: 8},
	{name: "kill", atATime: 4, disturb: kill, mayDie: true, mayLeave: true},
	{name: "stop", atATime: 16, disturb: stop},
	{name: "signals", atATime: 4, disturb: anySignal, mayDie: true, mayRefuse: true},
	{name: "crash", atATime: 4, disturb: crash, mayDie: true, mayLeave: true},
	{
		name: "services", atATime: 8, mayRefuse: true, mayLeave: true, // logind may be away when a lease has to be given back
		restore: `for i in $(seq 100); do # the system's manager may still be re-executing
			systemctl reset-failed systemd-logind dbus systemd-journald || true
			systemctl start systemd-logind && break
			sleep 0.1
		done
		` + reconnect,
	},
	{name: "reload", atATime: 8, beside: again("systemctl", "--user", "daemon-reload")},
	{name: "reexec", atATime: 8, beside: again("systemctl", "--user", "daemon-reexec")},
}, limits, services, disks, words, surroundings, []testCase{together})

func caseNamed(name string) (testCase, error) {
	for _, c := range append(slices.Clone(cases), soak) {
		if c.name == name {
			return c, nil
		}
	}
	return testCase{}, fmt.Errorf("there is no case %q", name)
}

// kill kills gorun at any moment of a launch.
func kill(t *trial, l *launch) {
	time.Sleep(t.moment())
	l.process.Process.Kill() // an error means that it has ended
}

// stop stops gorun for a while.
func stop(t *trial, l *launch) {
	time.Sleep(t.moment())
	if l.process.Process.Signal(syscall.SIGSTOP) == nil {
		time.Sleep(time.Duration(t.int64(int64(time.Second))))
		l.process.Process.Signal(syscall.SIGCONT)
	}
}

// anySignal sends gorun a signal that it can do something about.
func anySignal(t *trial, l *launch) {
	const last = 64
	for {
		s := syscall.Signal(1 + t.int64(last))
		if slices.Contains(stops, s) || slices.Contains(crashes, s) {
			continue
		}
		time.Sleep(t.moment())
		l.process.Process.Signal(s)
		return
	}
}

// crash sends gorun a signal that says that it has crashed. It ends as if it was killed.
func crash(t *trial, l *launch) {
	time.Sleep(t.moment())
	l.process.Process.Signal(crashes[t.int64(int64(len(crashes)))])
}

var (
	stops   = []syscall.Signal{syscall.SIGKILL, syscall.SIGSTOP, syscall.SIGTSTP, syscall.SIGTTIN, syscall.SIGTTOU}
	crashes = []syscall.Signal{syscall.SIGILL, syscall.SIGTRAP, syscall.SIGBUS, syscall.SIGFPE, syscall.SIGSEGV, syscall.SIGSYS, syscall.SIGSTKFLT}
)

// again repeats a command.
func again(command ...string) func(<-chan struct{}) {
	return func(done <-chan struct{}) {
		for {
			select {
			case <-done:
				return
			default:
				exec.Command(command[0], command[1:]...).Run() // it may be refused
			}
		}
	}
}

// asRoot is the command line of a script that root runs.
func asRoot(script string) []string { return []string{"sudo", "-n", "sh", "-euc", script} }
