package text

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
)

// JSON writes a value for scripts.
func JSON(out io.Writer, value any) error {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(value)
}

// NewTable aligns the columns of what is written to it, which tabs separate. Its Flush
// returns the error of any write before it.
func NewTable(out io.Writer) *tabwriter.Writer { return tabwriter.NewWriter(out, 0, 0, 2, ' ', 0) }

// Sheet is a list of names and values in two columns.
type Sheet struct{ *tabwriter.Writer }

// NewSheet makes an empty sheet. Its Flush writes it to out.
func NewSheet(out io.Writer) Sheet { return Sheet{NewTable(out)} }

// Line adds a value, made safe for a terminal.
func (s Sheet) Line(name, format string, args ...any) {
	fmt.Fprintf(s, "  %s\t%s\n", name, Printable(fmt.Sprintf(format, args...)))
}
