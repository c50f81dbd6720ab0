package text

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Fprintf writes to people, like [fmt.Fprintf]. The format is gorun's own. What it is
// filled with may come from anybody, such as the names and arguments of another user's
// processes, and is made [Printable].
func Fprintf(out io.Writer, format string, args ...any) (int, error) {
	operands := make([]any, len(args))
	for i, arg := range args {
		operands[i] = operand{arg}
	}
	return fmt.Fprintf(out, format, operands...)
}

// operand is a value that is formatted as usual, and then made printable.
type operand struct{ value any }

// Format implements [fmt.Formatter].
func (o operand) Format(state fmt.State, verb rune) {
	io.WriteString(state, Printable(fmt.Sprintf(fmt.FormatString(state, verb), o.value))) // the state takes all
}

// Printable writes a text in one line that a terminal shows as it is. Characters that do
// something else, such as line breaks and escape sequences, and bytes that are not UTF-8
// become the escapes of Go and C: \n, \x1b, \u009b. A backslash stays, as in the names of
// units.
func Printable(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case unicode.IsGraphic(r):
			b.WriteString(s[:size])
		default:
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
		s = s[size:]
	}
	return b.String()
}
