package property

import (
	"errors"
	"math"
)

// infiniteOr is a size in bytes, or "infinity".
func infiniteOr(text string, base uint64) (uint64, error) {
	if text == "infinity" {
		return infinite, nil
	}
	return parseSize(text, base)
}

// limitSyntax is a size or "infinity" (t), or a percentage of the machine's memory (u, in
// the property with Scale). An empty text stands for the value empty.
func limitSyntax(empty uint64) syntax {
	return syntax{"SIZE", func(text string) (any, string, error) {
		if isShare(text) {
			share, err := parseShare(text)
			return share, "Scale", err
		}
		bytes, err := infiniteOr(text, 1024)
		return bytes, "", err
	}}.orEmpty(empty)
}

// sizeSyntax is a size or "infinity" (t), for properties that accept no percentage.
func sizeSyntax(empty uint64) syntax {
	return plain("SIZE", func(text string) (uint64, error) {
		if isShare(text) {
			return 0, errors.New("a percentage is not supported here; give a size")
		}
		return infiniteOr(text, 1024)
	}).orEmpty(empty)
}

// notNothing refuses a limit of 0, as the manager does.
func notNothing(value any) error {
	if value == uint64(0) || value == uint32(0) {
		return errors.New("must be more than 0; infinity means no limit")
	}
	return nil
}

// tasksSyntax is a number of tasks or "infinity" (t), or a percentage of what the machine
// allows (u, in the property with Scale).
func tasksSyntax() syntax {
	return syntax{"N", func(text string) (any, string, error) {
		switch {
		case text == "infinity":
			return uint64(infinite), "", nil
		case isShare(text):
			share, err := parseShare(text)
			if err == nil && (share == 0 || share == math.MaxUint32) {
				// Here the manager refuses both ends of the scale.
				err = errors.New("must be more than 0% and less than 100%; infinity means no limit")
			}
			return share, "Scale", err
		}
		n, err := parseCount(text, 1, math.MaxUint64)
		return n, "", err
	}}.orEmpty(uint64(infinite))
}

// quotaSyntax is a percentage of one CPU, in microseconds a second (t).
func quotaSyntax() syntax {
	return plain("PERCENT", func(text string) (uint64, error) {
		permyriad, err := parsePermyriad(text)
		if err == nil && permyriad == 0 {
			err = errors.New("must be more than 0%")
		}
		return permyriad * 100, err
	}).orEmpty(uint64(infinite))
}

// weightSyntax is a weight within bounds (t). An empty text unsets it.
func weightSyntax(lowest, highest uint64) syntax {
	return plain("WEIGHT", func(text string) (uint64, error) {
		return parseCount(text, lowest, highest)
	}).orEmpty(uint64(infinite))
}

// cpuWeightSyntax is a CPU weight, or "idle" for 0 (t).
func cpuWeightSyntax() syntax {
	weight := weightSyntax(1, 10000)
	return syntax{"WEIGHT|idle", func(text string) (any, string, error) {
		if text == "idle" {
			return uint64(0), "", nil
		}
		return weight.parse(text)
	}}
}

// notBelowSecond refuses spans that are too short for systemd-oomd.
func notBelowSecond(value any) error {
	if usec, ok := value.(uint64); ok && usec < usecPerSecond {
		return errors.New("must be at least 1s")
	}
	return nil
}
