package property

// memoryRows are limits of memory (systemd.resource-control(5)).
var memoryRows = []Info{
	{Name: "MemoryAccounting", syntax: boolSyntax(), Controller: "memory", Help: "count memory; on by default"},
	{Name: "MemoryHigh", syntax: limitSyntax(infinite).refuse(notNothing), Controller: "memory", File: "memory.high", Reset: true,
		Help: "memory above which the scope is throttled"},
	{Name: "MemoryLow", syntax: limitSyntax(0), Since: 240, Controller: "memory", File: "memory.low", Reset: true,
		Help: "memory that is reclaimed last"},
	{Name: "MemoryMax", syntax: limitSyntax(infinite).refuse(notNothing), Controller: "memory", File: "memory.max", Reset: true,
		Help: "memory above which the OOM killer kills"},
	{Name: "MemoryMin", syntax: limitSyntax(0), Since: 240, Controller: "memory", File: "memory.min", Reset: true,
		Help: "memory that is never reclaimed"},
	{Name: "MemorySwapMax", syntax: limitSyntax(infinite), Controller: "memory", File: "memory.swap.max", Reset: true,
		Help: "swap that the scope may use"},
	{Name: "MemoryZSwapMax", syntax: limitSyntax(infinite), Since: 253, Controller: "memory", File: "memory.zswap.max", Reset: true,
		Help: "compressed swap that the scope may use"},
	{Name: "MemoryZSwapWriteback", syntax: boolSyntax(), Since: 256, Controller: "memory", File: "memory.zswap.writeback",
		Help: "whether compressed swap may be written to disk"},
	// D-Bus has these; systemd-run(1) does not know them.
	{Name: "StartupMemoryHigh", syntax: sizeSyntax(infinite).refuse(notNothing), Since: 254, Controller: "memory", Reset: true,
		Help: "MemoryHigh, " + startupOnly},
	{Name: "StartupMemoryLow", syntax: sizeSyntax(0), Since: 254, Controller: "memory", Reset: true, Help: "MemoryLow, " + startupOnly},
	{Name: "StartupMemoryMax", syntax: sizeSyntax(infinite).refuse(notNothing), Since: 254, Controller: "memory", Reset: true,
		Help: "MemoryMax, " + startupOnly},
	{Name: "StartupMemorySwapMax", syntax: sizeSyntax(infinite), Since: 254, Controller: "memory", Reset: true,
		Help: "MemorySwapMax, " + startupOnly},
	{Name: "StartupMemoryZSwapMax", syntax: sizeSyntax(infinite), Since: 254, Controller: "memory", Reset: true,
		Help: "MemoryZSwapMax, " + startupOnly},
}
