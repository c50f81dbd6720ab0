package manage

import (
	"fmt"
	"io"
	"strings"
	"time"

	"gorun/internal/report"
	"gorun/internal/text"
)

// PrintList prints runs for people, each in a line that fits the screen. With users it says whose
// they are.
func PrintList(out io.Writer, screen text.Screen, list []*Status, users bool) error {
	columns := []text.Column{
		{Title: "UNIT", Least: leastUnit(screen)},
		{Title: "AGE", Right: true, Drop: 1},
		{Title: "LEFT", Right: true, Drop: 2},
		{Title: "TASKS", Right: true, Drop: 5},
		{Title: "MEMORY", Right: true, Drop: 4},
		{Title: "CPU", Right: true, Drop: 6},
		{Title: "LOGOUT", Drop: 3},
		{Title: "COMMAND", Least: leastCommand(screen)},
	}
	var rows [][]string
	for _, u := range list {
		rows = append(rows, []string{u.Unit, orDash(u.Age, span), orDash(u.TimeLeft, span), orDash(u.Tasks, count), orDash(u.Memory, text.Bytes),
			orDash(u.CPU, span), survival(u.SurvivesLogout), u.mark() + u.line()})
	}
	return printRows(out, screen, columns, rows, list, users)
}

// PrintEnded prints runs that have ended, each in a line.
func PrintEnded(out io.Writer, screen text.Screen, list []*Status, users bool) error {
	columns := []text.Column{
		{Title: "UNIT", Least: leastUnit(screen)},
		{Title: "ENDED", Drop: 1},
		{Title: "TOOK", Right: true, Drop: 2},
		{Title: "HOW", Least: 8},
		{Title: "MEMORY", Right: true, Drop: 4},
		{Title: "CPU", Right: true, Drop: 5},
		{Title: "COMMAND", Least: leastCommand(screen)},
	}
	var rows [][]string
	for _, u := range list {
		rep := u.Report
		rows = append(rows, []string{u.Unit, when(rep.EndedAt), orDash(rep.Duration, span), how(rep), orDash(rep.MemoryPeak, text.Bytes),
			orDash(rep.CPU, span), u.line()})
	}
	return printRows(out, screen, columns, rows, list, users)
}

// leastUnit is how many cells the names of units get at least, because they are typed again, and
// leastCommand how many COMMAND gets.
func leastUnit(s text.Screen) int    { return max(14, s.Width*3/8) }
func leastCommand(s text.Screen) int { return min(max(10, s.Width/4), 20) }

// printRows prints the rows of a list.
func printRows(out io.Writer, screen text.Screen, columns []text.Column, rows [][]string, list []*Status, users bool) error {
	if users {
		columns = append([]text.Column{{Title: "USER"}}, columns...)
	}
	table := text.NewColumns(columns...)
	for i, row := range rows {
		if screen.Width > 0 {
			row[0] = short(row[0])
		}
		if users {
			row = append([]string{text.OrEmpty(list[i].User)}, row...)
		}
		table.Row(row...)
	}
	return table.Print(out, screen.Width, screen.Bold)
}

// short is a unit's name without what need not be typed.
func short(unit string) string {
	return strings.TrimPrefix(strings.TrimSuffix(unit, suffix), prefix)
}

// mark says of a run what is unusual.
func (u *Status) mark() string {
	switch {
	case u.isFrozen():
		return "(frozen) "
	case u.State != "active":
		return "(" + u.State + ") "
	}
	return ""
}

// line is COMMAND's command line, or if that is not known the unit's description.
func (u *Status) line() string {
	switch {
	case len(u.Command) > 0:
		return strings.Join(u.Command, " ")
	case u.Description != nil:
		return *u.Description
	}
	return "-"
}

// how says how a run ended, in a word or two.
func how(rep *report.Report) string {
	switch {
	case rep.Outcome != report.Exited && rep.Outcome != report.Signaled:
		return string(rep.Outcome)
	case rep.Signal != nil:
		return *rep.Signal
	case rep.ExitCode != nil:
		return fmt.Sprintf("exited %d", *rep.ExitCode)
	}
	return "-"
}

// when is a time by the caller's clock.
func when(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return t.Local().Format(time.DateTime)
}

// survival is a verdict in a word.
func survival(survives *bool) string {
	switch {
	case survives == nil:
		return "?"
	case *survives:
		return "survives"
	}
	return "ends"
}

func count(n uint64) string { return fmt.Sprint(n) }

// span is a duration in at most two units.
func span(seconds float64) string { return text.Span(report.Duration(seconds)) }

// orDash writes a value, or a dash if it is not known or does not apply.
func orDash[T any](value *T, write func(T) string) string {
	if value == nil {
		return "-"
	}
	return write(*value)
}
