package output

import (
	"fmt"

	"gorun/internal/account"
	"gorun/internal/journal"
	"gorun/scope"
)

// fallbackUnit is the unit that the lines of a process have that ended before journald looked
// for its unit. journald takes it from root only. It tells root's two managers apart.
func fallbackUnit(m scope.Manager, unit string) string {
	if !m.OfUser() {
		return unit
	}
	return userManagerUnit()
}

// userManagerUnit is the system's unit that has the units of the user manager.
func userManagerUnit() string { return fmt.Sprintf("user@%d.service", account.OwnUID()) }

// Matches are the arguments of journalctl(1) for the entries of all runs of a unit. The lines
// of a process that ended before journald looked for its unit have the identifier only.
//
// Limitation: a unit of root's system manager whose name has 255 bytes, which do not fit into
// the header of a stream, may lack those.
func Matches(m scope.Manager, unit string) []string {
	if !m.OfUser() {
		return []string{"_SYSTEMD_UNIT=" + unit, "+", "OBJECT_SYSTEMD_UNIT=" + unit, "_UID=0", "+", "UNIT=" + unit, "_PID=1"}
	}
	return append([]string{"_SYSTEMD_USER_UNIT=" + unit, own(), "+", "USER_UNIT=" + unit, own(), "+"}, StreamMatches(m, unit)...)
}

// StreamMatches are the arguments for the lines of streams that runs of a unit opened.
func StreamMatches(m scope.Manager, unit string) []string {
	identifier, transport := "SYSLOG_IDENTIFIER="+journal.Identifier(unit), "_TRANSPORT=stdout"
	switch {
	case !m.OfUser():
		return []string{identifier, transport, "_SYSTEMD_UNIT=" + unit}
	case account.OwnUID() == 0:
		return []string{identifier, transport, own(), "_SYSTEMD_UNIT=" + userManagerUnit()}
	}
	return []string{identifier, transport, own()}
}

// RunMatches are the arguments for the entries of one run. stream is the ID of the stream
// that the run opened; empty if it is not known.
func RunMatches(m scope.Manager, unit, invocationID, stream string) []string {
	inUnit, about, byGorun := []string{"_SYSTEMD_UNIT=" + unit}, []string{"UNIT=" + unit, "INVOCATION_ID=" + invocationID, "_PID=1"}, []string{"OBJECT_SYSTEMD_UNIT=" + unit, "_UID=0"}
	if m.OfUser() {
		inUnit, about, byGorun = []string{"_SYSTEMD_USER_UNIT=" + unit, own()}, []string{"USER_UNIT=" + unit, "USER_INVOCATION_ID=" + invocationID, own()}, []string{"USER_UNIT=" + unit, own()}
	}
	matches := append(inUnit, "_SYSTEMD_INVOCATION_ID="+invocationID, "+")
	matches = append(append(matches, about...), "+")
	matches = append(append(matches, byGorun...), journal.InvocationField+"="+invocationID)
	if stream != "" {
		matches = append(matches, "+", "_STREAM_ID="+stream, "_TRANSPORT=stdout")
	}
	return matches
}

func own() string { return fmt.Sprintf("_UID=%d", account.OwnUID()) }
