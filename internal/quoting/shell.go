package quoting

import "strings"

// Word writes a text as one word of a command line that is shown to people, who may paste it into
// a shell. It uses backslashes: such lines are often shown within quotes.
//
//	DOMAIN\bob smith   DOMAIN\\bob\ smith
func Word(text string) string {
	if text == "" {
		return "''"
	}
	var word strings.Builder
	for i, c := range text {
		isPlain := c >= 0x80 || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || strings.ContainsRune("_.-+:@/,%", c) || c == '=' && i > 0
		if !isPlain {
			word.WriteByte('\\')
		}
		word.WriteRune(c)
	}
	return word.String()
}
