package text

import (
	"strings"
	"unicode"
)

// Width is how many cells of a terminal a text takes, as wcwidth(3) counts them.
func Width(s string) (cells int) {
	for _, r := range s {
		cells += runeWidth(r)
	}
	return cells
}

// Cut shortens a text to a number of cells. An ellipsis stands for what is missing.
func Cut(s string, cells int) string {
	if Width(s) <= cells {
		return s
	}
	var b strings.Builder
	room := cells - 1 // for the ellipsis
	for _, r := range s {
		if room -= runeWidth(r); room < 0 {
			break
		}
		b.WriteRune(r)
	}
	if cells > 0 {
		b.WriteRune('…')
	}
	return b.String()
}

// wide are the characters that take two cells: those that Unicode's EastAsianWidth calls wide or
// fullwidth, in large ranges.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{{0x1100, 0x115f, 1}, {0x2e80, 0x303e, 1}, {0x3041, 0xa4cf, 1}, {0xa960, 0xa97f, 1}, {0xac00, 0xd7a3, 1},
		{0xf900, 0xfaff, 1}, {0xfe30, 0xfe6f, 1}, {0xff00, 0xff60, 1}, {0xffe0, 0xffe6, 1}},
	R32: []unicode.Range32{{0x1f300, 0x1f64f, 1}, {0x1f900, 0x1f9ff, 1}, {0x20000, 0x3fffd, 1}},
}

func runeWidth(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case unicode.Is(wide, r):
		return 2
	}
	return 1
}
