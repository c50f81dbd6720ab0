package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"syscall"
)

// An agent starts programs where it runs itself: in a service, or in a job of cron's.

// serveWord makes this program an agent: "faults serve SOCKET".
const serveWord = "serve"

// viaWord makes this program start another one by an agent, and end as that does: "faults via SOCKET
// PROGRAM [ARG...]".
const viaWord = "via"

// answer is what an agent says of a program that has ended.
type answer struct {
	Printed string // on standard error
	Status  syscall.WaitStatus
}

func beAgent(socket string) int {
	os.Remove(socket)
	l, err := net.Listen("unix", socket)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	for {
		c, err := l.Accept()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		go serve(c)
	}
}

// serve starts one program. If that fails, there is no answer.
func serve(c net.Conn) {
	defer c.Close()
	var args []string
	if json.NewDecoder(c).Decode(&args) != nil || len(args) == 0 {
		return
	}
	var l launch
	l.process = exec.Command(args[0], args[1:]...)
	l.process.Stderr = &l.printed
	if l.process.Start() != nil {
		return
	}
	l.process.Wait() // the state tells
	json.NewEncoder(c).Encode(answer{l.printed.String(), l.process.ProcessState.Sys().(syscall.WaitStatus)})
}

func beStartedVia(args []string) int {
	c, err := net.Dial("unix", args[0])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer c.Close()
	var a answer
	if err = json.NewEncoder(c).Encode(args[1:]); err == nil {
		err = json.NewDecoder(c).Decode(&a)
	}
	fmt.Fprint(os.Stderr, a.Printed)
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "no answer:", err)
		return 1
	case a.Status.Signaled():
		return 128 + int(a.Status.Signal())
	}
	return a.Status.ExitStatus()
}

// together starts gorun from a login, a service and cron at the same time.
var together = testCase{
	name: "together", atATime: 500,
	prepare: `rm -f /tmp/faults.cron /tmp/faults.service
		systemd-run --quiet --collect --unit=faults-agent --uid=alice ` + self + ` serve /tmp/faults.service
		echo '@reboot ` + self + ` serve /tmp/faults.cron' | crontab -u alice -
		rm -f /run/crond.reboot; systemctl restart cron
		for i in $(seq 100); do [ ! -S /tmp/faults.cron ] || [ ! -S /tmp/faults.service ] || exit 0; sleep 0.1; done; exit 1`,
	restore: `systemctl stop faults-agent; crontab -u alice -r; pkill -f '[f]aults serve'`,
	vary: func(l *launch) {
		switch l.n % 3 {
		case 1:
			l.prefix = []string{self, viaWord, "/tmp/faults.service"}
		case 2:
			l.prefix = []string{self, viaWord, "/tmp/faults.cron"}
		}
	},
}
