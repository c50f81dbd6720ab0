package property

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// syntax is how the value of a property is written, and its type on D-Bus.
type syntax struct {
	// metavar stands for the value in help texts.
	metavar string
	// parse returns the value in its D-Bus type, and what it adds to the property's
	// name on D-Bus: "Scale" for a percentage.
	parse func(text string) (value any, wireSuffix string, err error)
}

// named is the same syntax with another metavar.
func (s syntax) named(metavar string) syntax { return syntax{metavar, s.parse} }

// orEmpty is the same syntax, which also accepts an empty text for the value empty.
func (s syntax) orEmpty(empty any) syntax {
	return syntax{s.metavar, func(text string) (any, string, error) {
		if text == "" {
			return empty, "", nil
		}
		return s.parse(text)
	}}
}

// refuse is the same syntax without the values that fail a check.
func (s syntax) refuse(check func(value any) error) syntax {
	return syntax{s.metavar, func(text string) (any, string, error) {
		value, suffix, err := s.parse(text)
		if err == nil {
			err = check(value)
		}
		return value, suffix, err
	}}
}

// plain makes a syntax that adds nothing to the property's name on D-Bus.
func plain[T any](metavar string, parse func(string) (T, error)) syntax {
	return syntax{metavar, func(text string) (any, string, error) {
		v, err := parse(text)
		return v, "", err
	}}
}

// textSyntax is any text (s).
func textSyntax() syntax {
	return plain("TEXT", func(text string) (string, error) { return clean(text), nil })
}

// clean makes text fit for D-Bus, whose strings are UTF-8. It also makes it fit for the
// unit file that the manager writes and reads again when it reloads. There a line break
// would begin a setting, and a backslash at the end would join the next line.
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

var errNotUTF8 = errors.New("not in UTF-8")

// checkClean refuses a text that clean would change.
func checkClean(text string) error {
	switch {
	case !utf8.ValidString(text):
		return errNotUTF8
	case strings.ContainsFunc(text, unicode.IsControl):
		return errors.New("control characters are not allowed")
	}
	return nil
}

// checkCleanly says what is wrong with a part of a value: that it cannot be sent, or what
// check says.
func checkCleanly(text string, check func(string) error) error {
	if err := checkClean(text); err != nil {
		return err
	}
	return check(text)
}

// checked is a text that passes a check (s).
func checked(metavar string, check func(string) error) syntax {
	return plain(metavar, func(text string) (string, error) {
		return text, checkCleanly(text, check)
	})
}

// oneOf is one of the words (s).
func oneOf(words ...string) syntax {
	return plain(strings.Join(words, "|"), func(text string) (string, error) {
		if !slices.Contains(words, text) {
			return "", fmt.Errorf("must be one of %s", strings.Join(words, ", "))
		}
		return text, nil
	})
}

// boolSyntax is a boolean (b).
func boolSyntax() syntax { return plain("BOOL", ParseBool) }

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

// countSyntax is a number that fits into 32 bits (u).
func countSyntax() syntax {
	return plain("N", func(text string) (uint32, error) {
		n, err := parseCount(text, 0, 1<<32-1)
		return uint32(n), err
	})
}

// exitStatusSyntax is an exit status (i); an empty value unsets it.
func exitStatusSyntax() syntax {
	return plain("STATUS", func(text string) (int32, error) {
		n, err := parseCount(text, 0, 255)
		return int32(n), err
	}).orEmpty(int32(-1))
}
