package cgroup

import (
	"bytes"
	"errors"
	"strconv"
)

// IOStat holds the contents of io.stat: what the group and its descendants have read
// from and written to block devices.
type IOStat struct {
	// Total is the sum over Devices. A request to a device that lies on another
	// device (LVM, dm-crypt) can be counted for both.
	Total IOCounters
	// Devices are in the order of the file, which has no meaning. Devices without a
	// number, such as the single paths of a multipath NVMe device, are left out.
	// Empty means that nothing has been read or written yet.
	Devices []IODevice
}

// IODevice is the line of one device in io.stat.
type IODevice struct {
	// Major and Minor are the device number.
	Major, Minor uint32
	// IOCounters are zero for a device that the kernel lists without counters.
	IOCounters
}

// IOCounters are counted in bytes and in operations.
type IOCounters struct {
	ReadBytes         uint64 // from rbytes
	WriteBytes        uint64 // from wbytes
	ReadOperations    uint64 // from rios
	WriteOperations   uint64 // from wios
	DiscardBytes      uint64 // from dbytes; 0 where the kernel has no such key
	DiscardOperations uint64 // from dios; 0 where the kernel has no such key
}

// IOStat reads io.stat. Nil means that the io controller is not enabled for the
// group.
func (g Group) IOStat() (*IOStat, error) { return one(g, "io.stat", parseIOStat) }

// IOPressure reads io.pressure. Nil means that the kernel does not account for
// pressure, see [Pressure].
func (g Group) IOPressure() (*Pressure, error) { return one(g, "io.pressure", parsePressure) }

// parseIOStat parses io.stat:
//
//	8:16 rbytes=1459200 wbytes=314773504 rios=192 wios=353 dbytes=0 dios=0
func parseIOStat(data []byte) (IOStat, error) {
	var stat IOStat
	if err := eachLine(data, stat.parseLine); err != nil {
		return IOStat{}, err
	}
	for _, device := range stat.Devices {
		stat.Total.add(device.IOCounters)
	}
	return stat, nil
}

// parseLine parses one line. Real kernels also write these, for devices without
// counters:
//
//	7:7 7:6 7:5 7:4 rbytes=28672 wbytes=0 rios=22 wios=0 dbytes=0 dios=0
//	252:0
//
// The first is from Linux 5.15 to 5.16, which forgot the line break
// (https://lore.kernel.org/linux-block/20220110103724.11743-1-w.bumiller@proxmox.com/):
// the counters belong to 7:4. The second may lack its line break too.
func (s *IOStat) parseLine(line []byte) (err error) {
	var device *IODevice // the device of the next keys
	for word := range bytes.FieldsSeq(line) {
		key, value, isKey := bytes.Cut(word, []byte("="))
		switch {
		case !isKey:
			device, err = s.parseDevice(word)
		case device == nil:
			err = errors.New("want MAJOR:MINOR first")
		default:
			err = device.set(string(key), value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// parseDevice adds the device with a number such as 8:16.
//
// A device without a number is read and dropped. The kernel writes "(unknown)" for the
// hidden paths below a multipath NVMe device, and counts their bytes for the device
// itself (https://github.com/containerd/cgroups/issues/393).
func (s *IOStat) parseDevice(word []byte) (*IODevice, error) {
	if string(word) == "(unknown)" {
		return new(IODevice), nil
	}
	majorText, minorText, _ := bytes.Cut(word, []byte(":"))
	major, err := strconv.ParseUint(string(majorText), 10, 32)
	if err != nil {
		return nil, numError(err)
	}
	minor, err := strconv.ParseUint(string(minorText), 10, 32)
	if err != nil {
		return nil, numError(err)
	}
	s.Devices = append(s.Devices, IODevice{Major: uint32(major), Minor: uint32(minor)})
	return &s.Devices[len(s.Devices)-1], nil
}

// set sets the counter with the kernel's name. Other keys, which blk-iocost and
// blk-iolatency add, are ignored; their values need not be numbers.
func (c *IOCounters) set(key string, value []byte) (err error) {
	switch key {
	case "rbytes":
		c.ReadBytes, err = parseUint(value)
	case "wbytes":
		c.WriteBytes, err = parseUint(value)
	case "rios":
		c.ReadOperations, err = parseUint(value)
	case "wios":
		c.WriteOperations, err = parseUint(value)
	case "dbytes":
		c.DiscardBytes, err = parseUint(value)
	case "dios":
		c.DiscardOperations, err = parseUint(value)
	}
	return err
}

func (c *IOCounters) add(other IOCounters) {
	c.ReadBytes += other.ReadBytes
	c.WriteBytes += other.WriteBytes
	c.ReadOperations += other.ReadOperations
	c.WriteOperations += other.WriteOperations
	c.DiscardBytes += other.DiscardBytes
	c.DiscardOperations += other.DiscardOperations
}
