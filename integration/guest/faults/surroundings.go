package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
)

// surroundings are cases in which somebody has prepared traps.
var surroundings = []testCase{
	{
		name: "traps", atATime: 8, vary: trapped, beside: listen,
		prepare: `rm -rf ` + traps + ` ` + trapsLog + `; touch ` + trapsLog + `; chmod 666 ` + trapsLog + `; mkdir -p ` + traps + `/systemd ` + traps + `/bin; chmod -R 755 ` + traps + `; chown alice ` + traps + ` ` + traps + `/systemd
			for helper in systemctl loginctl getent stat sh bash cat date id journalctl busctl systemd-run userdbctl env mkdir mv rm; do
				printf '#!/bin/sh\necho "$0 $*" >>` + trapsLog + `\nexit 1\n' >` + traps + `/bin/$helper
			done
			chmod 755 ` + traps + `/bin/*; ln -s /run/user/0 ` + traps + `/link`,
		restore: "rm -rf " + traps,
	},
	{
		name: "fifos", atATime: 8, prepare: `cd ` + home + `/.local/state/gorun; dir=$(echo linger-*); mv "$dir/linger-lease" "$dir/lease.kept" 2>/dev/null || true
			mkfifo "$dir/linger-lease" "$dir/linger-lease.new"; chown alice "$dir"/*`,
		restore: `cd ` + home + `/.local/state/gorun/linger-*; rm linger-lease linger-lease.new; mv lease.kept linger-lease 2>/dev/null || true`,
	},
}

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

// listen takes connections to the sockets of the traps, which then belong to another user.
func listen(done <-chan struct{}) {
	for _, socket := range []string{"bus", "systemd/private"} {
		l, err := net.Listen("unix", filepath.Join(traps, socket))
		if err != nil {
			note(err.Error())
			continue
		}
		defer l.Close()
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return // closed
				}
				note("somebody connects to " + socket)
				c.Close()
			}
		}()
	}
	if out, err := exec.Command("sudo", "-n", "sh", "-c", "chown -R bob "+traps+"; chmod 666 "+traps+"/bus "+traps+"/systemd/private").CombinedOutput(); err != nil {
		note(fmt.Sprintf("%v: %s", err, out))
	}
	<-done
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
