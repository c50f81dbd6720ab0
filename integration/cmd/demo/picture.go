package main

import (
	"fmt"
	"html"
	"strings"
)

// colours are those of a terminal.
type colours struct{ back, text, prompt, comment string }

var (
	onWhite = colours{"#f6f8fa", "#1f2328", "#1a7f37", "#59636e"}
	onBlack = colours{"#151b23", "#f0f6fc", "#3fb950", "#9198a1"}
)

// The size of a character, and the margin, in pixels.
const (
	charWidth  = 8.4
	lineHeight = 20
	margin     = 16
)

// picture draws a text as a terminal shows it, in SVG.
func picture(text string, c colours) string {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	width := 0
	for _, line := range lines {
		width = max(width, len(line))
	}
	w, h := int(float64(width)*charWidth)+2*margin, len(lines)*lineHeight+2*margin
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img">`+"\n", w, h, w, h)
	fmt.Fprintf(&b, "<title>%s</title>\n", html.EscapeString(lines[0]))
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" rx="8" fill="%s"/>`+"\n", c.back)
	fmt.Fprintf(&b, `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="%s" xml:space="preserve">`+"\n", c.text)
	for i, line := range lines {
		fmt.Fprintf(&b, `<text x="%d" y="%d" textLength="%.0f">%s</text>`+"\n", margin, margin+i*lineHeight+14, float64(len(line))*charWidth, coloured(line, c))
	}
	b.WriteString("</g>\n</svg>\n")
	return b.String()
}

// coloured gives a prompt and a comment their colours.
func coloured(line string, c colours) string {
	span := func(colour, text string) string {
		return fmt.Sprintf(`<tspan fill="%s">%s</tspan>`, colour, html.EscapeString(text))
	}
	prompt, command, isTyped := strings.Cut(line, "$ ")
	switch {
	case strings.HasPrefix(line, "#"):
		return span(c.comment, line)
	case isTyped && !strings.Contains(prompt, " "):
		return span(c.prompt, prompt+"$ ") + html.EscapeString(command)
	}
	return html.EscapeString(line)
}
