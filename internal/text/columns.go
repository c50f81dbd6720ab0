package text

import (
	"io"
	"slices"
	"strings"
)

// Column is a column of [Columns].
type Column struct {
	Title string
	Right bool // figures, which are aligned at their right
	// Least is how many cells the column needs if there is little room. It is then cut, and with 0
	// it is never cut.
	Least int
	// Drop says which columns are left out first where there is no room for all: the ones with the
	// highest number. Those with 0 stay.
	Drop int
}

// Columns is a table for people that fits a width.
type Columns struct {
	columns []Column
	rows    [][]string
}

// NewColumns makes an empty table.
func NewColumns(columns ...Column) *Columns { return &Columns{columns: columns} }

// Row adds a row. Its cells are made [Printable].
func (t *Columns) Row(cells ...string) {
	for i := range cells {
		cells[i] = Printable(cells[i])
	}
	t.rows = append(t.rows, cells)
}

// gap separates columns.
const gap = "  "

// Print writes the table in lines of at most width cells; 0 means that there is no bound. Columns
// that do not fit are left out, and texts are cut. The heading is bold if that is asked for.
func (t *Columns) Print(out io.Writer, width int, bold bool) error {
	widths := t.fit(width)
	var b strings.Builder
	titles := make([]string, len(t.columns))
	for i, c := range t.columns {
		titles[i] = c.Title
	}
	heading := t.line(titles, widths)
	if bold {
		heading = "\x1b[1m" + heading + "\x1b[0m"
	}
	b.WriteString(heading + "\n")
	for _, row := range t.rows {
		b.WriteString(t.line(row, widths) + "\n")
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// fit says how wide each column is; -1 is left out.
func (t *Columns) fit(width int) []int {
	widths := make([]int, len(t.columns))
	for i, c := range t.columns {
		widths[i] = Width(c.Title)
		for _, row := range t.rows {
			widths[i] = max(widths[i], Width(row[i]))
		}
	}
	if width == 0 {
		return widths
	}
	for t.least(widths) > width {
		i := t.droppable(widths)
		if i < 0 {
			break
		}
		widths[i] = -1
	}
	// What does not fit is cut, the widest first.
	for total(widths) > width {
		widest := -1
		for i, c := range t.columns {
			if c.Least > 0 && widths[i] > c.Least && (widest < 0 || widths[i] > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break // there is no room even for the least
		}
		widths[widest]--
	}
	return widths
}

// total is how wide the table is.
func total(widths []int) (sum int) {
	for _, w := range widths {
		if w >= 0 {
			sum += w + len(gap)
		}
	}
	return sum - len(gap)
}

// least is how wide the table is if all that can be cut is cut.
func (t *Columns) least(widths []int) int {
	least := slices.Clone(widths)
	for i, c := range t.columns {
		if c.Least > 0 && least[i] > c.Least {
			least[i] = c.Least
		}
	}
	return total(least)
}

// droppable is the column to leave out next, -1 if there is none.
func (t *Columns) droppable(widths []int) int {
	found := -1
	for i, c := range t.columns {
		if c.Drop > 0 && widths[i] >= 0 && (found < 0 || c.Drop > t.columns[found].Drop) {
			found = i
		}
	}
	return found
}

// line is a row with each cell in its column. The last one is not filled up.
func (t *Columns) line(cells []string, widths []int) string {
	var parts []string
	for i, c := range t.columns {
		if widths[i] < 0 {
			continue
		}
		cell := Cut(cells[i], widths[i])
		fill := strings.Repeat(" ", widths[i]-Width(cell))
		if c.Right {
			parts = append(parts, fill+cell)
		} else {
			parts = append(parts, cell+fill)
		}
	}
	return strings.TrimRight(strings.Join(parts, gap), " ")
}
