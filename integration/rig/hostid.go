package rig

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// hostID is a hash of what a state depends on: QEMU, its command line, the processor,
// whether KVM can be tried, and the warm-up script.
func hostID(ctx context.Context, a architecture) (string, error) {
	version, err := exec.CommandContext(ctx, a.qemu, "--version").Output()
	if err != nil {
		return "", fmt.Errorf("find QEMU: %w", err)
	}
	cpuinfo, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\n%q\n%q\n%q\n%s\n", version, processorModel(string(cpuinfo)),
		machineArgs(processor{a, threads}, disk{}), a.accelerators(), warmUpScript)
	return hex.EncodeToString(sum.Sum(nil))[:12], nil
}

// processorModel returns the lines with a processor's model and features, from a file
// with lines like
//
//	model name	: AMD EPYC
//	cpu MHz		: 2596.094
//	flags		: fpu vme de pse
func processorModel(cpuinfo string) []string {
	first, _, _ := strings.Cut(cpuinfo, "\n\n") // all processors are alike
	var model []string
	for line := range strings.Lines(first) {
		if strings.HasPrefix(line, "model name") || strings.HasPrefix(line, "flags") {
			model = append(model, line)
		}
	}
	return model
}

// accelerators lists the accelerators to try, best first.
func (a architecture) accelerators() []accelerator {
	if a.foreign() {
		return []accelerator{threads} // arm64 code has no such breakpoints
	}
	version, _ := exec.Command(a.qemu, "--version").Output() // without it QEMU counts as old
	emulated := translator(string(version))
	f, err := os.OpenFile("/dev/kvm", os.O_RDWR, 0)
	if err != nil {
		return []accelerator{emulated}
	}
	f.Close()
	return []accelerator{kvm, emulated}
}
