package property

// inheritsMore is why defaults for other units have no effect.
const inheritsMore = "a scope has no units below it that could inherit it; systemd since 258 ignores it"

// legacyRows are properties that systemd 257 accepts without an effect on cgroup v2, and
// that 258 and later ignore.
func legacyRows() []Info {
	return []Info{
		legacy("BlockIOAccounting", boolSyntax(), "IOAccounting"),
		legacyList("BlockIODeviceWeight", deviceWeightSyntax(10, 1000), "IODeviceWeight"),
		legacyList("BlockIOReadBandwidth", deviceRateSyntax("BYTES"), "IOReadBandwidthMax"),
		legacy("BlockIOWeight", weightSyntax(10, 1000), "IOWeight"),
		legacyList("BlockIOWriteBandwidth", deviceRateSyntax("BYTES"), "IOWriteBandwidthMax"),
		{Name: "CPUAccounting", syntax: boolSyntax, Help: "count CPU time",
			futile: "CPU time is always counted; systemd since 258 ignores it"},
		legacy("CPUShares", weightSyntax(2, 262144), "CPUWeight"),
		{Name: "DefaultMemoryLow", syntax: func() syntax { return limitSyntax(0) }, Reset: true, Help: "MemoryLow of the units below", futile: inheritsMore},
		{Name: "DefaultMemoryMin", syntax: func() syntax { return limitSyntax(0) }, Reset: true, Help: "MemoryMin of the units below", futile: inheritsMore},
		{Name: "DefaultStartupMemoryLow", syntax: func() syntax { return sizeSyntax(0) }, Since: 254, Reset: true,
			Help: "StartupMemoryLow of the units below", futile: inheritsMore},
		legacy("MemoryLimit", limitSyntax(infinite).refuse(notNothing), "MemoryMax"),
		legacy("StartupBlockIOWeight", weightSyntax(10, 1000), "StartupIOWeight"),
		legacy("StartupCPUShares", weightSyntax(2, 262144), "StartupCPUWeight"),
	}
}

// legacy is the row of a property of cgroup v1 that has a successor.
func legacy(name string, s syntax, successor string) Info {
	_, _, err := s.parse("")
	return Info{
		Name: name, syntax: func() syntax { return s }, Reset: err == nil, Help: successor + " of cgroup v1",
		futile: "it is for cgroup v1 and does nothing on cgroup v2; use " + successor,
	}
}

func legacyList(name string, s syntax, successor string) Info {
	row := legacy(name, s, successor)
	row.List = true
	return row
}
