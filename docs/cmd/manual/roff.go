package main

import (
	"strings"

	"github.com/cpuguy83/go-md2man/v2/md2man"
)

// render makes a page of Markdown.
func render(markdown string) []byte {
	var out strings.Builder
	isExample := false
	for line := range strings.Lines(string(md2man.Render([]byte(markdown)))) {
		switch {
		case strings.HasPrefix(line, ".EX"):
			isExample = true
			line = ".RS 4\n" + line // an example is indented
		case strings.HasPrefix(line, ".EE"):
			isExample = false
			line += ".RE\n"
		case isExample:
			line = minus(line)
		case !strings.HasPrefix(line, "."):
			line = minusInBold(line)
		}
		out.WriteString(line)
	}
	return []byte(out.String())
}

// minusInBold makes what is typed typeable. In roff, "-" is a hyphen, which is another character
// than the one on the keyboard; what is in bold is mostly an option or a command.
func minusInBold(line string) string {
	var out strings.Builder
	for i, part := range strings.Split(line, `\fB`) {
		if i == 0 {
			out.WriteString(part)
			continue
		}
		bold, rest := part, ""
		if end := strings.Index(part, `\f`); end >= 0 {
			bold, rest = part[:end], part[end:]
		}
		out.WriteString(`\fB` + minus(bold) + rest)
	}
	return out.String()
}

// minus makes all hyphens that are not escaped the character of the keyboard.
func minus(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, `\-`, "-"), "-", `\-`)
}
