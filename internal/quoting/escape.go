package quoting

import (
	"fmt"
	"strconv"
	"unicode/utf8"
)

// simpleEscapes are the escapes of one character (cunescape_one in systemd's escape.c). A semicolon
// alone ends a command in a unit's file, so that one that is an argument has a backslash.
var simpleEscapes = map[byte]string{
	'a': "\a", 'b': "\b", 'f': "\f", 'n': "\n", 'r': "\r", 't': "\t", 'v': "\v", 's': " ", '\\': "\\", '"': "\"", '\'': "'", ';': ";",
}

// unescape returns what a backslash and the text after it stand for: \n, \x2d, \055, \u00e9 and the like.
func unescape(rest string) (meant string, n int, err error) {
	if meant, ok := simpleEscapes[rest[0]]; ok {
		return meant, 1, nil
	}
	skip, digits, base := 1, 0, 16
	switch c := rest[0]; {
	case c == 'x':
		digits = 2
	case c == 'u':
		digits = 4
	case c == 'U':
		digits = 8
	case c >= '0' && c <= '7':
		skip, digits, base = 0, 3, 8
	}
	n = skip + digits
	if digits > 0 && len(rest) >= n {
		value, err := strconv.ParseUint(rest[skip:n], base, 32)
		isByte := digits <= 3
		if err == nil && value != 0 && (isByte && value < 256 || !isByte && utf8.ValidRune(rune(value))) {
			if isByte {
				return string([]byte{byte(value)}), n, nil
			}
			return string(rune(value)), n, nil
		}
	}
	_, size := utf8.DecodeRuneInString(rest)
	return "", 0, fmt.Errorf("\\%s is no escape that systemd knows; write \\\\ for a backslash", rest[:size])
}
