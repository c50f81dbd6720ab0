package main

import (
	"fmt"
	"os/exec"
	"syscall"
	"time"
)

// testCase is one kind of fault.
type testCase struct {
	name      string
	options   []string             // of gorun
	prefix    func(n int) []string // in front of gorun; nil for nothing
	arguments []string             // further ones of the command
	env       []string
	atATime   int
	disturb   func(*trial, *launch)      // one launch; nil for nothing
	beside    func(done <-chan struct{}) // goes on beside all launches; nil for nothing
	mayRefuse bool                       // gorun may say 125
	mayDie    bool                       // gorun may end by a signal, or with another status
	mayLeave  bool                       // gorun --clean may have to remove what is left
}

// gorun is the command line of gorun for the launch with a number, without the command.
func (c testCase) gorun(n int) (args []string) {
	if c.prefix != nil {
		args = c.prefix(n)
	}
	return append(append(args, "gorun", "-q"), c.options...)
}

// plain is the case without a fault.
var plain = testCase{name: "plain", atATime: 8}

var cases = []testCase{
	plain,
	{name: "many", atATime: 200},
	{name: "exec", options: []string{"--exec"}, atATime: 8},
	{name: "background", options: []string{"-b", "--no-record"}, atATime: 8},
	{name: "kill", atATime: 4, disturb: kill, mayDie: true, mayLeave: true},
	{name: "stop", atATime: 16, disturb: stop},
	{name: "signals", atATime: 4, disturb: anySignal, mayDie: true, mayRefuse: true},
	{name: "services", atATime: 8, mayRefuse: true},
	{name: "reload", atATime: 8, beside: again("daemon-reload")},
	{name: "reexec", atATime: 8, beside: again("daemon-reexec")},
	{name: "few-files", atATime: 8, prefix: limited("-n", 3, 24), mayRefuse: true},
	{name: "few-processes", atATime: 8, prefix: limited("-u", 1, 60), mayRefuse: true},
	{name: "little-memory", atATime: 8, prefix: limited("-v", 200_000, 2_000_000), mayRefuse: true, mayDie: true},
	{name: "small-files", atATime: 8, prefix: limited("-f", 0, 4), mayRefuse: true},
}

func caseNamed(name string) (testCase, error) {
	for _, c := range cases {
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
		switch s := syscall.Signal(1 + t.int64(last)); s {
		case syscall.SIGKILL, syscall.SIGSTOP, syscall.SIGTSTP, syscall.SIGTTIN, syscall.SIGTTOU:
		default:
			time.Sleep(t.moment())
			l.process.Process.Signal(s)
			return
		}
	}
}

// again repeats a command of systemctl's for the user's manager.
func again(verb string) func(<-chan struct{}) {
	return func(done <-chan struct{}) {
		for {
			select {
			case <-done:
				return
			default:
				exec.Command("systemctl", "--user", verb).Run() // it may be refused
			}
		}
	}
}

// limited runs gorun under a limit of bash's, a little higher with each launch: from least up to
// most, and again. It is a soft limit. The command lifts it.
func limited(option string, least, most int) func(n int) []string {
	const steps = 60
	return func(n int) []string {
		limit := least + (most-least)*(n%steps)/(steps-1)
		return []string{"bash", "-c", fmt.Sprintf(`ulimit -S %s %d && exec "$@"`, option, limit), "-"}
	}
}
