package rig

import (
	"fmt"
	"strings"
)

// accelerator says how QEMU runs the guest's code.
type accelerator string

const (
	kvm accelerator = "kvm" // on the host's processor
	// QEMU's translator works everywhere.
	threads accelerator = "tcg,thread=multi"  // a thread for each virtual processor
	thread  accelerator = "tcg,thread=single" // one for all of them
)

// slowness is how many times slower programs run than on the host.
func (a accelerator) slowness() int {
	if a == kvm {
		return 1
	}
	return 30
}

// translator is how QEMU of a version translates the guest's code. Before 8.1 one virtual processor
// could translate code that another was just changing, and go on with what it was before. A kernel for
// amd64 puts breakpoints into its own code for a moment ("Oops: int3"): of some forty machines,
// two went silent.
func translator(version string) accelerator {
	var major, minor int
	_, rest, _ := strings.Cut(version, "version ")
	if _, err := fmt.Sscanf(rest, "%d.%d", &major, &minor); err != nil || major < 8 || major == 8 && minor < 1 {
		return thread
	}
	return threads
}

// device is a part of a virtual machine on QEMU's command line. File names are relative
// to QEMU's working directory, so they need no escaping.
type device interface{ args() []string }

// board is a machine without devices, not even QEMU's default ones.
type board struct {
	architecture
	Processors int
	MemoryMiB  int
}

func (b board) args() []string {
	return []string{
		"-no-user-config", "-nodefaults", "-display", "none", "-machine", b.board,
		"-smp", fmt.Sprint(b.Processors), "-m", fmt.Sprint(b.MemoryMiB),
	}
}

// processor is the processor's model with all features of the accelerator.
type processor struct {
	architecture
	accelerator
}

func (p processor) args() []string {
	model := "max"
	if p.accelerator != kvm {
		model += p.model
	}
	return []string{"-accel", string(p.accelerator), "-cpu", model}
}

// kernel is the kernel that the machine boots, also on a reboot.
type kernel struct {
	Image, Initrd string
	CommandLine   []string
}

func (k kernel) args() []string {
	return []string{"-kernel", k.Image, "-initrd", k.Initrd, "-append", strings.Join(k.CommandLine, " ")}
}

// disk is /dev/vda.
type disk struct {
	File string // in qcow2 format
	// Keep makes writes go to File. Otherwise they go to a file that QEMU unlinks as
	// soon as it is open, so that no file is left behind.
	Keep bool
}

func (d disk) args() []string {
	// If the host loses power, the image cache is the smallest loss.
	drive := "if=virtio,format=qcow2,cache=unsafe,file=" + d.File
	if !d.Keep {
		drive += ",snapshot=on"
	}
	return []string{"-drive", drive}
}

// network is a network card on which only the guest's sshd can be reached, through a port
// of the host's loopback interface. The host's kernel picks the port, and
// [monitor.forwardedPort] returns it.
type network struct{}

func (network) args() []string {
	return []string{
		"-netdev", fmt.Sprintf("user,id=network,restrict=on,hostfwd=tcp:127.0.0.1:0-:%d", sshPort),
		"-device", "virtio-net-pci,netdev=network,romfile=", // nothing boots from it
	}
}

// console is the first serial line, written to QEMU's standard output.
type console struct{}

func (console) args() []string {
	return []string{"-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console"}
}

// monitorAt makes QEMU take commands from an inherited connected socket.
type monitorAt struct{ FD int }

func (m monitorAt) args() []string {
	return []string{"-chardev", fmt.Sprintf("socket,id=monitor,fd=%d", m.FD), "-mon", "chardev=monitor,mode=control"}
}

// dormant makes the machine wait for a saved state instead of booting.
type dormant struct{}

func (dormant) args() []string { return []string{"-incoming", "defer"} }

// qemuArgs is the command line for a machine made of devices.
func qemuArgs(devices ...device) []string {
	var args []string
	for _, d := range devices {
		args = append(args, d.args()...)
	}
	return args
}
