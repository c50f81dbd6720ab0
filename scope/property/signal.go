package property

import (
	"errors"
	"strings"

	"golang.org/x/sys/unix"

	"gorun/internal/signals"
)

// signalSyntax is a signal by name or number (i).
func signalSyntax() syntax { return plain("SIGNAL", parseSignal) }

// parseSignal reads a signal's name or number as systemd does (signal_from_string
// in signal-util.c):
//
//	TERM   SIGTERM   15   RTMIN+1
func parseSignal(text string) (int32, error) {
	if n, err := parseInteger(text); err == nil {
		if n < 1 || n > signals.RealtimeLast {
			return 0, errors.New("unknown signal number")
		}
		return int32(n), nil
	}
	name := strings.TrimPrefix(text, "SIG")
	if n := unix.SignalNum("SIG" + name); n != 0 {
		return int32(n), nil
	}
	if n, ok := realtimeSignal(name); ok {
		return n, nil
	}
	return 0, errors.New("not a signal such as TERM or 15")
}

// realtimeSignal reads RTMIN, RTMIN+n, RTMAX and RTMAX-n.
func realtimeSignal(name string) (int32, bool) {
	offset := func(sign string) (uint64, bool) {
		after, ok := strings.CutPrefix(name[len("RTMxx"):], sign)
		if !ok {
			return 0, name == "RTMIN" || name == "RTMAX"
		}
		if digits(after) == 0 {
			return 0, false
		}
		n, err := parseCount(after, 0, signals.RealtimeLast-signals.RealtimeFirst)
		return n, err == nil
	}
	switch {
	case strings.HasPrefix(name, "RTMIN"):
		n, ok := offset("+")
		return signals.RealtimeFirst + int32(n), ok
	case strings.HasPrefix(name, "RTMAX"):
		n, ok := offset("-")
		return signals.RealtimeLast - int32(n), ok
	}
	return 0, false
}
