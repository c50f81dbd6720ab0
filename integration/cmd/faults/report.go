package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
	"time"
)

// printResult says on a line what came of a case, and below it what was wrong.
func printResult(w io.Writer, r result) {
	fmt.Fprintf(w, "%-18s %-38s %5d launches, %5d ran, %4d refused, %4d died, %d violations, %s\n", r.Suite, r.Name, r.Launches,
		r.Ran, sum(r.Refused), sum(r.Died), len(r.Violations), r.Took.Round(time.Second))
	for _, v := range r.Violations {
		fmt.Fprintf(w, "    %s (-seed %d)\n", v, r.Seed)
	}
	fmt.Fprint(w, r.Journal)
	if r.Name == soak.name {
		for _, what := range slices.Sorted(maps.Keys(r.KiB)) {
			fmt.Fprintf(w, "    memory of %s: %d KiB\n", what, r.KiB[what])
		}
	}
}

// report prints the table: cases, launches and violations, over all systemds. Below it are
// gorun's messages.
func report(w io.Writer, results []result) {
	byName := map[string]*result{}
	var order []*result
	for _, r := range results {
		all := byName[r.Name]
		if all == nil {
			all = &result{Name: r.Name}
			all.Refused, all.Died = map[string]int{}, map[string]int{}
			byName[r.Name], order = all, append(order, all)
		}
		all.Launches += r.Launches
		all.Ran += r.Ran
		all.Violations = append(all.Violations, r.Violations...)
		add(all.Refused, r.Refused)
		add(all.Died, r.Died)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\nwhat goes wrong\tlaunches\tran\trefused\tdied\tviolations\t")
	launches := 0
	for _, r := range order {
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t\n", r.Name, r.Launches, r.Ran, sum(r.Refused), sum(r.Died), len(r.Violations))
		launches += r.Launches
	}
	t.Flush()
	fmt.Fprintf(w, "%d launches, %d violations\n", launches, violations(results))
	for _, r := range order {
		printMessages(w, r.Name+", 125", r.Refused)
		printMessages(w, r.Name+", died", r.Died)
	}
}

// printMessages prints the most frequent messages.
func printMessages(w io.Writer, title string, count map[string]int) {
	const most = 6
	messages := slices.SortedFunc(maps.Keys(count), func(a, b string) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a, b))
	})
	for i, m := range messages {
		if i == 0 {
			fmt.Fprintf(w, "\n%s:\n", title)
		}
		if i == most {
			fmt.Fprintf(w, "%6d others\n", len(messages)-most)
			return
		}
		fmt.Fprintf(w, "%6d %.300s\n", count[m], m)
	}
}

func add(to, more map[string]int) {
	for text, n := range more {
		to[text] += n
	}
}

func sum(count map[string]int) (n int) {
	for _, more := range count {
		n += more
	}
	return n
}

func violations(results []result) (n int) {
	for _, r := range results {
		n += len(r.Violations)
	}
	return n
}
