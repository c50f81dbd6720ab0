package scope

import (
	"testing"

	"gorun/scope/property"
)

// The contents are the kernel's.
func TestKernelShowsWhatWasAskedFor(t *testing.T) {
	const max = "254:0 rbps=1048576 wbps=max riops=max wiops=120\n254:16 rbps=max wbps=5 riops=max wiops=max"
	for _, c := range []struct {
		property, content string
		want              bool
	}{
		{"MemoryMax=100M", "104857600", true},
		{"MemoryMax=100000001", "99999744", true}, // pages
		{"MemoryMax=100M", "max", false},
		{"TasksMax=7", "7", true},
		{"TasksMax=7", "70", false},
		{"CPUQuota=20.5%", "20500 100000", true},
		{"CPUQuota=20%", "20500 100000", false},
		{"CPUQuota=20%", "max 100000", false},
		{"MemoryMax=4095", "0", true},
		{"MemoryMax=8E", "max", true}, // more than the kernel can count
		{"MemoryLow=infinity", "max", true},
		{"MemoryMax=4E", "max", false},
		{"TasksMax=4194304", "4194304", true},
		{"TasksMax=4194305", "max", true}, // more than a machine can have
		{"TasksMax=4194304", "max", false},
		{"CPUWeight=idle", "1", true}, // cpu.idle
		{"CPUWeight=idle", "0", false},
		{"CPUWeight=1", "1", true},
		{"AllowedCPUs=0-2", "0-2", true},
		{"AllowedCPUs=0-2", "0-1", false},
		{"AllowedCPUs=500", "", false},
		{"CPUSetPartition=isolated", "isolated", true},
		{"CPUSetPartition=isolated", "isolated invalid (Parent is not a partition root)", false},
		{"MemoryZSwapWriteback=no", "0", true},
		{"MemoryZSwapWriteback=no", "1", false},
		{"IOWeight=200", "default 200\n8:0 7", true},
		{"IOWeight=200", "default 109", true}, // io.bfq.weight
		{"IOWeight=10000", "default 1000", true},
		{"IOWeight=200", "default 100\n8:0 200", false},
		{"IODeviceWeight=/dev/vda 200", "default 100\n254:0 200", true},
		{"IODeviceWeight=/dev/vda 200", "default 200", false},
		{"IODeviceLatencyTargetSec=/dev/vda 25ms", "254:0 target=25000", true},
		{"IODeviceLatencyTargetSec=/dev/vda 25ms", "", false},
		{"IOReadBandwidthMax=/dev/vda 1048576", max, true},
		{"IOReadBandwidthMax=/dev/vda 5", max, false},
		{"IOReadBandwidthMax=/dev/vda infinity", "", true},
		{"IOWriteBandwidthMax=/ 5", max, true},
		{"IOWriteIOPSMax=/ 120", max, true},
		{"IOWriteIOPSMax=/ 12", max, false},
		{"IOReadIOPSMax=/ 120", max, false},
		{"IOReadIOPSMax=/ 5G", "", true}, // no limit to the kernel
	} {
		p := parse(t, c.property)
		if got := readers[p.Name()](p.Value(), c.content); got != c.want {
			t.Errorf("%s, and the kernel shows %q: got %t", c.property, c.content, got)
		}
	}
}

func TestEachFileThatShowsALimitIsRead(t *testing.T) {
	for _, row := range property.All() {
		isRead := readers[row.Name] != nil
		if row.Name == "CPUQuotaPeriodSec" { // the manager may take a longer one; CPUQuota's reader knows the share
			isRead = !isRead
		}
		if isRead != (row.File != "") {
			t.Errorf("%s: file %q, and a reader: %t", row.Name, row.File, isRead)
		}
	}
}

func TestLaterAssignmentSupersedesAnEarlierOne(t *testing.T) {
	for _, c := range []struct {
		assignments []string
		want        string // x for each that is superseded
	}{
		{[]string{"MemoryMax=1G", "TasksMax=5", "MemoryMax=2G"}, "x--"},
		{[]string{"IOReadBandwidthMax=/a 1M", "IOReadBandwidthMax=/b 1M"}, "--"},
		{[]string{"IOReadBandwidthMax=/a 1M", "IOReadBandwidthMax=/a 2M"}, "x-"},
		{[]string{"IOReadBandwidthMax=/a 1M", "IOReadBandwidthMax=", "IOReadBandwidthMax=/b 1M"}, "xx-"},
		{[]string{"IOReadBandwidthMax=/a 1M", "IOWriteBandwidthMax=/a 1M"}, "--"},
	} {
		var list []property.Property
		for _, a := range c.assignments {
			list = append(list, parse(t, a))
		}
		got := ""
		for i := range list {
			got += map[bool]string{true: "x", false: "-"}[isSuperseded(list, i)]
		}
		if got != c.want {
			t.Errorf("%v: got %s, want %s", c.assignments, got, c.want)
		}
	}
}

func TestManagerHoldsWhatWasAskedFor(t *testing.T) {
	for _, c := range []struct {
		property string
		held     any
		want     bool
	}{
		{"MemoryMax=1K", uint64(1024), true},
		{"MemoryMax=1K", uint64(1025), false},
		{"AllowedCPUs=0", []byte{1}, true}, // the manager shortens sets
		{"AllowedCPUs=0", []byte{3}, false},
		{"IOReadIOPSMax=/a 5", []property.DeviceValue{{Path: "/b", Value: 5}, {Path: "/a", Value: 5}}, true},
		{"IOReadIOPSMax=/a 5", []property.DeviceValue{{Path: "/a", Value: 6}}, false},
		{"MemoryZSwapWriteback=no", true, false},
		{"IPAddressDeny=any", parse(t, "IPAddressAllow=::/0 0.0.0.0/0").Value(), true}, // 262's order
		{"RestrictNetworkInterfaces=lo", parse(t, "RestrictNetworkInterfaces=~").Value(), true},
	} {
		if got := (limit{parse(t, c.property)}).isHeld(c.held); got != c.want {
			t.Errorf("%s, and the manager holds %v: got %t", c.property, c.held, got)
		}
	}
}
