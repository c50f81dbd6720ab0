package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// summary prints tests as they end, and a summary at the end.
type summary struct {
	out   io.Writer
	tests string // the package whose tests have a line each, with those below it; empty for none

	printed  map[name]*strings.Builder // output of tests that have not ended
	runs     map[name]int              // how often each test ran
	parts    map[name]int              // how many subtests each test had
	failures map[name]int              // how often each test failed
	whys     map[name]string           // the first complaint of each test that failed
	skipped  map[string][]string       // names of skipped tests, by the reason

	failedParts map[name]bool // tests and packages with failed parts

	passed, failed, skips int // tests without subtests, and packages that failed by themselves
}

func newSummary(out io.Writer, tests string) *summary {
	return &summary{
		out: out, tests: tests,
		printed: map[name]*strings.Builder{}, runs: map[name]int{}, parts: map[name]int{},
		failures: map[name]int{}, whys: map[name]string{}, skipped: map[string][]string{}, failedParts: map[name]bool{},
	}
}

// add handles an event.
func (s *summary) add(e event) {
	n := e.name()
	switch e.Action {
	case "run":
		s.runs[n]++
		s.parts[n.parent()]++
	case "output", "build-output":
		if s.printed[n] == nil {
			s.printed[n] = &strings.Builder{}
		}
		s.printed[n].WriteString(e.Output)
	case "pass", "fail", "skip":
		s.end(n, e)
	}
}

// end counts a test or package that has ended, and prints it.
func (s *summary) end(n name, e event) {
	text := ""
	if s.printed[n] != nil {
		text = ownWords(s.printed[n].String())
	}
	leaf := n.test != "" && s.parts[n] == 0
	switch {
	case e.Action == "fail":
		s.fail(n, e.Elapsed, text)
	case e.Action == "skip" && n.test != "":
		why := cmp.Or(complaint(text), "no reason given")
		s.skipped[why] = append(s.skipped[why], n.test)
	case s.hasLine(n, leaf):
		fmt.Fprintf(s.out, "ok     %6.1fs  %s\n", e.Elapsed, n)
	}
	if leaf || n.test == "" && e.Action == "fail" && !s.failedParts[n] {
		s.count(e.Action)
	}
	delete(s.printed, n)
	delete(s.parts, n)
	delete(s.failedParts, n)
}

// fail prints a failure, unless only parts failed, which have been printed.
func (s *summary) fail(n name, seconds float64, text string) {
	if n.test != "" {
		s.failedParts[n.parent()] = true
	}
	if s.failedParts[n] && text == "" {
		return
	}
	s.failures[n]++
	if s.whys[n] == "" {
		s.whys[n] = complaint(text)
	}
	fmt.Fprintf(s.out, "FAILED %6.1fs  %s\n%s", seconds, n, text)
}

// hasLine reports whether a test or package that passed has a line.
func (s *summary) hasLine(n name, leaf bool) bool {
	switch n.depth() {
	case 0:
		return s.parts[n] > 0
	case 1:
		return s.hasTests(n.pkg) && leaf
	case 2:
		return s.hasTests(n.pkg)
	default:
		return false
	}
}

// hasTests reports whether the tests of a package have a line each.
func (s *summary) hasTests(pkg string) bool {
	return s.tests != "" && (pkg == s.tests || strings.HasPrefix(pkg, s.tests+"/"))
}

// ownWords is a test's output without the lines that go test adds:
//
//	=== RUN   TestX/trixie
//	    --- FAIL: TestX/trixie (1.00s)
//	FAIL	gorun/integration	2.00s
func ownWords(printed string) string {
	var own strings.Builder
	for line := range strings.Lines(printed) {
		text := strings.TrimLeft(line, " ")
		if !strings.HasPrefix(text, "=== ") && !strings.HasPrefix(text, "--- ") && text != "FAIL\n" && !strings.HasPrefix(text, "FAIL\t") {
			own.WriteString(line)
		}
	}
	return own.String()
}

func (s *summary) count(action string) {
	switch action {
	case "pass":
		s.passed++
	case "fail":
		s.failed++
	case "skip":
		s.skips++
	}
}

// complaint finds in a test's output what it said first, for example why it was skipped:
//
//	main_test.go:50: takes long
//
// Empty if it said nothing.
func complaint(printed string) string {
	for line := range strings.Lines(printed) {
		if _, words, ok := strings.Cut(line, ".go:"); ok && strings.HasPrefix(line, " ") {
			_, words, _ = strings.Cut(words, ": ")
			return strings.TrimSpace(words)
		}
	}
	return ""
}

// print prints the skipped tests, the failures and the counts.
func (s *summary) print() {
	for _, why := range slices.Sorted(maps.Keys(s.skipped)) {
		names := slices.Compact(slices.Sorted(slices.Values(s.skipped[why])))
		fmt.Fprintf(s.out, "not run, %s:\n    %s\n", why, strings.Join(names, "\n    "))
	}
	for _, n := range s.failuresInOrder() {
		fmt.Fprintf(s.out, "FAILED %s", n)
		if s.runs[n] > 1 {
			fmt.Fprintf(s.out, ", %d of %d times", s.failures[n], s.runs[n])
		}
		fmt.Fprintln(s.out)
		if s.whys[n] != "" {
			fmt.Fprintf(s.out, "    %.200s\n", s.whys[n])
		}
	}
	fmt.Fprintf(s.out, "%d passed, %d failed, %d skipped\n", s.passed, s.failed, s.skips)
}

func (s *summary) failuresInOrder() []name {
	return slices.SortedFunc(maps.Keys(s.failures), func(a, b name) int {
		return strings.Compare(a.pkg+" "+a.test, b.pkg+" "+b.test)
	})
}
