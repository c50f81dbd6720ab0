package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// surroundings are cases in which somebody has prepared traps.
var surroundings = []testCase{
	{
		name: "traps", atATime: 8, vary: trapped, beside: listen,
		prepare: `rm -rf ` + traps + ` ` + trapsLog + `; touch ` + trapsLog + `; chmod 666 ` + trapsLog + `; mkdir -p ` + traps + `/systemd ` + traps + `/bin; chmod -R 755 ` + traps + `; chown -R bob ` + traps + `
			for helper in systemctl loginctl getent stat sh bash cat date id journalctl busctl systemd-run userdbctl env mkdir mv rm; do
				printf '#!/bin/sh\necho "$0 $*" >>` + trapsLog + `\nexit 1\n' >` + traps + `/bin/$helper
			done
			chmod 755 ` + traps + `/bin/*; ln -s /run/user/0 ` + traps + `/link`,
		restore: "rm -rf " + traps,
	},
	{
		name: "fifos", atATime: 8,
		// A lease that is held meanwhile replaces its FIFO.
		prepare: "cd " + leaseDir + "; rm -f linger-lease; mkfifo linger-lease linger-lease.new; chown alice linger-lease linger-lease.new",
		restore: "cd " + leaseDir + "; find . -type p -delete",
	},
}

const leaseDir = home + "/.local/state/gorun/linger-*"

// traps is a directory with sockets and programs that gorun must not use. Who does is noted in
// the file trapsLog.
const (
	traps    = "/tmp/faults.traps"
	trapsLog = "/tmp/faults.trapped"
)

// trapped starts gorun in an environment that leads into traps.
func trapped(l *launch) {
	l.env = [][]string{
		{"XDG_RUNTIME_DIR=" + traps, "DBUS_SESSION_BUS_ADDRESS=unix:path=" + traps + "/bus"},
		{"DBUS_SESSION_BUS_ADDRESS=unix:path=" + traps + "/bus"},
		{"PATH=" + traps + "/bin:/usr/bin:/bin"},
		{"XDG_RUNTIME_DIR=/run/user/0", "DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/0/bus"},
		{"XDG_RUNTIME_DIR=" + traps + "/link"},
		{"LD_PRELOAD=" + traps + "/bin/sh", "BASH_ENV=" + traps + "/bin/sh", "ENV=" + traps + "/bin/sh", "GODEBUG=x", "NOTIFY_SOCKET=" + traps + "/bus"},
	}[l.n%6]
}

// listenWord makes this program take connections to the sockets of the traps. Root runs it, so that
// the sockets never belong to the user who starts gorun.
const listenWord = "listen"

// beTraps is what it then does.
func beTraps() int {
	for _, socket := range []string{"bus", "systemd/private"} {
		l, err := net.Listen("unix", filepath.Join(traps, socket))
		if err == nil {
			err = os.Chmod(filepath.Join(traps, socket), 0o666)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					note(err.Error())
					return
				}
				note("somebody connects to " + socket)
				c.Close()
			}
		}()
	}
	select {}
}

// listen runs it beside the launches.
func listen(done <-chan struct{}) {
	c := exec.Command("sudo", "-n", self, listenWord)
	c.Stderr = os.Stderr
	if err := c.Start(); err != nil {
		note(err.Error())
		return
	}
	<-done
	c.Process.Signal(syscall.SIGTERM) // sudo passes it on
	c.Wait()                          // killed
}

// note notes that a trap was stepped into.
func note(text string) {
	f, err := os.OpenFile(trapsLog, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o666)
	if err == nil {
		fmt.Fprintln(f, text)
		f.Close()
	}
}

// sprung lists the traps that were stepped into.
func sprung() []string {
	text, err := os.ReadFile(trapsLog)
	if err != nil || len(text) == 0 {
		return nil // there are no traps
	}
	return []string{fmt.Sprintf("traps: %.500s", text)}
}
