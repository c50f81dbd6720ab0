package text

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// NewTable aligns the columns of what is written to it, which tabs separate. Its Flush
// returns the error of any write before it.
func NewTable(out io.Writer) *tabwriter.Writer { return tabwriter.NewWriter(out, 0, 0, 2, ' ', 0) }

// Sheet is a list of names and values in two columns.
type Sheet struct{ *tabwriter.Writer }

// NewSheet makes an empty sheet. Its Flush writes it to out.
func NewSheet(out io.Writer) Sheet { return Sheet{NewTable(out)} }

// Line adds a value, in one line.
func (s Sheet) Line(name, format string, args ...any) {
	Fprintf(s, "  %s\t%s\n", name, fmt.Sprintf(format, args...))
}
