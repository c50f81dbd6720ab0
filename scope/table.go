package scope

// PropertyInfo describes a property that a scope can have.
type PropertyInfo struct {
	// Name is the property's name in unit files, as in "RuntimeMaxSec".
	Name string
	// Help says in a line what the property does.
	Help string
	// Since is the systemd version that has it for scopes first, 0 if all
	// supported versions have it.
	Since int

	wire   string // the name on the bus where that differs
	syntax syntax
}

// Metavar stands for the value in help texts, as in "SPAN".
func (r PropertyInfo) Metavar() string { return r.syntax.metavar }

// table has a row for each property. Parsing, wire types and help come from it.
var table = []PropertyInfo{
	{Name: "Description", syntax: textSyntax(), Help: "what the unit is, for people"},
	{Name: "Documentation", syntax: wordsSyntax("URI"), Help: "where to read about it"},
	{Name: "Slice", syntax: sliceSyntax(), Help: "the slice that the scope is placed in"},
	{Name: "CollectMode", syntax: oneOf("inactive", "inactive-or-failed"), Help: "whether a failed unit is unloaded"},

	{Name: "RuntimeMaxSec", wire: "RuntimeMaxUSec", syntax: spanSyntax(), Help: "stop the scope after SPAN"},
	{Name: "RuntimeRandomizedExtraSec", wire: "RuntimeRandomizedExtraUSec", syntax: spanSyntax(),
		Help: "up to SPAN more than RuntimeMaxSec, evenly random"},
	{Name: "TimeoutStopSec", wire: "TimeoutStopUSec", syntax: spanSyntax(), Help: "from the stop signal to SIGKILL"},
	{Name: "OOMPolicy", syntax: oneOf("continue", "stop", "kill"), Since: 253,
		Help: "what an OOM kill in the scope means for the rest of it"},

	{Name: "KillSignal", syntax: signalSyntax(), Help: "the signal that stops the scope"},
	{Name: "SendSIGHUP", syntax: boolSyntax(), Help: "send SIGHUP right after the stop signal"},
	{Name: "SendSIGKILL", syntax: boolSyntax(), Help: "send SIGKILL after TimeoutStopSec"},

	{Name: "CPUQuota", wire: "CPUQuotaPerSecUSec", syntax: quotaSyntax(), Help: "CPU time, as a share of one CPU"},
	{Name: "CPUWeight", syntax: weightSyntax(), Help: "share of the CPU under contention"},
	{Name: "MemoryMin", syntax: limitSyntax(0), Help: "memory that is never reclaimed"},
	{Name: "MemoryLow", syntax: limitSyntax(0), Help: "memory that is reclaimed last"},
	{Name: "MemoryHigh", syntax: limitSyntax(infinite), Help: "memory above which the scope is throttled"},
	{Name: "MemoryMax", syntax: limitSyntax(infinite), Help: "memory above which the OOM killer comes"},
	{Name: "MemorySwapMax", syntax: limitSyntax(infinite), Help: "swap that the scope may use"},
	{Name: "MemoryZSwapMax", syntax: limitSyntax(infinite), Since: 253, Help: "compressed swap that the scope may use"},
	{Name: "TasksMax", syntax: tasksSyntax(), Help: "processes and threads"},
}
