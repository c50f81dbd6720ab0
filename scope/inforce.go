package scope

import (
	"bytes"
	"os"
	"strconv"
	"strings"
)

// force is how it can be seen that a limit is in force.
type force struct {
	// controller is what the scope's cgroup needs: the name of a cgroup
	// controller, or bpf.
	controller string
	// file is where the kernel shows the limit; empty if it cannot be read back,
	// and the controller has to do. other is where older kernels or other
	// schedulers show it.
	file, other string
	// shows tells whether the file's content is what was asked for.
	shows func(value any, content string) bool
}

// bpf stands for the programs that the manager attaches to the cgroup, which needs
// privilege.
const bpf = "bpf"

// inForce lists the properties that limit something.
var inForce = map[string]force{
	"MemoryMin":      {controller: "memory", file: "memory.min", shows: showsBytes},
	"MemoryLow":      {controller: "memory", file: "memory.low", shows: showsBytes},
	"MemoryHigh":     {controller: "memory", file: "memory.high", shows: showsBytes},
	"MemoryMax":      {controller: "memory", file: "memory.max", shows: showsBytes},
	"MemorySwapMax":  {controller: "memory", file: "memory.swap.max", shows: showsBytes},
	"MemoryZSwapMax": {controller: "memory", file: "memory.zswap.max", shows: showsBytes},

	"TasksMax": {controller: "pids", file: "pids.max", shows: showsCount},

	"CPUWeight":          {controller: "cpu", file: "cpu.weight", shows: showsWeight},
	"CPUQuota":           {controller: "cpu", file: "cpu.max", shows: showsQuota},
	"AllowedCPUs":        {controller: "cpuset", file: "cpuset.cpus", shows: showsSet},
	"AllowedMemoryNodes": {controller: "cpuset", file: "cpuset.mems", shows: showsSet},

	"IOWeight": {controller: "io", file: "io.weight", other: "io.bfq.weight", shows: showsIOWeight},

	"MemoryZSwapWriteback": {controller: "memory"}, "StartupMemoryLow": {controller: "memory"},
	"StartupMemoryHigh": {controller: "memory"}, "StartupMemoryMax": {controller: "memory"},
	"StartupMemorySwapMax": {controller: "memory"}, "StartupMemoryZSwapMax": {controller: "memory"},

	"CPUQuotaPeriodSec": {controller: "cpu"}, "StartupCPUWeight": {controller: "cpu"},

	"StartupAllowedCPUs": {controller: "cpuset"}, "StartupAllowedMemoryNodes": {controller: "cpuset"},
	"CPUSetPartition": {controller: "cpuset"},

	"IOAccounting": {controller: "io"}, "StartupIOWeight": {controller: "io"}, "IODeviceWeight": {controller: "io"},
	"IOReadBandwidthMax": {controller: "io"}, "IOWriteBandwidthMax": {controller: "io"},
	"IOReadIOPSMax": {controller: "io"}, "IOWriteIOPSMax": {controller: "io"},
	"IODeviceLatencyTargetSec": {controller: "io"},

	"IPAccounting": {controller: bpf}, "IPAddressAllow": {controller: bpf}, "IPAddressDeny": {controller: bpf},
	"IPIngressFilterPath": {controller: bpf}, "IPEgressFilterPath": {controller: bpf}, "BPFProgram": {controller: bpf},
	"SocketBindAllow": {controller: bpf}, "SocketBindDeny": {controller: bpf},
	"RestrictNetworkInterfaces": {controller: bpf}, "BindNetworkInterface": {controller: bpf}, "NFTSet": {controller: bpf},
	"DevicePolicy": {controller: bpf}, "DeviceAllow": {controller: bpf},
}

// isOff tells a value that asks for no limit, which is in force without anything.
func (in force) isOff(p Property) bool {
	switch v := p.value.(type) {
	case bool:
		return !v
	case uint64:
		return v == infinite
	case []byte:
		return len(v) == 0
	}
	return p.text == ""
}

// showsBytes is a size, which the kernel rounds down to pages.
func showsBytes(value any, content string) bool {
	v, ok := value.(uint64)
	n, err := strconv.ParseUint(content, 10, 64)
	return ok && err == nil && n == v&^(uint64(os.Getpagesize())-1)
}

// showsCount is a number.
func showsCount(value any, content string) bool {
	v, ok := value.(uint64)
	return ok && content == strconv.FormatUint(v, 10)
}

// showsWeight is a weight, of which idle is 0 on the bus and another file's in the
// kernel, where the weight then is 0 as well.
func showsWeight(value any, content string) bool { return showsCount(value, content) }

// showsQuota is the time in each period, both in microseconds, of which the manager
// rounds what is too small:
//
//	20500 100000
func showsQuota(value any, content string) bool {
	perSecond, ok := value.(uint64)
	quota, period, _ := strings.Cut(content, " ")
	q, err := strconv.ParseUint(quota, 10, 64)
	p, err2 := strconv.ParseUint(period, 10, 64)
	if !ok || err != nil || err2 != nil || p == 0 {
		return false
	}
	held := float64(q) / float64(p) * usecPerSecond
	return held > 0.99*float64(perSecond) && held < 1.01*float64(perSecond)
}

// showsIOWeight is the weight that devices have unless they have one of their own:
//
//	default 50
//	8:0 100
func showsIOWeight(value any, content string) bool {
	first, _, _ := strings.Cut(content, "\n")
	return showsCount(value, strings.TrimPrefix(first, "default "))
}

// showsSet is a set of numbers, on the bus a bitmap, in the kernel a list:
//
//	0-3,8
func showsSet(value any, content string) bool {
	asked, ok := value.([]byte)
	if !ok {
		return false
	}
	held, err := parseCPUSet(content)
	return err == nil && bytes.Equal(bytes.TrimRight(asked, "\x00"), bytes.TrimRight(held, "\x00"))
}
