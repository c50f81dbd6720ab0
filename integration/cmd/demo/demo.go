package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"gorun/integration/rig"
)

// onStage sets up a machine and plays on it.
func onStage(ctx context.Context, play func(stage) error) error {
	m, err := prepare(ctx)
	if err != nil {
		return err
	}
	defer closeMachine(m)
	s := stage{machine: m, patience: patience(m), out: os.Stdout}
	if err := s.setUp(ctx); err != nil {
		return err
	}
	return play(s)
}

// demo shows all scenes.
func (s stage) demo(ctx context.Context) error {
	began := time.Now()
	limits, err := s.playAll(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("\n# %s\n", summary(time.Since(began), limits.missing()))
	return nil
}

// stage is the machine of the scenes.
type stage struct {
	machine  *rig.Machine
	patience time.Duration // the time limit of each step
	out      io.Writer     // where the steps are shown
}

// patience is long enough for a busy host. On an idle host the slowest step takes three
// seconds.
func patience(m *rig.Machine) time.Duration {
	return 20 * time.Second * time.Duration(m.Slowness())
}

// playAll plays the scenes in order. It returns the limits that alice can have.
func (s stage) playAll(ctx context.Context) (limits, error) {
	limits, err := s.playFirstLogin(ctx)
	if err != nil {
		return limits, err
	}
	fmt.Println("\n# Alice logs out.")
	if err := s.playAs(ctx, "root", afterLogout()); err != nil {
		return limits, err
	}
	fmt.Println("\n# Alice logs in again.")
	return limits, s.playAs(ctx, "alice", afterSecondLogin())
}

// playFirstLogin plays alice's first login. It finds out which limits she can have, and
// shows these.
func (s stage) playFirstLogin(ctx context.Context) (limits limits, err error) {
	err = s.withLogin(ctx, "alice", func(alice login) error {
		limits, err = askLimits(ctx, alice, s.patience)
		if err != nil {
			return err
		}
		return s.play(ctx, alice, whileLoggedIn(limits))
	})
	return limits, err
}

// playAs logs user in, plays the steps, and logs out.
func (s stage) playAs(ctx context.Context, user string, steps []step) error {
	return s.withLogin(ctx, user, func(l login) error { return s.play(ctx, l, steps) })
}

// play shows steps until one fails.
func (s stage) play(ctx context.Context, l login, steps []step) error {
	for _, step := range steps {
		err := step.show(ctx, s.out, l, s.patience)
		if err != nil {
			s.explain(ctx, err)
			return err
		}
	}
	return nil
}
