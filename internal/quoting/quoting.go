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
	words, err := split(text, separators, func(rest string) (string, int, error) { return rest[:1], 1, nil })
	list := make([]string, len(words))
	for i, w := range words {
		list[i] = w.Text
	}
	return list, err
}

// CommandWord is a word of a command line.
type CommandWord struct {
	Text string
	Raw  string // as it was written, with quotes and backslashes
}

// SplitCommand splits a command line into words as systemd does in Exec settings (EXTRACT_UNQUOTE
// and EXTRACT_CUNESCAPE, see systemd.service(5)): after a backslash comes an escape as in C, in
// quotes too. An escape that systemd does not know is an error. So is what is an error for [Split].
func SplitCommand(text string) ([]CommandWord, error) { return split(text, Whitespace, unescape) }

// split splits a text. unescape returns what a backslash and the text after it stand for, and how
// much of that text it has read.
func split(text, separators string, unescape func(rest string) (string, int, error)) (list []CommandWord, err error) {
	var (
		word  strings.Builder
		begin = -1 // of the word
		quote byte // the open quote, else 0
	)
	end := func(at int) {
		if begin >= 0 {
			list = append(list, CommandWord{word.String(), text[begin:at]})
		}
		word.Reset()
		begin = -1
	}
	for i := 0; i < len(text); i++ {
		c := text[i]
		if quote == 0 && strings.IndexByte(separators, c) >= 0 {
			end(i)
			continue
		}
		if begin < 0 {
			begin = i
		}
		switch {
		case c == '\\' && i+1 == len(text):
			err = errors.New("nothing follows the last backslash")
		case c == '\\':
			meant, n, err := unescape(text[i+1:])
			if err != nil {
				return list, err
			}
			word.WriteString(meant)
			i += n
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '\'' || c == '"'):
			quote = c
		default:
			word.WriteByte(c)
		}
	}
	end(len(text))
	if err == nil && quote != 0 {
		err = fmt.Errorf("a quote (%c) is not closed", quote)
	}
	return list, err
}
