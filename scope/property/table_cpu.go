package property

// startupOnly is when some properties have an effect.
const startupOnly = "only while the manager starts or stops"

// cpuRows are limits and shares of the CPUs (systemd.resource-control(5)).
var cpuRows = []Info{
	{Name: "AllowedCPUs", syntax: func() syntax { return cpuSetSyntax("CPUS") }, Since: 244, Controller: "cpuset", File: "cpuset.cpus", Reset: true,
		Help: "the CPUs that the scope may run on"},
	{Name: "AllowedMemoryNodes", syntax: func() syntax { return cpuSetSyntax("NODES") }, Since: 244, Controller: "cpuset", File: "cpuset.mems", Reset: true,
		Help: "the NUMA nodes that its memory may come from"},
	{Name: "CPUQuota", wire: "CPUQuotaPerSecUSec", syntax: quotaSyntax, Controller: "cpu", File: "cpu.max", Reset: true,
		Help: "CPU time, as a share of one CPU"},
	{Name: "CPUQuotaPeriodSec", wire: "CPUQuotaPeriodUSec", syntax: func() syntax { return spanSyntax().orEmpty(uint64(infinite)) }, Since: 242,
		Controller: "cpu", File: "cpu.max", Reset: true, Help: "the period over which CPUQuota is measured, 1ms to 1s"},
	{Name: "CPUSetPartition", syntax: func() syntax { return oneOf("member", "root", "isolated").orEmpty("") }, Since: 261,
		Controller: "cpuset", File: "cpuset.cpus.partition", Reset: true, Help: "whether AllowedCPUs are taken from everyone else"},
	{Name: "CPUWeight", syntax: cpuWeightSyntax, Controller: "cpu", File: "cpu.weight", Reset: true,
		Help: "share of the CPU under contention"},
	{Name: "StartupAllowedCPUs", syntax: func() syntax { return cpuSetSyntax("CPUS") }, Since: 250, Controller: "cpuset", Reset: true,
		Help: "AllowedCPUs, " + startupOnly},
	{Name: "StartupAllowedMemoryNodes", syntax: func() syntax { return cpuSetSyntax("NODES") }, Since: 250, Controller: "cpuset", Reset: true,
		Help: "AllowedMemoryNodes, " + startupOnly},
	{Name: "StartupCPUWeight", syntax: cpuWeightSyntax, Controller: "cpu", Reset: true, Help: "CPUWeight, " + startupOnly},
}

// tasksRows limit processes and threads.
var tasksRows = []Info{
	{Name: "TasksAccounting", syntax: boolSyntax, Controller: "pids", Help: "count processes and threads; on by default"},
	{Name: "TasksMax", syntax: tasksSyntax, Controller: "pids", File: "pids.max", Reset: true, Help: "processes and threads"},
}
