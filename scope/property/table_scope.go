package property

// scopeRows are the properties that only scopes have, or that scopes have in their own
// way.
var scopeRows = []Info{
	{Name: "Group", syntax: func() syntax { return checked("GROUP", checkOwner).orEmpty("") }, Reset: true,
		Help: "with Delegate, the group that owns the scope's cgroup; never the command's"},
	{Name: "OOMPolicy", syntax: func() syntax { return oneOf("continue", "stop", "kill") }, Since: 253,
		Help: "what an OOM kill in the scope means for its other processes"},
	{Name: "RuntimeMaxSec", wire: "RuntimeMaxUSec", syntax: spanSyntax, Since: 244, Help: "stop the scope after SPAN"},
	{Name: "RuntimeRandomizedExtraSec", wire: "RuntimeRandomizedExtraUSec", syntax: spanSyntax, Since: 250,
		Help: "up to SPAN more than RuntimeMaxSec, at random"},
	{Name: "TimeoutStopSec", wire: "TimeoutStopUSec", syntax: spanSyntax, Help: "the time from the stop signal to SIGKILL"},
	{Name: "User", syntax: func() syntax { return checked("USER", checkOwner).orEmpty("") }, Reset: true,
		Help: "with Delegate, the user who owns the scope's cgroup; never the command's"},
}

// killRows say how the manager stops the scope's processes (systemd.kill(5)).
var killRows = []Info{
	{Name: "FinalKillSignal", syntax: signalSyntax, Since: 240, Help: "the last signal, instead of SIGKILL"},
	{Name: "KillMode", syntax: func() syntax { return oneOf("control-group", "mixed", "process", "none") }, Help: "which processes are signalled",
		surprising: []surprise{
			{"mixed", "a scope has no main process: stopping it sends SIGKILL at once, and no stop signal"},
			{"process", "a scope has no main process: stopping it signals nothing and leaves all processes running"},
			{"none", "stopping the scope signals nothing and leaves all processes running"},
		}},
	{Name: "KillSignal", syntax: signalSyntax, Help: "the signal that stops the scope"},
	{Name: "RestartKillSignal", syntax: signalSyntax, Since: 244, Help: "the stop signal of a restart",
		futile: "scopes cannot be restarted"},
	{Name: "SendSIGHUP", syntax: boolSyntax, Help: "send SIGHUP right after the stop signal"},
	{Name: "SendSIGKILL", syntax: boolSyntax, Help: "send SIGKILL after TimeoutStopSec"},
	{Name: "WatchdogSignal", syntax: signalSyntax, Since: 240, Help: "the signal when a watchdog expires",
		futile: "scopes have no watchdog"},
}
