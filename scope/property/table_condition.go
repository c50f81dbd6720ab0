package property

// conditionType is a check that the manager can make before a unit starts
// (systemd.unit(5), condition.c).
type conditionType struct {
	name    string
	metavar string
	since   int
	text    string // completes "unless"
	check   func(param string) error
}

var conditionTypes = []conditionType{
	{"ACPower", "BOOL", 0, "the machine is on AC power, or is not", anything},
	{"Architecture", "NAME", 0, "the machine is of the architecture", anything},
	{"CPUFeature", "FLAG", 248, "the CPU has the feature", anything},
	{"CPUPressure", "PRESSURE", 250, "the CPU pressure is below", anything},
	{"CPUs", "COMPARISON", 244, "there are that many CPUs", anything},
	{"Capability", "CAPABILITY", 0, "the capability is in the manager's bounding set", anything},
	{"ControlGroupController", "CONTROLLER", 0, "the cgroup controller is available", anything},
	{"Credential", "NAME", 252, "the manager has the credential", anything},
	{"DirectoryNotEmpty", "PATH", 0, "the directory is not empty", checkAbsolute},
	{"Environment", "NAME[=VALUE]", 246, "the manager's environment has the variable", anything},
	{"FileIsExecutable", "PATH", 0, "the file can be executed", checkAbsolute},
	{"FileNotEmpty", "PATH", 0, "the file is not empty", checkAbsolute},
	{"Firmware", "FIRMWARE", 249, "the machine has that kind of firmware", anything},
	{"FirstBoot", "BOOL", 0, "the system boots for the first time, or does not", anything},
	{"Fraction", "PERCENT", 261, "the machine is in that share of all machines", anything},
	{"Group", "GROUP", 0, "the manager runs with the group", anything},
	{"Host", "NAME|ID", 0, "the machine has the name or ID", anything},
	{"IOPressure", "PRESSURE", 250, "the IO pressure is below", anything},
	{"KernelCommandLine", "WORD", 0, "the kernel was booted with the word", anything},
	{"KernelModuleLoaded", "MODULE", 258, "the kernel module is loaded", anything},
	{"KernelVersion", "COMPARISON", 0, "the kernel is of the version", anything},
	{"MachineTag", "TAG", 261, "the machine has the tag", anything},
	{"Memory", "COMPARISON", 244, "the machine has that much memory", anything},
	{"MemoryPressure", "PRESSURE", 250, "the memory pressure is below", anything},
	{"NeedsUpdate", "PATH", 0, "/etc or /var is older than /usr", checkAbsolute},
	{"OSRelease", "COMPARISON", 249, "/etc/os-release says that", anything},
	{"PathExists", "PATH", 0, "the path exists", checkAbsolute},
	{"PathExistsGlob", "PATTERN", 0, "a path that matches exists", checkAbsolute},
	{"PathIsDirectory", "PATH", 0, "the path is a directory", checkAbsolute},
	{"PathIsEncrypted", "PATH", 246, "the file system is encrypted", checkAbsolute},
	{"PathIsMountPoint", "PATH", 0, "the path is a mount point", checkAbsolute},
	{"PathIsReadWrite", "PATH", 0, "the file system can be written to", checkAbsolute},
	{"PathIsSocket", "PATH", 260, "the path is a socket", checkAbsolute},
	{"PathIsSymbolicLink", "PATH", 0, "the path is a symbolic link", checkAbsolute},
	{"Security", "NAME", 0, "the kernel's security module or feature is on", anything},
	{"User", "USER", 0, "the manager runs as the user", anything},
	{"Version", "COMPARISON", 258, "the kernel, systemd or glibc is of the version", anything},
	{"Virtualization", "NAME", 0, "the system runs in that kind of virtual machine or container", anything},
}

// conditionRows are the rows of all conditions, or of all assertions. An empty value
// removes all of them, whatever their types.
func conditionRows(prefix, wire, help string) (rows []Info) {
	for _, c := range conditionTypes {
		name := prefix + c.name
		rows = append(rows, Info{
			Name: name, wire: wire, syntax: func() syntax { return conditionSyntax(name, c.metavar, c.check) }, Since: c.since,
			List: true, Reset: true, Help: help + c.text,
		})
	}
	return rows
}
