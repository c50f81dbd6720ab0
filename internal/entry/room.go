package entry

// Go's runtime needs threads and address space before main, and if the limits of the caller leave
// too few, it prints all goroutines and exits with 2, which COMMAND could have done. The instructions
// before the runtime refuse to start instead, with the status that is gorun's own. They ask for the
// limits, and where few processes may be made they make as many as there will be threads, each in the
// one before. Such a child shares all memory, and ends at once.
//
// Limitations: others may make processes between that and the threads, and a cgroup's limit on
// tasks is not looked at.

//lint:file-ignore U1000 the assembly reads them

var (
	// minSpace is the address space that the runtime reserves, in bytes, with some to spare.
	minSpace uint64 = 800_000 << 10
	// fewProcesses is the limit from which on it is only for runaway programs.
	fewProcesses uint64 = 4096
	// minProcesses is how many threads gorun has besides the first.
	minProcesses uint64 = 12
)

var (
	noSpace     = "gorun: error: cannot start: the limit on address space (ulimit -v) is under 800000\n"
	noProcesses = "gorun: error: cannot start: the limit on processes (ulimit -u) has no room for gorun's threads\n"
)
