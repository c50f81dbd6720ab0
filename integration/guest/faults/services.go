package main

import "fmt"

// services are cases in which what gorun asks is not there.
var services = []testCase{
	absent("polkit", "polkit.service", testCase{}),
	absent("logind", "systemd-logind.service", testCase{}),
	absent("journal", "systemd-journald.service systemd-journald.socket systemd-journald-dev-log.socket systemd-journald-audit.socket", testCase{
		restore: removeRecords,
	}),
	// Root changes the clock meanwhile. The journal then begins a new file, and is not readable for a moment.
	{name: "clock", atATime: 8, restore: removeRecords},
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

// removeRecords removes the records that are in files because the journal could not be read.
const removeRecords = "state=" + home + "/.local/state/gorun; rm -f $state/*.record $state/.machine-* $state/.number"

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
