package main

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"sync"
	"time"

	"gorun/integration/guest/faults/tally"
)

// self is this program.
var self, _ = os.Executable() // cannot fail: /proc is mounted

// trial is a case with its launches.
type trial struct {
	testCase
	launches []launch
	file     string // what the commands write
	tally    tally.Tally

	mu     sync.Mutex
	random *rand.Rand
	usual  time.Duration // of a launch that nothing disturbs
	pace   time.Duration // between the starts of two launches; 0 for as soon as possible
	lasts  time.Duration // a command
}

func newTrial(c testCase, launches int, seed uint64) *trial {
	t := &trial{testCase: c, launches: make([]launch, launches), random: rand.New(rand.NewPCG(seed, 0))}
	t.tally = tally.Tally{Case: c.name, Seed: seed, Launches: launches, Refused: map[string]int{}, Died: map[string]int{}, KiB: map[string]int64{}}
	for i := range t.launches {
		l := &t.launches[i]
		if l.n, l.testCase = i, c; c.isMixed {
			l.testCase = t.mixed()
		}
		if l.vary != nil {
			l.vary(l)
		}
	}
	return t
}

// run runs the launches, and checks what is left of them.
func (t *trial) run() (*tally.Tally, error) {
	f, err := os.CreateTemp("", "faults-")
	if err != nil {
		return nil, err
	}
	f.Close()
	t.file = f.Name()
	defer os.Remove(t.file)
	if err := t.measure(); err != nil {
		return nil, err
	}
	before, err := calmSnapshot()
	if err != nil {
		return nil, err
	}
	if err := runAsRoot(t.prepare); err != nil {
		return nil, err
	}
	if err := os.WriteFile(tally.Going, nil, 0o644); err != nil {
		return nil, err
	}
	t.noteManagers("before")
	end := t.around()
	t.launchAll()
	end()
	t.noteLaunches()
	os.Remove(tally.Going)
	if err := runAsRoot(t.restore); err != nil {
		return nil, err
	}
	left := t.left(before)
	if len(left) > 0 {
		journal, _ := exec.Command("journalctl", "--user", "--no-pager", "--lines=30", "--unit=gorun-linger.service").CombinedOutput() // or what is wrong with it
		t.tally.Journal = string(journal)
	}
	for _, d := range append(left, sprung()...) {
		t.tally.Violate(d)
	}
	t.noteManagers("after")
	return &t.tally, t.judge()
}

// runAsRoot runs a script, if there is one.
func runAsRoot(script string) error {
	if script == "" {
		return nil
	}
	command := asRoot(script)
	if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", script, err, out)
	}
	return nil
}

// left is what differs from the snapshot in the end. Where nobody was there to clean up, it is
// what neither the next run gives back nor "gorun --clean" removes.
func (t *trial) left(before snapshot) []string {
	left := awaitSnapshot(before, patience)
	if len(left) == 0 || !t.mayLeave {
		return left
	}
	t.tally.Cleaned = left
	for _, args := range [][]string{{"true"}, {"--clean"}} {
		if out, err := exec.Command("gorun", args...).CombinedOutput(); err != nil {
			return append(left, fmt.Sprintf("gorun %s: %v: %s", args[0], err, out))
		}
	}
	return awaitSnapshot(before, patience)
}

// measure takes the time of a launch among as many as there are at a time.
func (t *trial) measure() error {
	const rounds = 3
	var times []time.Duration
	var failed error
	var mu sync.Mutex
	for range rounds {
		var running sync.WaitGroup
		for range max(2, min(t.atATime, 16)) {
			running.Go(func() {
				var l launch
				begun := time.Now()
				l.do(t.file, nil)
				mu.Lock()
				defer mu.Unlock()
				if v, why := l.judge(1); v != wellDone { // the status is enough
					failed = fmt.Errorf("a launch that nothing disturbs: %s", why)
				}
				times = append(times, time.Since(begun))
			})
		}
		running.Wait()
	}
	slices.Sort(times)
	t.usual = times[len(times)/2]
	return cmp.Or(failed, os.Truncate(t.file, 0))
}

// around begins what goes on beside all launches, and returns its end.
func (t *trial) around() func() {
	if t.beside == nil {
		return func() {}
	}
	done := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() { t.beside(done) })
	return func() { close(done); running.Wait() }
}

// launchAll makes the launches, some at a time.
func (t *trial) launchAll() {
	next := make(chan *launch)
	var running sync.WaitGroup
	for range t.atATime {
		running.Go(func() {
			for l := range next {
				l.env = append(l.env, fmt.Sprintf("%s=%d", sleepVariable, t.lasts.Milliseconds()))
				l.do(t.file, t.disturbance(l))
			}
		})
	}
	for i := range t.launches {
		next <- &t.launches[i]
		time.Sleep(t.pace)
	}
	close(next)
	running.Wait()
}

// disturbance is what disturbs a launch; nil if nothing does.
func (t *trial) disturbance(l *launch) func() {
	switch {
	case l.disturb != nil:
		return func() { l.disturb(t, l) }
	case t.lasts > 0:
		return func() { l.sample(t.lasts / 2) }
	}
	return nil
}

// moment is a random time within half as much again as a launch takes.
func (t *trial) moment() time.Duration { return time.Duration(t.int64(int64(t.usual * 3 / 2))) }

func (t *trial) int64(n int64) int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.random.Int64N(n)
}

// ownScope is a scope of gorun's, of which each run has its own.
var ownScope = regexp.MustCompile(`^gorun-[^/]*-[0-9a-f]+\.scope$`)

// judge judges each launch.
func (t *trial) judge() error {
	runs, err := readRuns(t.file)
	if err != nil {
		return err
	}
	scopes := map[string]string{}
	for i := range t.launches {
		l := &t.launches[i]
		t.count(l, len(runs[l.id()]))
		for _, run := range runs[l.id()] {
			scope := path.Base(run.group)
			other, isShared := scopes[scope]
			switch {
			case !l.isScope(scope):
				t.tally.Violate(fmt.Sprintf("launch %d ran in %s", l.n, run.group))
			case isShared && l.scope == nil: // a name may be used again
				t.tally.Violate(fmt.Sprintf("launches %d and %s ran in %s", l.n, other, scope))
			case run.given != l.given():
				t.tally.Violate(fmt.Sprintf("launch %d got other arguments or variables", l.n))
			}
			scopes[scope] = l.id()
		}
	}
	return nil
}

// isScope reports whether the command may have run in a unit.
func (l *launch) isScope(unit string) bool {
	return ownScope.MatchString(unit) || l.scope != nil && l.scope.MatchString(unit)
}

// count adds a launch to the tally.
func (t *trial) count(l *launch, ran int) {
	t.tally.Ran += ran
	switch v, why := l.judge(ran); {
	case v == wrong, v == refused && !t.mayRefuse && !l.mayRefuse && !l.isInvalid, v == died && !t.mayDie && !l.mayDie:
		t.tally.Violate(fmt.Sprintf("launch %d: %s", l.n, why))
	case v == refused:
		t.tally.Refused[general(why)]++
	case v == died:
		t.tally.Died[general(why)]++
	}
}

// specific is what differs from launch to launch in a message.
var specific = regexp.MustCompile(`gorun-[^ ]*-[0-9a-f]+\.scope|\b[0-9]{2,}\b|\b[0-9a-f]{16}\b|x{9,}`)

// general is a message without what differs from launch to launch.
func general(message string) string { return specific.ReplaceAllString(message, "…") }
