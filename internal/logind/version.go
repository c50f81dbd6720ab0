package logind

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"gorun/internal/bus"
	"gorun/internal/systemd1"
)

// RiskError means that logind may stop the user's manager at the last logout although the
// user lingers.
type RiskError struct{ Version string } // systemd's

func (e *RiskError) Error() string {
	return fmt.Sprintf("systemd %s may stop the managers of users who linger (systemd issue 43361)", e.Version)
}

// Risk asks the system manager for its version, which is also logind's, and returns the
// risk of that: a [*RiskError] or nil. The second error says why the manager cannot be
// asked.
func Risk(ctx context.Context) (risk, err error) {
	conn, err := bus.Dial(ctx, bus.SystemBus())
	if err != nil {
		return nil, fmt.Errorf("ask for systemd's version: %w", err)
	}
	defer conn.Close()
	version, err := systemd1.Version(ctx, conn)
	if err != nil {
		return nil, fmt.Errorf("ask for systemd's version: %w", err)
	}
	return RiskOf(version), nil
}

// RiskOf is the risk of a version of systemd: a [*RiskError] or nil. The fault is in 255,
// and was fixed in 256.3. logind cannot be asked about the fault itself.
func RiskOf(version string) error {
	major, minor := versionOf(version)
	if major == 255 || major == 256 && minor < 3 {
		return &RiskError{version}
	}
	return nil
}

// versionOf reads the numbers that a version begins with, 0 for those that it lacks:
//
//	255.4-1ubuntu8.17
//	256~rc3-2
func versionOf(version string) (major, minor int) {
	major, rest := leadingNumber(version)
	if rest, ok := strings.CutPrefix(rest, "."); ok {
		minor, _ = leadingNumber(rest)
	}
	return major, minor
}

// leadingNumber cuts off the number that s begins with, 0 if there is none.
func leadingNumber(s string) (n int, rest string) {
	rest = strings.TrimLeft(s, "0123456789")
	n, _ = strconv.Atoi(s[:len(s)-len(rest)]) // no digits: 0
	return n, rest
}

// MajorVersion is the first number of a version of systemd, 0 if there is none.
func MajorVersion(version string) int {
	major, _ := versionOf(version)
	return major
}
