package scope

import (
	"bytes"
	"math"
	"os"
	"strconv"
	"strings"

	"gorun/scope/property"
)

// readers report whether the content of a file in the cgroup is the value that was asked
// for. A limit without a reader is in force if its controller is enabled.
var readers = map[string]func(value any, content string) bool{
	"MemoryMin":      showsBytes,
	"MemoryLow":      showsBytes,
	"MemoryHigh":     showsBytes,
	"MemoryMax":      showsBytes,
	"MemorySwapMax":  showsBytes,
	"MemoryZSwapMax": showsBytes,

	"TasksMax": showsTasks,

	"CPUWeight":          showsCPUWeight,
	"CPUQuota":           showsQuota,
	"AllowedCPUs":        showsSet,
	"AllowedMemoryNodes": showsSet,

	"CPUSetPartition": showsWord,

	"MemoryZSwapWriteback": showsBool,

	"IOWeight":                 showsIOWeight,
	"IODeviceWeight":           showsDevice("", maxWeight),
	"IODeviceLatencyTargetSec": showsDevice("target=", math.MaxUint64),
	"IOReadBandwidthMax":       showsDevice("rbps=", math.MaxUint64),
	"IOWriteBandwidthMax":      showsDevice("wbps=", math.MaxUint64),
	"IOReadIOPSMax":            showsDevice("riops=", math.MaxUint32),
	"IOWriteIOPSMax":           showsDevice("wiops=", math.MaxUint32),
}

// showsBytes compares a size, which the kernel rounds down to pages. More pages than it
// can count are no limit (PAGE_COUNTER_MAX in page_counter.h):
//
//	104857600
//	max
func showsBytes(value any, content string) bool {
	v, ok := value.(uint64)
	page := uint64(os.Getpagesize())
	if v/page >= math.MaxInt64/page {
		return ok && content == "max"
	}
	return ok && content == strconv.FormatUint(v&^(page-1), 10)
}

// maxTasks is how many tasks a machine can have. The kernel takes no higher limit
// (PID_MAX_LIMIT in pids.c).
const maxTasks = 4 << 20

// showsTasks compares a number of tasks:
//
//	100
//	max
func showsTasks(value any, content string) bool {
	if v, ok := value.(uint64); ok && v > maxTasks {
		return content == "max"
	}
	return showsCount(value, content)
}

// showsCount compares a number:
//
//	100
func showsCount(value any, content string) bool {
	v, ok := value.(uint64)
	return ok && content == strconv.FormatUint(v, 10)
}

// showsCPUWeight compares a weight. The weight "idle" is 0 on the bus, and 1 in the file
// that it has of its own; see [limit.files].
func showsCPUWeight(value any, content string) bool {
	if value == idleWeight {
		return content == "1"
	}
	return showsCount(value, content)
}

// showsQuota compares the time in each period, both in microseconds. The manager rounds
// what is too small:
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
	held := float64(q) / float64(p) * 1e6 // microseconds a second
	return held > 0.99*float64(perSecond) && held < 1.01*float64(perSecond)
}

// showsWord compares a word. If it is not in force, the kernel adds why:
//
//	isolated invalid (Parent is not a partition root)
func showsWord(value any, content string) bool { return value == content }

// showsBool compares a boolean, which the kernel shows as 1 or 0.
func showsBool(value any, content string) bool { return value == (content == "1") }

// showsSet compares a set of numbers, on the bus a bitmap, in the kernel's file a list:
//
//	0-3,8
func showsSet(value any, content string) bool {
	asked, ok := value.([]byte)
	if !ok {
		return false
	}
	held, err := property.ParseCPUSet(content)
	return err == nil && bytes.Equal(bytes.TrimRight(asked, "\x00"), bytes.TrimRight(held, "\x00"))
}
