// Package integration holds gorun's contract against a real systemd: in machines
// that package rig brings up, with users that log in over ssh. What is asserted
// is what the kernel and systemd say.
//
// The tests run for the Debian releases in $GORUN_SUITES, as in
// GORUN_SUITES=bookworm,trixie,forky, with the binary ../bin/gorun, and are
// skipped without the variable: see the Makefile. With -short, the tests that
// take longest are skipped.
package integration

import (
	"flag"
	"os"
	"strings"
	"sync"
	"testing"

	"gorun/integration/rig"
)

// binary is what is tested, made by "make build".
const binary = "../bin/gorun"

func TestMain(m *testing.M) {
	rig.Init()
	// The machines are what bounds how many tests run at a time: see [kind].
	if err := flag.Set("test.parallel", "1000"); err != nil {
		panic(err)
	}
	code := m.Run()
	container.close()
	vm.close()
	os.Exit(code)
}

// eachSuite runs a test on a machine of each suite, beside other tests. Virtual
// machines are slow: where containers do for most tests, $GORUN_VM_SUITES may name
// fewer suites for the others.
func eachSuite(t *testing.T, k *kind, test func(t *testing.T, g *guest)) {
	names := suites(t)
	if fewer := os.Getenv("GORUN_VM_SUITES"); k == vm && native() != vm && fewer != "" {
		names = strings.Split(fewer, ",")
	}
	onSuites(t, names, k, test)
}

// onSuites runs the test on all suites at the same time. A test that waits for a
// machine has not begun, so that its time is its own. Nothing runs beside a virtual
// machine, where what is slow already would exceed gorun's and systemd's timeouts.
func onSuites(t *testing.T, names []string, k *kind, test func(t *testing.T, g *guest)) {
	if k != vm {
		t.Parallel()
	}
	var all sync.WaitGroup
	for _, name := range names {
		all.Go(func() {
			k.places <- struct{}{}
			defer func() { <-k.places }()
			t.Run(name, func(t *testing.T) { test(t, &guest{k.lend(t, name)}) })
		})
	}
	all.Wait()
}

// suites names the releases to test on.
func suites(t *testing.T) []string {
	names := os.Getenv("GORUN_SUITES")
	if names == "" {
		t.Skip("GORUN_SUITES is not set: make test does")
	}
	return strings.Split(names, ",")
}

// long skips a test that takes longest, where only the short ones are asked for.
func long(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("takes long: make test-matrix runs it")
	}
}
