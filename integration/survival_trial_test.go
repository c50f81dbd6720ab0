package integration

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"gorun/integration/rig"
)

const (
	// stopDelay is UserStopDelaySec= of the machines.
	stopDelay = 2 * time.Second
	// afterLogout is how long after the last logout a command has to be alive.
	afterLogout = stopDelay + 10*time.Second
	// settleTimeout limits the wait for the managers' jobs, also on a busy machine.
	settleTimeout = time.Minute
	// trialTimeout limits the time of all steps on one machine. They take some two
	// minutes when nothing else runs.
	trialTimeout = 12 * time.Minute
)

// trial is a machine with a KillUserProcesses= setting. It tries all cells in parallel.
type trial struct {
	kill  bool
	cells []*cell
	m     *rig.Machine
	root  *rig.Login // stays logged in

	sync.Mutex              // guards logins while they are made
	logins     []*rig.Login // log out together
}

// run fills in the result of each cell.
func (x *trial) run(t *testing.T, suite string) error {
	ctx, cancel := context.WithTimeout(t.Context(), trialTimeout)
	defer cancel()
	if err := x.boot(t, ctx, suite); err != nil {
		return err
	}
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"prepare", x.prepare},
		{"start the commands", x.start},
		{"see what has started", x.seeStarted},
		{"ask for verdicts", x.askVerdicts},
		{"log out", x.logout},
		{"see what lives", x.seeAlive},
		{"end the commands", x.end},
		{"see what is left", x.seeLeft},
	} {
		begun := time.Now()
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
		t.Logf("%s: %.1fs", step.name, time.Since(begun).Seconds())
	}
	return nil
}

// boot starts the machine, which ends with the test.
func (x *trial) boot(t *testing.T, ctx context.Context, suite string) (err error) {
	if x.m, err = container.boot(suite); err != nil {
		return err
	}
	t.Cleanup(x.m.Close)
	x.root, err = x.m.Login(ctx, "root")
	return err
}

// sh runs a script as root that must succeed, and returns its output as lines.
func (x *trial) sh(ctx context.Context, script string) ([]string, error) {
	out, err := x.root.Run(ctx, script)
	if err == nil && (out.Status != 0 || out.Stderr != "") {
		err = fmt.Errorf("status %d, printed %q", out.Status, out.Stderr)
	}
	return strings.Split(strings.TrimSpace(out.Stdout), "\n"), err
}

// await repeats a condition until it holds or the time is over. A timeout is not an
// error: the later measurement shows what is wrong.
func (x *trial) await(ctx context.Context, most time.Duration, condition string) error {
	_, err := x.sh(ctx, fmt.Sprintf(`end=$(($(date +%%s) + %d))
		until %s; do [ $(date +%%s) -lt $end ] || break; sleep 1; done`, int(most.Seconds()), condition))
	return err
}

// users returns the users of the cells for which a condition holds.
func (x *trial) users(condition func(*cell) bool) []string {
	var names []string
	for _, c := range x.cells {
		if condition(c) {
			names = append(names, c.user)
		}
	}
	return names
}

// startedFrom is a condition for users.
func startedFrom(f from) func(*cell) bool {
	return func(c *cell) bool { return c.from == f }
}

// forEach calls do for each user, a few at a time.
func forEach(users []string, do func(user string) error) error {
	var wait sync.WaitGroup
	slots := make(chan struct{}, 8)
	errs := make([]error, len(users))
	for i, user := range users {
		slots <- struct{}{}
		wait.Go(func() {
			errs[i] = do(user)
			<-slots
		})
	}
	wait.Wait()
	return errors.Join(errs...)
}

// fail ends the test, with the machine's log.
func (x *trial) fail(t *testing.T, err error) {
	t.Helper()
	if x.m != nil {
		t.Logf("the journal:\n%s", x.m.Journal(context.Background()))
	}
	t.Fatal(err)
}
