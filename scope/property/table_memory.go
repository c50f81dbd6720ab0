package property

// memoryRows are limits of memory (systemd.resource-control(5)).
var memoryRows = []Info{
	{Name: "MemoryAccounting", syntax: boolSyntax, Controller: "memory", Help: "count memory; on by default"},
	{Name: "MemoryHigh", syntax: func() syntax { return limitSyntax(infinite).refuse(notNothing) }, Controller: "memory", File: "memory.high", Reset: true,
		Help: "memory above which the scope is throttled"},
	{Name: "MemoryLow", syntax: func() syntax { return limitSyntax(0) }, Since: 240, Controller: "memory", File: "memory.low", Reset: true,
		Help: "memory that is reclaimed last"},
	{Name: "MemoryMax", syntax: func() syntax { return limitSyntax(infinite).refuse(notNothing) }, Controller: "memory", File: "memory.max", Reset: true,
		Help: "memory above which the OOM killer kills"},
	{Name: "MemoryMin", syntax: func() syntax { return limitSyntax(0) }, Since: 240, Controller: "memory", File: "memory.min", Reset: true,
		Help: "memory that is never reclaimed"},
	{Name: "MemorySwapMax", syntax: func() syntax { return limitSyntax(infinite) }, Controller: "memory", File: "memory.swap.max", Reset: true,
		Help: "swap that the scope may use"},
	{Name: "MemoryZSwapMax", syntax: func() syntax { return limitSyntax(infinite) }, Since: 253, Controller: "memory", File: "memory.zswap.max", Reset: true,
		Help: "compressed swap that the scope may use"},
	{Name: "MemoryZSwapWriteback", syntax: boolSyntax, Since: 256, Controller: "memory", File: "memory.zswap.writeback",
		Help: "whether compressed swap may be written to disk"},
	// D-Bus has these; systemd-run(1) does not know them.
	{Name: "StartupMemoryHigh", syntax: func() syntax { return sizeSyntax(infinite).refuse(notNothing) }, Since: 254, Controller: "memory", Reset: true,
		Help: "MemoryHigh, " + startupOnly},
	{Name: "StartupMemoryLow", syntax: func() syntax { return sizeSyntax(0) }, Since: 254, Controller: "memory", Reset: true, Help: "MemoryLow, " + startupOnly},
	{Name: "StartupMemoryMax", syntax: func() syntax { return sizeSyntax(infinite).refuse(notNothing) }, Since: 254, Controller: "memory", Reset: true,
		Help: "MemoryMax, " + startupOnly},
	{Name: "StartupMemorySwapMax", syntax: func() syntax { return sizeSyntax(infinite) }, Since: 254, Controller: "memory", Reset: true,
		Help: "MemorySwapMax, " + startupOnly},
	{Name: "StartupMemoryZSwapMax", syntax: func() syntax { return sizeSyntax(infinite) }, Since: 254, Controller: "memory", Reset: true,
		Help: "MemoryZSwapMax, " + startupOnly},
}
