package rig

import (
	"fmt"
	"strings"
)

// accelerator is what runs the guest's code.
type accelerator string

const (
	kvm accelerator = "kvm" // the host's processor
	tcg accelerator = "tcg" // QEMU's translator, everywhere
)

// slowness is how many times slower than on the host programs run.
func (a accelerator) slowness() int {
	if a == tcg {
		return 30
	}
	return 1
}

// args also names the processor: everything the accelerator can offer.
func (a accelerator) args() []string {
	name, model := string(a), "max"
	if a == tcg {
		name += ",thread=multi" // else both virtual processors share a thread
		model += ",la57=off"    // a page walk less: programs run 5 to 10 % faster
	}
	return []string{"-accel", name, "-cpu", model}
}

// device is a part of a virtual machine, as QEMU's command line has it. File
// names are relative to QEMU's working directory, which spares the escaping.
type device interface{ args() []string }

// board is a machine with nothing on it, not even what QEMU adds by default.
type board struct {
	Processors int
	MemoryMiB  int
}

func (b board) args() []string {
	return []string{
		"-no-user-config", "-nodefaults", "-display", "none", "-machine", "q35",
		"-smp", fmt.Sprint(b.Processors), "-m", fmt.Sprint(b.MemoryMiB),
	}
}

// kernel is what the machine runs, also after it reboots.
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
	// Keep makes File hold what is written. Else that goes to a file which
	// QEMU unlinks as soon as it has it open, so that nothing can stay behind.
	Keep bool
}

func (d disk) args() []string {
	// The host may lose power, and then the cache is the smallest loss.
	drive := "if=virtio,format=qcow2,cache=unsafe,file=" + d.File
	if !d.Keep {
		drive += ",snapshot=on"
	}
	return []string{"-drive", drive}
}

// network is a card with nothing to reach on it but the guest's sshd, through a
// port of the host's loopback interface. The host's kernel picks the port:
// [monitor.forwardedPort] tells it.
type network struct{}

func (network) args() []string {
	return []string{
		"-netdev", fmt.Sprintf("user,id=network,restrict=on,hostfwd=tcp:127.0.0.1:0-:%d", sshPort),
		"-device", "virtio-net-pci,netdev=network,romfile=", // nothing boots from it
	}
}

// console is the serial line /dev/ttyS0, written to QEMU's standard output.
type console struct{}

func (console) args() []string {
	return []string{"-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console"}
}

// monitorAt takes commands from a connected socket that QEMU inherits.
type monitorAt struct{ FD int }

func (m monitorAt) args() []string {
	return []string{"-chardev", fmt.Sprintf("socket,id=monitor,fd=%d", m.FD), "-mon", "chardev=monitor,mode=control"}
}

// dormant makes the machine wait for a state to go on from, instead of booting.
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
