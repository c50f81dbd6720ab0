package integration

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
)

// table collects the results of the cells, and prints them.
type table struct {
	sync.Mutex
	versions []int                // of systemd
	results  map[cellKey]resultOf // of each cell, by version
}

// cellKey identifies a cell on all versions.
type cellKey struct {
	kill, linger bool
	from         from
	command      command
	launcher     launcher
}

// resultOf is a cell's result by systemd's version.
type resultOf map[int]string

func newTable() *table { return &table{results: map[cellKey]resultOf{}} }

// add adds the results of one machine.
func (x *table) add(version int, cells []*cell) {
	x.Lock()
	defer x.Unlock()
	if !slices.Contains(x.versions, version) {
		x.versions = append(x.versions, version)
		slices.Sort(x.versions)
	}
	for _, c := range cells {
		key := cellKey{c.kill, c.linger, c.from, c.command, c.launcher}
		if x.results[key] == nil {
			x.results[key] = resultOf{}
		}
		x.results[key][version] = c.result()
	}
}

// result is the cell's fate, and what was left.
func (c *cell) result() string {
	text := string(c.fate())
	if len(c.left) > 0 {
		text += ", left " + strings.Join(c.left, ", ")
	}
	return text
}

// print prints the table, a part for each kind of machine and user.
func (x *table) print(out io.Writer) {
	x.Lock()
	defer x.Unlock()
	if len(x.versions) == 0 {
		return // nothing was measured
	}
	w := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprintf(w, "What lives %v after the last logout, on systemd %s, and what its end leaves\n",
		afterLogout, strings.Join(words(x.versions), ", "))
	for _, kill := range []bool{true, false} {
		for _, linger := range []bool{false, true} {
			x.printPart(w, kill, linger)
		}
	}
	fmt.Fprint(w, legend)
	w.Flush() // an error on standard output cannot be reported
}

const legend = `
alive        unless the cell says otherwise, the command's end leaves no unit, lingering, user
             manager or process that would not exist anyway
hung up      killed by the end of the terminal: the command does not ignore SIGHUP, and gorun
             does not change that. gorun --audit says so before
not started  the launcher gave up
by root      logind does not kill processes in root's sessions
tmux, screen are judged by a program in them. Over ssh with a tty they are attached to it, except
             under nohup, which takes the terminal away; otherwise they are detached
su, sudo     the user who runs them has logged in over ssh, and logs out
cron         the user logs in and out while the job runs
service      starts the command, keeps running, and is stopped later
`

// printPart prints the cells with the same surroundings.
func (x *table) printPart(w io.Writer, kill, linger bool) {
	fmt.Fprintf(w, "\n%s\n\n", surroundings(kill, linger))
	fmt.Fprintln(w, "started from\tcommand\t"+join(everyLauncher, "\t"))
	for _, from := range everyFrom {
		for _, command := range everyCommand {
			fmt.Fprintf(w, "%s\t%s", from, command)
			for _, launcher := range everyLauncher {
				fmt.Fprintf(w, "\t%s", x.results[cellKey{kill, linger, from, command, launcher}].merged())
			}
			fmt.Fprintln(w)
		}
	}
}

// merged is one result if all versions agree, and otherwise each result with its
// versions.
func (r resultOf) merged() string {
	versions := map[string][]int{}
	for version, text := range r {
		versions[text] = append(versions[text], version)
	}
	var texts []string
	for text, of := range versions {
		if len(versions) == 1 {
			return text
		}
		slices.Sort(of)
		texts = append(texts, strings.Join(words(of), " ")+": "+text)
	}
	slices.Sort(texts)
	return strings.Join(texts, "; ")
}

// words returns the numbers as text.
func words(numbers []int) []string {
	list := make([]string, len(numbers))
	for i, n := range numbers {
		list[i] = fmt.Sprint(n)
	}
	return list
}

// join is [strings.Join] for any string type.
func join[T ~string](list []T, separator string) string {
	texts := make([]string, len(list))
	for i, text := range list {
		texts[i] = string(text)
	}
	return strings.Join(texts, separator)
}

func TestTableSplitsWhereVersionsDiffer(t *testing.T) {
	for want, r := range map[string]resultOf{
		"alive":                          {252: "alive", 257: "alive", 262: "alive"},
		"252 262: alive; 257: killed":    {262: "alive", 257: "killed", 252: "alive"},
		"252: a; 257: b, left x; 262: c": {252: "a", 257: "b, left x", 262: "c"},
		"":                               nil,
	} {
		if got := r.merged(); got != want {
			t.Errorf("%v: %q, want %q", r, got, want)
		}
	}
}
