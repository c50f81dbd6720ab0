package property

import (
	"errors"
	"strings"
)

// DeviceValue is a value for one device, in [Property.Value] of properties such as
// IOReadBandwidthMax. Its D-Bus type is (st).
type DeviceValue struct {
	Path  string // a node in /dev, or a file on the device
	Value uint64 // a weight, or a rate a second, or microseconds
}

// devicesSyntax is a device's node, or a file on it, and a value (a(st)). An empty text
// means no devices.
func devicesSyntax(metavar string, parse func(string) (uint64, error)) syntax {
	return plain("PATH "+metavar, func(text string) ([]DeviceValue, error) {
		path, value, ok := strings.Cut(text, " ")
		if !ok {
			return nil, errors.New("must be a path, a space and a value")
		}
		if err := checkCleanly(path, checkPath); err != nil {
			return nil, err
		}
		n, err := parse(value)
		return []DeviceValue{{path, n}}, err
	}).orEmpty([]DeviceValue{})
}

// deviceRateSyntax is a device's bandwidth, or operations a second (a(st)).
func deviceRateSyntax(metavar string) syntax {
	return devicesSyntax(metavar, func(text string) (uint64, error) { return infiniteOr(text, 1000) })
}

// deviceWeightSyntax is a device's weight within bounds (a(st)).
func deviceWeightSyntax(lowest, highest uint64) syntax {
	return devicesSyntax("WEIGHT", func(text string) (uint64, error) { return parseCount(text, lowest, highest) })
}

// deviceAccess is (ss): a device and what may be done with it; empty means all.
type deviceAccess struct{ Device, Access string }

// deviceAllowSyntax is a device node or a class of devices, and what may be done with it
// (a(ss)):
//
//	/dev/sda   /dev/null rw   char-pts rw   block-*
func deviceAllowSyntax() syntax {
	return plain("DEVICE [rwm]", func(text string) ([]deviceAccess, error) {
		device, access, _ := strings.Cut(text, " ")
		if strings.Trim(access, "rwm") != "" {
			return nil, errors.New("the access must be some of r (read), w (write) and m (make the node)")
		}
		return []deviceAccess{{device, access}}, checkCleanly(device, checkDevice)
	}).orEmpty([]deviceAccess{})
}

// checkDevice wants a device node or a class of devices.
func checkDevice(device string) error {
	if strings.HasPrefix(device, "block-") || strings.HasPrefix(device, "char-") {
		return nil
	}
	isNode := strings.HasPrefix(device, "/dev/") || strings.HasPrefix(device, "/run/systemd/inaccessible/")
	if !isNode || strings.HasSuffix(device, "/") {
		return errors.New("must be a node in /dev, block-NAME or char-NAME")
	}
	return checkPath(device)
}
