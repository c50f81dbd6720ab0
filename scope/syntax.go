package scope

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/sys/unix"
)

// syntax is how the value of a property is written, and its type on the bus.
type syntax struct {
	// metavar stands for the value in help texts.
	metavar string
	// parse returns the value in the bus's type, and what the property's name
	// ends in on the bus for a value of this kind ("Scale" for a percentage).
	parse func(text string) (value any, wireSuffix string, err error)
}

// plain makes a syntax whose values all go by the same name.
func plain[T any](metavar string, parse func(string) (T, error)) syntax {
	return syntax{metavar, func(text string) (any, string, error) {
		v, err := parse(text)
		return v, "", err
	}}
}

// textSyntax passes any text on (s).
func textSyntax() syntax {
	return plain("TEXT", func(text string) (string, error) { return clean(text), nil })
}

// clean makes text fit for D-Bus, whose strings are UTF-8, and for the unit file
// that the manager writes and reads again when it reloads: there a line break
// would begin a setting, and a last backslash swallow the next one.
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	text = strings.TrimRight(text, " ")
	if last := len(text) - len(strings.TrimRight(text, `\`)); last%2 == 1 {
		text += `\`
	}
	return text
}

// wordsSyntax is a list of words (as).
func wordsSyntax(metavar string) syntax {
	return plain(metavar+"...", func(text string) ([]string, error) {
		return append([]string{}, strings.Fields(clean(text))...), nil
	})
}

// sliceSyntax is the full name of a slice (s).
func sliceSyntax() syntax {
	return plain("SLICE", func(text string) (string, error) { return text, checkName(text, ".slice") })
}

// oneOf is one of some words (s).
func oneOf(words ...string) syntax {
	return plain(strings.Join(words, "|"), func(text string) (string, error) {
		if !slices.Contains(words, text) {
			return "", fmt.Errorf("want one of %s", strings.Join(words, ", "))
		}
		return text, nil
	})
}

// boolSyntax is a boolean as systemd takes it (b).
func boolSyntax() syntax {
	return plain("BOOL", ParseBool)
}

// ParseBool reads a boolean as systemd does: yes, true, on and the like.
func ParseBool(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "1", "yes", "y", "true", "t", "on":
		return true, nil
	case "0", "no", "n", "false", "f", "off":
		return false, nil
	}
	return false, errors.New("not a boolean such as yes or no")
}

// spanSyntax is a time span in microseconds (t).
func spanSyntax() syntax { return plain("SPAN", parseSpan) }

// signalSyntax is a signal by name or number (i).
func signalSyntax() syntax { return plain("SIGNAL", parseSignal) }

// parseSignal reads a signal's name or number: TERM, SIGTERM, 15, RTMIN+1.
func parseSignal(text string) (int32, error) {
	name := strings.TrimPrefix(text, "SIG")
	if n := unix.SignalNum("SIG" + name); n != 0 {
		return int32(n), nil
	}
	if n, err := parseCount(text, 1, realtimeLast); err == nil {
		return int32(n), nil
	}
	if n, ok := realtimeSignal(name); ok {
		return n, nil
	}
	return 0, errors.New("not a signal such as TERM or 15")
}

// The realtime signals that glibc leaves to programs (signal(7)).
const (
	realtimeFirst = 34
	realtimeLast  = 64
)

// realtimeSignal reads RTMIN, RTMIN+n, RTMAX and RTMAX-n.
func realtimeSignal(name string) (int32, bool) {
	offset := func(sign string) (uint64, bool) {
		after, ok := strings.CutPrefix(name[len("RTMxx"):], sign)
		if !ok {
			return 0, name == "RTMIN" || name == "RTMAX"
		}
		n, err := parseCount(after, 0, realtimeLast-realtimeFirst)
		return n, err == nil
	}
	switch {
	case strings.HasPrefix(name, "RTMIN"):
		n, ok := offset("+")
		return realtimeFirst + int32(n), ok
	case strings.HasPrefix(name, "RTMAX"):
		n, ok := offset("-")
		return realtimeLast - int32(n), ok
	}
	return 0, false
}

// limitSyntax is a size, "infinity" (t), or a percentage of the machine's memory
// (u, in the property with Scale). An empty value means empty.
func limitSyntax(empty uint64) syntax {
	return syntax{"SIZE", func(text string) (any, string, error) {
		switch {
		case text == "":
			return empty, "", nil
		case text == "infinity":
			return uint64(infinite), "", nil
		case isShare(text):
			share, err := parseShare(text)
			return share, "Scale", err
		}
		bytes, err := parseSize(text)
		return bytes, "", err
	}}
}

// tasksSyntax is a number of tasks, "infinity" (t), or a percentage of what the
// machine allows (u, in the property with Scale).
func tasksSyntax() syntax {
	return syntax{"N", func(text string) (any, string, error) {
		switch {
		case text == "", text == "infinity":
			return uint64(infinite), "", nil
		case isShare(text):
			share, err := parseShare(text)
			if err == nil && (share == 0 || share == math.MaxUint32) {
				// The manager refuses the ends of the scale for this one.
				err = errors.New("want more than 0% and less than 100%, or infinity")
			}
			return share, "Scale", err
		}
		n, err := parseCount(text, 1, math.MaxInt64)
		return n, "", err
	}}
}

// quotaSyntax is a percentage of one CPU, in microseconds a second (t).
func quotaSyntax() syntax {
	return plain("PERCENT", func(text string) (uint64, error) {
		if text == "" {
			return infinite, nil
		}
		permyriad, err := parsePermyriad(text)
		if err == nil && permyriad == 0 {
			err = errors.New("want more than 0%")
		}
		return permyriad * 100, err
	})
}

// weightSyntax is a weight of 1 to 10000 (t); an empty value unsets it.
func weightSyntax() syntax {
	return plain("WEIGHT", func(text string) (uint64, error) {
		if text == "" {
			return infinite, nil
		}
		return parseCount(text, 1, 10000)
	})
}
