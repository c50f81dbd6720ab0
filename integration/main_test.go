// Package integration holds gorun's contract against a real systemd: in machines
// that package rig brings up, with users that log in over ssh. What is asserted
// is what the kernel and systemd say.
//
// The tests run for the Debian releases in $GORUN_SUITES, as in
// GORUN_SUITES=bookworm,trixie,forky, with the binary ../bin/gorun, and are
// skipped without it: see the Makefile. $GORUN_SLOW_SUITES may name fewer for the
// tests that take longest.
package integration

import (
	"context"
	"flag"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"gorun/integration/rig"
)

// binary is what is tested, made by "make build".
const binary = "../bin/gorun"

func TestMain(m *testing.M) {
	rig.Init()
	// What runs in parallel here waits, most of the time.
	if err := flag.Set("test.parallel", "12"); err != nil {
		panic(err)
	}
	code := m.Run()
	park.close()
	os.Exit(code)
}

// park keeps a running machine of each kind and suite for the tests that leave it
// as they found it.
var park = machines{parked: map[string]*parked{}}

type machines struct {
	sync.Mutex
	parked map[string]*parked
}

// parked is a place for a machine, which is started when it is first asked for.
type parked struct {
	sync.Mutex
	machine *rig.Machine
}

// get returns the running machine of that name, or starts it.
func (p *machines) get(name string, start func() (*rig.Machine, error)) (*rig.Machine, error) {
	place := p.place(name)
	place.Lock()
	defer place.Unlock()
	if place.machine != nil {
		return place.machine, nil
	}
	m, err := start()
	if err == nil {
		place.machine = m
	}
	return m, err
}

func (p *machines) place(name string) *parked {
	p.Lock()
	defer p.Unlock()
	if p.parked[name] == nil {
		p.parked[name] = &parked{}
	}
	return p.parked[name]
}

func (p *machines) close() {
	for _, place := range p.parked {
		if place.machine != nil {
			place.machine.Close()
		}
	}
}

// kind is how machines are brought up.
type kind struct {
	name  string
	start func(context.Context, *rig.Image) (*rig.Machine, error)
}

var (
	container = kind{"container", rig.StartContainer}
	// vm has the memory, cpu, io and pids controllers, whatever the host has.
	vm = kind{"vm", rig.StartVM}
)

// native is the fastest kind that works here.
func native() kind {
	if os.Geteuid() == 0 {
		return container
	}
	return vm
}

// eachSuite runs a test on a machine of each suite, on all of them at the same time:
// what they do is to wait, most of the time. Virtual machines are slow.
func eachSuite(t *testing.T, k kind, test func(t *testing.T, m *guest)) {
	if k.name == vm.name {
		eachSlowSuite(t, k, test)
		return
	}
	onSuites(t, suites(t), k, test)
}

// eachSlowSuite is eachSuite for a test that takes long, or all of the processors.
func eachSlowSuite(t *testing.T, k kind, test func(t *testing.T, m *guest)) {
	onSuites(t, slowSuites(t), k, test)
}

func onSuites(t *testing.T, names []string, k kind, test func(t *testing.T, m *guest)) {
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, sharedGuest(t, k, name))
		})
	}
}

// suites names the releases to test on.
func suites(t *testing.T) []string {
	names := os.Getenv("GORUN_SUITES")
	if names == "" {
		t.Skip("GORUN_SUITES is not set: make test does")
	}
	return strings.Split(names, ",")
}

// slowSuites names the releases for the tests that take longest: those in virtual
// machines, the survival table, and those that start hundreds of scopes.
func slowSuites(t *testing.T) []string {
	all := suites(t)
	if names := os.Getenv("GORUN_SLOW_SUITES"); names != "" {
		return strings.Split(names, ",")
	}
	return all
}

// sharedGuest is the parked machine of a kind and suite, with gorun on it.
func sharedGuest(t *testing.T, k kind, suiteName string) *guest {
	t.Helper()
	m, err := park.get(k.name+suiteName, func() (*rig.Machine, error) { return boot(k, suiteName) })
	if err != nil {
		t.Fatal(err)
	}
	g := &guest{Machine: m}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the journal of %s:\n%s", t.Name(), m.Journal(context.Background()))
		}
	})
	return g
}

func boot(k kind, suiteName string) (*rig.Machine, error) {
	suite, err := rig.SuiteNamed(suiteName)
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	img, err := rig.OpenImage(ctx, suite, os.Stderr)
	if err != nil {
		return nil, err
	}
	m, err := k.start(ctx, img)
	if err != nil {
		return nil, err
	}
	return m, m.Install(ctx, binary)
}

// scriptTimeout bounds one script on a guest, also on an emulated one.
const scriptTimeout = 10 * time.Minute

// guest is a machine as tests use it: what goes wrong with the machine itself
// ends the test.
type guest struct{ *rig.Machine }

// login logs a user in for the rest of the test.
func (g *guest) login(t *testing.T, user string) *session {
	t.Helper()
	l, err := g.Login(t.Context(), user)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return &session{t, l}
}

// session is a user's login.
type session struct {
	t *testing.T
	*rig.Login
}

// run runs a script to its end.
func (s *session) run(script string) rig.Output {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), scriptTimeout)
	defer cancel()
	out, err := s.Login.Run(ctx, script)
	if err != nil {
		s.t.Fatalf("%s: %v", script, err)
	}
	return out
}

// ok runs a script that has to end well without a word on standard error, and
// returns what it printed.
func (s *session) ok(script string) string {
	s.t.Helper()
	out := s.run(script)
	if out.Status != 0 || out.Stderr != "" {
		s.t.Fatalf("%s: status %d, signal %q, printed %q and %q", script, out.Status, out.Signal, out.Stdout, out.Stderr)
	}
	return strings.TrimSpace(out.Stdout)
}

// waitFor repeats a script until it prints want: for what systemd does some time
// after the event that tests can see.
func (s *session) waitFor(want, script string) {
	s.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		got := s.ok(script)
		if got == want {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("%s: still prints %q, want %q", script, got, want)
		}
	}
}

// nothingLeft makes sure that no unit of gorun's is left, and no failed one.
func (s *session) nothingLeft(systemctl string) {
	s.t.Helper()
	s.waitFor("", systemctl+" list-units --all --no-legend --plain 'gorun-*'")
	s.waitFor("", systemctl+" list-units --failed --no-legend --plain")
}
