package integration

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
)

// conformanceTable collects the observations on machines of several versions, and prints
// them.
type conformanceTable struct {
	sync.Mutex
	versions []int // of systemd
	of       map[int]*conformance
}

// add adds the observations on one machine.
func (x *conformanceTable) add(version int, c *conformance) {
	x.Lock()
	defer x.Unlock()
	if x.of == nil {
		x.of = map[int]*conformance{}
	}
	x.of[version] = c
	x.versions = append(x.versions, version)
	slices.Sort(x.versions)
}

// print prints a row for each trial: the observations without a prefix, and whether each
// prefix gave the same.
func (x *conformanceTable) print(out io.Writer) {
	if len(x.versions) == 0 {
		return // nothing was tried
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "What a command does alone and behind others, on systemd %s\n", strings.Join(words(x.versions), ", "))
	trials := x.of[x.versions[0]].trials
	for i, t := range trials {
		if i == 0 || t.Group != trials[i-1].Group {
			fmt.Fprintf(w, "\n%s\talone\t%s\n", t.Group, join(prefixes()[1:], "\t"))
		}
		x.printRow(w, t)
	}
	fmt.Fprint(w, "\ndifferences\t")
	for _, p := range prefixes()[1:] {
		fmt.Fprintf(w, "\t%s", x.merge(func(c *conformance) string { return fmt.Sprint(c.differences(p)) }))
	}
	fmt.Fprintln(w)
	w.Flush() // an error on standard output cannot be reported
	x.printReasons(out, trials)
}

// printRow prints one trial.
func (x *conformanceTable) printRow(w io.Writer, t conformTrial) {
	text := x.merge(func(c *conformance) string { return c.saw[alone][t.Name] })
	if t.OnlyFor != "" {
		text = ""
	}
	fmt.Fprintf(w, "%s\t%s", t.Name, cellText(text))
	for _, p := range prefixes()[1:] {
		fmt.Fprintf(w, "\t%s", cellText(x.merge(func(c *conformance) string { return c.verdict(t, p) })))
	}
	fmt.Fprintln(w)
}

// verdict is a cell's text: "same", or the different observations.
func (c *conformance) verdict(t conformTrial, p prefix) string {
	got, tried := c.saw[p][t.Name]
	switch {
	case !tried:
		return ""
	case t.OnlyFor != "" && got == t.Want:
		return "as it should"
	case got == c.wanted(t):
		return "same"
	}
	return "≠ " + got
}

// merge is one text if all versions agree, and otherwise each text with its versions.
func (x *conformanceTable) merge(text func(*conformance) string) string {
	r := resultOf{}
	for v, c := range x.of {
		r[v] = text(c)
	}
	return r.merged()
}

// cellWidth limits the width of a cell.
const cellWidth = 30

// cellText shortens a text to fit a cell. It keeps the end, which has the status.
func cellText(text string) string {
	runes := []rune(printableRunes(text))
	if len(runes) > cellWidth {
		runes = append([]rune{'…'}, runes[len(runes)-cellWidth+1:]...)
	}
	return string(runes)
}

// printableRunes replaces control characters, which would disturb the terminal and the
// table.
func printableRunes(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text)
}

// printReasons prints where gorun differs, and why.
func (x *conformanceTable) printReasons(out io.Writer, trials []conformTrial) {
	fmt.Fprintln(out, "\nWhere gorun differs, and why:")
	for _, t := range trials {
		if t.Reason != "" {
			fmt.Fprintf(out, "  %s: %s\n", t.Name, t.Reason)
		}
		if t.ReasonExec != "" {
			fmt.Fprintf(out, "  %s, with --exec: %s\n", t.Name, t.ReasonExec)
		}
		if t.ReasonOptions != "" {
			fmt.Fprintf(out, "  %s, with options: %s\n", t.Name, t.ReasonOptions)
		}
	}
}
