package main

import "fmt"

// services are cases in which what gorun asks is not there.
var services = []testCase{
	absent("polkit", "polkit.service", testCase{}),
	absent("logind", "systemd-logind.service", testCase{}),
	absent("journal", "systemd-journald.service systemd-journald.socket systemd-journald-dev-log.socket systemd-journald-audit.socket", testCase{
		// The records are then in files.
		restore: "rm -f /home/alice/.local/state/gorun/*.record /home/alice/.local/state/gorun/.machine-* /home/alice/.local/state/gorun/.number",
	}),
	// Only the system's manager may move a process out of a session, and it is asked over this bus.
	absent("bus", "dbus.service dbus.socket", testCase{mayRefuse: true}),
	{
		name: "manager-killed", atATime: 4, mayRefuse: true, mayDie: true, mayLeave: true, restore: startManager,
		beside: again(asRoot("systemctl kill -s KILL user@1000.service; sleep 0.3;" + startManager + "; sleep 1")...),
	},
	{
		name: "manager-restarted", atATime: 4, mayRefuse: true, mayDie: true, mayLeave: true, restore: startManager,
		beside: again(asRoot("systemctl restart user@1000.service; sleep 1")...),
	},
}

// startManager starts the user's manager after it has failed.
const startManager = "systemctl reset-failed user@1000.service || true; systemctl start user@1000.service"

// absent is a case without some units of the system's. More is what else the case has.
func absent(name, units string, more testCase) testCase {
	return testCase{
		name: "no-" + name, atATime: 8, mayRefuse: more.mayRefuse,
		prepare: fmt.Sprintf("systemctl mask --runtime %[1]s 2>/dev/null; systemctl stop %[1]s 2>/dev/null || true", units),
		restore: fmt.Sprintf("systemctl unmask --runtime %[1]s 2>/dev/null; systemctl start %[1]s || true;%[2]s", units, more.restore),
	}
}
