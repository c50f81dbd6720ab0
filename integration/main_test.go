// Package integration tests gorun's promises with a real systemd, on machines of package
// rig, with users that log in over ssh. The tests check what the kernel and systemd
// report.
//
// The tests run on the Debian releases in $GORUN_SUITES, such as
// GORUN_SUITES=bookworm,trixie,forky, with the binary ../bin/gorun. Without the variable
// they are skipped: see the Makefile. With -short, the longest tests are skipped.
//
// The longest tests are also skipped on the releases in $GORUN_SHORT_SUITES. On those in
// $GORUN_DONE_SUITES only the longest tests run: those of "make test" have passed there.
package integration

import (
	"flag"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"gorun/integration/rig"
)

// binaryFor is the gorun under test, made by "make build" or, for another processor, by "make
// test-arm64".
func binaryFor(s rig.Suite) string { return "../" + s.Binary() }

func TestMain(m *testing.M) {
	rig.Init()
	// The number of machines limits how many tests run at a time: see [kind].
	if err := flag.Set("test.parallel", "1000"); err != nil {
		panic(err)
	}
	code := m.Run()
	container.close()
	vm.close()
	os.Exit(code)
}

// eachSuite runs a test on a machine of each suite, in parallel with other tests. Virtual
// machines are slow. If most tests run in containers, $GORUN_VM_SUITES may name fewer
// suites for the others.
func eachSuite(t *testing.T, k *kind, test func(t *testing.T, g *guest)) {
	if k == vm {
		onSuites(t, ofVMs(t), k, test)
		return
	}
	onSuites(t, wanted(t), k, test)
}

// ofVMs lists the releases to test on in virtual machines. Where containers can be had, they may be
// fewer.
func ofVMs(t *testing.T) []string {
	t.Helper()
	if fewer := os.Getenv("GORUN_VM_SUITES"); native() != vm && fewer != "" {
		return strings.Split(fewer, ",")
	}
	return wanted(t)
}

// onSuites runs the test on all suites in parallel. A test starts only when it has a
// machine, so that its time does not include the wait. Nothing runs in parallel with a
// virtual machine: it would become too slow for the timeouts of gorun and systemd.
func onSuites(t *testing.T, names []string, k *kind, test func(t *testing.T, g *guest)) {
	if testing.Short() && native() == vm && !isEssential[t.Name()] && vm.isSlow(t, names[0]) {
		t.Skip("takes long without KVM: make test as root runs it")
	}
	if len(names) == 0 {
		t.Skip("not on these releases, or make test has run it")
	}
	if isFirst[t.Name()] {
		first.Add(len(names))
	}
	if k != vm {
		t.Parallel()
		vm.close() // parallel tests begin after the others, and an emulated machine is never idle
	}
	var all sync.WaitGroup
	for _, name := range names {
		all.Go(func() {
			if !isFirst[t.Name()] && k != vm {
				first.Wait()
			}
			k.places <- struct{}{}
			if isFirst[t.Name()] {
				first.Done()
			}
			defer func() { <-k.places }()
			t.Run(name, func(t *testing.T) { test(t, &guest{k.lend(t, name)}) })
		})
	}
	all.Wait()
}

// suites lists the releases to test on.
func suites(t *testing.T) []string {
	names := os.Getenv("GORUN_SUITES")
	if names == "" {
		t.Skip("GORUN_SUITES is not set: use make test")
	}
	return strings.Split(names, ",")
}

// wanted lists the releases to run a test on.
func wanted(t *testing.T) []string {
	t.Helper()
	return slices.DeleteFunc(suites(t), func(name string) bool {
		return isLong[t.Name()] && listed("GORUN_SHORT_SUITES", name) || !isLong[t.Name()] && !isDeeper[t.Name()] && listed("GORUN_DONE_SUITES", name)
	})
}

// only lists one of the releases to run a test on, or none. It is for tests of what costs much and is
// the same on all.
func only(t *testing.T, suite string) []string {
	t.Helper()
	return slices.DeleteFunc(wanted(t), func(name string) bool { return name != suite })
}

// listed reports whether a variable lists a release.
func listed(variable, suite string) bool {
	return slices.Contains(strings.Split(os.Getenv(variable), ","), suite)
}

// isLong and isDeeper have the names of tests that are long or deeper.
var isLong, isDeeper = map[string]bool{}, map[string]bool{}

// long marks a long test, which is skipped with -short.
func long(t *testing.T) {
	t.Helper()
	isLong[t.Name()] = true
	if testing.Short() {
		t.Skip("takes long: make test-matrix runs it")
	}
}

// thoroughSuite is the suite of make test.
const thoroughSuite = "trixie"

// often is how many times something is done that goes wrong rarely: n times on one systemd, and a
// fifth of that on the others, or GORUN_THOROUGH=yes.
func (g *guest) often(n int) int {
	if g.Suite.Name == thoroughSuite || os.Getenv("GORUN_THOROUGH") != "" {
		return n
	}
	return n / 5
}

// deeper marks a test that does more without -short.
func deeper(t *testing.T) { isDeeper[t.Name()] = true }

// isFirst has the names of tests that get their machines before all others, and first counts the
// machines that they have not got yet.
var (
	isFirst = map[string]bool{}
	first   sync.WaitGroup
)

// begins marks a test that takes so long that the others would have ended before it. It may be no
// test in virtual machines.
func begins(t *testing.T) { isFirst[t.Name()] = true }

// isEssential has the names of tests that are essential.
var isEssential = map[string]bool{}

// essential marks a test that runs with -short also where all machines are emulated, which
// takes half a minute. There tests run one after the other.
func essential(t *testing.T) {
	if native() == vm {
		isEssential[t.Name()] = true
	}
}
