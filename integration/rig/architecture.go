package rig

import (
	"fmt"
	"runtime"
)

// architecture is a kind of processor, with what differs between QEMU's machines.
type architecture struct {
	Name    string // Debian's, which is also Go's
	qemu    string // emulates or runs a machine
	board   string // QEMU's name of the machine
	console string // the first serial line
	// model is added to the processor's model under emulation, and kernel to the kernel's
	// command line.
	model, kernel string
}

// architectures lists those for which machines can be built.
var architectures = []architecture{
	{
		Name: "amd64", qemu: "qemu-system-x86_64", board: "q35", console: "ttyS0",
		// A shorter page walk: programs run 5 to 10 % faster. The kernel's allocator uses
		// cmpxchg16b if there is one. QEMU 7.2 once left an address in the flags after
		// it, and the kernel panicked.
		model: ",la57=off,cx16=off",
		// If a guest has to wait for the processor, its emulated clock can look
		// unstable. The fallback clock is slow.
		kernel: "tsc=reliable",
	},
	{
		Name: "arm64", qemu: "qemu-system-aarch64", board: "virt", console: "ttyAMA0",
		// Arm's own algorithm for pointer authentication takes half of the time.
		model: ",pauth-impdef=on",
	},
}

// architectureNamed finds an architecture by its name.
func architectureNamed(name string) architecture {
	for _, a := range architectures {
		if a.Name == name {
			return a
		}
	}
	panic(fmt.Sprintf("no architecture %q", name)) // suites have only those above
}

// foreign reports whether this host's processor cannot run the architecture's programs.
func (a architecture) foreign() bool { return a.Name != runtime.GOARCH }
