package scope

import (
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"gorun/scope/property"
)

// maxWeight is the highest weight of a device (cgroup-v2.rst).
const maxWeight = 10000

// showsIOWeight compares the weight of all devices that have none of their own:
//
//	default 50
//	8:0 100
func showsIOWeight(value any, content string) bool {
	weight, ok := value.(uint64)
	first, _, _ := strings.Cut(content, "\n")
	return ok && isWeight(weight, strings.TrimPrefix(first, "default "))
}

// isWeight reports whether the kernel shows a weight. The range of io.bfq.weight is 1 to
// 1000, the manager's is 1 to 10000; the default is 100 in both (BFQ_WEIGHT in cgroup.c).
func isWeight(weight uint64, shown string) bool {
	scaled := weight
	if weight > 100 {
		scaled = 100 + (weight-100)*900/9900
	}
	return shown == strconv.FormatUint(weight, 10) || shown == strconv.FormatUint(scaled, 10)
}

// showsDevice compares one of the values that a device has, after the device's number.
//
// The manager finds the device that a path means: for a file the disk that it is on, for
// a partition the whole disk. It is therefore enough here that any device has the value.
// None has it if the path leads to no device, or if the kernel lacks what it needs. The
// kernel takes a value above highest for no limit, and does not show it.
//
//	8:16 rbps=2097152 wbps=max riops=max wiops=120
//	8:16 target=25000
//	8:16 200
func showsDevice(key string, highest uint64) func(value any, content string) bool {
	return func(value any, content string) bool {
		asked, ok := value.([]property.DeviceValue)
		missing := slices.ContainsFunc(asked, func(d property.DeviceValue) bool {
			return d.Value < highest && !hasDevice(content, key, d.Value)
		})
		return ok && !missing
	}
}

// whyNoDevice says which path of the value leads to no block device. The manager then only
// logs that. Empty if all do.
func (l limit) whyNoDevice() string {
	asked, _ := l.Value().([]property.DeviceValue)
	for _, d := range asked {
		var st unix.Stat_t
		err := unix.Stat(d.Path, &st)
		kind := st.Mode & unix.S_IFMT
		switch {
		case err != nil:
			return d.Path + ": " + err.Error()
		case kind == unix.S_IFREG || kind == unix.S_IFDIR:
			if unix.Major(st.Dev) == 0 {
				return d.Path + " is on a file system without a block device of its own"
			}
		case kind != unix.S_IFBLK:
			return d.Path + " is no block device"
		}
	}
	return ""
}

// hasDevice reports whether a device has the value.
func hasDevice(content, key string, value uint64) bool {
	for line := range strings.Lines(content) {
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0] == "default" {
			continue
		}
		for _, field := range fields[1:] {
			text, ok := strings.CutPrefix(field, key)
			if ok && (text == strconv.FormatUint(value, 10) || key == "" && isWeight(value, text)) {
				return true
			}
		}
	}
	return false
}
