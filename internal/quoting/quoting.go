// Package quoting splits a text into words as systemd does, with quotes and backslashes, replaces
// variables in them, and writes words for a shell.
package quoting

import (
	"errors"
	"fmt"
	"strings"
)

// Whitespace is what systemd skips between words.
const Whitespace = " \t\n\r"

// Split splits a text at the separators as systemd does, with the quotes and
// backslashes of a shell (extract_first_word in extract-word.c, with
// EXTRACT_UNQUOTE):
//
//	a b   'a b' c   a\ b
//
// A backslash stands for the character that follows: a unit's name with escapes is
// written with two. The list is never nil.
//
// An error says that the text ends within a quote or after a backslash. The list is
// then what it would be with the quote closed and without the backslash.
func Split(text, separators string) ([]string, error) {
	var (
		list    = []string{}
		word    strings.Builder
		inWord  bool
		escaped bool
		quote   byte // the open quote, else 0
	)
	for i := range len(text) {
		c := text[i]
		switch {
		case escaped:
			word.WriteByte(c)
			escaped = false
		case c == '\\':
			escaped, inWord = true, true
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '\'' || c == '"'):
			quote, inWord = c, true
		case quote == 0 && strings.IndexByte(separators, c) >= 0:
			if inWord {
				list = append(list, word.String())
			}
			word.Reset()
			inWord = false
		default:
			word.WriteByte(c)
			inWord = true
		}
	}
	if inWord {
		list = append(list, word.String())
	}
	switch {
	case escaped:
		return list, errors.New("nothing follows the last backslash")
	case quote != 0:
		return list, fmt.Errorf("a quote (%c) is not closed", quote)
	}
	return list, nil
}
