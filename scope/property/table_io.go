package property

// ioRows are limits and shares of block devices (systemd.resource-control(5)). An
// assignment to one device leaves the others as they are.
var ioRows = []Info{
	{Name: "IOAccounting", syntax: boolSyntax, Controller: "io", Help: "count what is read and written; off by default"},
	{Name: "IODeviceLatencyTargetSec", wire: "IODeviceLatencyTargetUSec", syntax: func() syntax { return devicesSyntax("SPAN", parseSpan) }, Since: 240,
		Controller: "io", File: "io.latency", List: true, Reset: true, Help: "the latency that a device should keep"},
	{Name: "IODeviceWeight", syntax: func() syntax { return deviceWeightSyntax(1, 10000) }, Controller: "io", File: "io.weight", List: true, Reset: true,
		Help: "share of one device under contention"},
	{Name: "IOReadBandwidthMax", syntax: func() syntax { return deviceRateSyntax("BYTES") }, Controller: "io", File: "io.max", List: true, Reset: true,
		Help: "bytes read from a device in a second"},
	{Name: "IOReadIOPSMax", syntax: func() syntax { return deviceRateSyntax("N") }, Controller: "io", File: "io.max", List: true, Reset: true,
		Help: "reads from a device in a second"},
	{Name: "IOWeight", syntax: func() syntax { return weightSyntax(1, 10000) }, Controller: "io", File: "io.weight", Reset: true,
		Help: "share of all devices under contention"},
	{Name: "IOWriteBandwidthMax", syntax: func() syntax { return deviceRateSyntax("BYTES") }, Controller: "io", File: "io.max", List: true, Reset: true,
		Help: "bytes written to a device in a second"},
	{Name: "IOWriteIOPSMax", syntax: func() syntax { return deviceRateSyntax("N") }, Controller: "io", File: "io.max", List: true, Reset: true,
		Help: "writes to a device in a second"},
	{Name: "StartupIOWeight", syntax: func() syntax { return weightSyntax(1, 10000) }, Controller: "io", Reset: true, Help: "IOWeight, " + startupOnly},
}

// deviceRows say which device nodes can be opened.
var deviceRows = []Info{
	{Name: "DeviceAllow", syntax: deviceAllowSyntax, Controller: BPF, List: true, Reset: true,
		Help: "a device that may be used, and how"},
	{Name: "DevicePolicy", syntax: func() syntax { return oneOf("auto", "closed", "strict") }, Controller: BPF,
		Help: "which devices may be used without a DeviceAllow"},
}
