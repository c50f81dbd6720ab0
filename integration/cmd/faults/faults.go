package main

// fault is what goes wrong.
type fault struct {
	name   string
	trial  string // of the program that runs on the machine
	share  int    // of the launches, in percent
	beside string // what root repeats meanwhile
}

var faults = []fault{
	{"nothing", "plain", 100, ""},
	{"200 at once", "many", 200, ""},
	{"gorun --exec", "exec", 100, ""},
	{"gorun -b", "background", 100, ""},
	{"gorun is killed", "kill", 200, ""},
	{"gorun is stopped", "stop", 100, ""},
	{"gorun gets a signal", "signals", 200, ""},
	{"gorun crashes", "crash", 50, ""},
	{"the user's manager is reloaded", "reload", 100, ""},
	{"the user's manager is re-executed", "reexec", 100, ""},
	{"the system's manager is reloaded", "plain", 100, "systemctl daemon-reload"},
	{"the system's manager is re-executed", "plain", 100, "systemctl daemon-reexec; sleep 2"},
	{"the system's manager is re-executed all the time", "services", 50, "systemctl daemon-reexec"},
	{"logind is restarted", "services", 100, "systemctl reset-failed systemd-logind; systemctl restart systemd-logind; sleep 0.2"},
	{"logind is away", "services", 100, "systemctl stop systemd-logind; sleep 0.3; systemctl start systemd-logind; sleep 0.3"},
	{"the system's bus is restarted", "services", 100, "systemctl reset-failed dbus; systemctl restart dbus; sleep 0.5"},
	{"the journal is restarted", "services", 100, "systemctl reset-failed systemd-journald; systemctl restart systemd-journald; sleep 0.2"},
	{"few files may be open", "few-files", 100, ""},
	{"few processes may be made", "few-processes", 100, ""},
	{"little memory is there", "little-memory", 100, ""},
	{"files must be small", "small-files", 100, ""},
	{"the scope has few tasks", "few-tasks", 100, ""},
	{"polkit is absent", "no-polkit", 50, ""},
	{"logind is absent", "no-logind", 50, ""},
	{"the journal is absent", "no-journal", 50, ""},
	{"the system's bus is absent", "no-bus", 50, ""},
	{"the user's manager is killed", "manager-killed", 50, ""},
	{"the user's manager is restarted", "manager-restarted", 50, ""},
	{"the home is full", "full-home", 50, ""},
	{"/run/user is full", "full-runtime", 50, ""},
	{"the home is read-only", "read-only-home", 50, ""},
	{"there is no home", "no-home", 50, ""},
	{"the working directory is gone", "no-directory", 50, ""},
	{"0, 1 and 2 are closed", "closed", 100, ""},
	{"nobody reads standard error", "broken-pipe", 50, ""},
	{"arguments are odd", "arguments", 100, ""},
	{"the environment is odd", "environment", 100, ""},
	{"names are odd", "names", 100, ""},
	{"traps are around", "traps", 100, ""},
	{"FIFOs lie where files were", "fifos", 50, ""},
	{"a login, a service and cron start many at once", "together", 250, ""},
}

// onVMs are faults for virtual machines only: a container has no controller for memory, and the
// clock of the host.
var onVMs = []fault{
	{"the scope has little memory", "scarce-memory", 100, ""},
	{"the clock jumps", "clock", 50, "date -s '2 hours' >/dev/null; sleep 0.5; date -s '4 hours ago' >/dev/null; sleep 0.5; date -s '2 hours' >/dev/null; sleep 0.5"},
}

// soak is a little of all that, for a long time.
var soak = fault{"soak", "soak", 100, ""}
