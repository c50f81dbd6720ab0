package main

import (
	"context"
	"fmt"

	"gorun/integration/rig"
)

// login runs the steps.
type login interface {
	// User is the name of the user.
	User() string
	// Run runs a script in the user's shell. If ctx is done first, it returns an
	// error and the script's output until then.
	Run(ctx context.Context, script string) (rig.Output, error)
}

// sshLogin is a login to a machine.
type sshLogin struct {
	*rig.Login
	user string
}

func (l sshLogin) User() string { return l.user }

// Run closes the connection when ctx is done: a hanging machine does not answer the
// request to start a script.
func (l sshLogin) Run(ctx context.Context, script string) (rig.Output, error) {
	stop := context.AfterFunc(ctx, l.Close)
	defer stop()
	return l.Login.Run(ctx, script)
}

// withLogin calls f between a login and a logout.
func (s stage) withLogin(ctx context.Context, user string, f func(login) error) error {
	limited, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	l, err := s.machine.Login(limited, user)
	if err != nil {
		return fmt.Errorf("login of %s: %w", user, err)
	}
	defer l.Close()
	return f(sshLogin{l, user})
}

// runAs runs a script that must succeed in a new login. It returns the script's output.
func (s stage) runAs(ctx context.Context, user, script string) (printed string, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	err = s.withLogin(ctx, user, func(l login) error {
		out, err := l.Run(ctx, script)
		printed = out.Stdout + out.Stderr
		if err == nil && out.Status != 0 {
			err = fmt.Errorf("exit status %d: %s", out.Status, printed)
		}
		return err
	})
	return printed, err
}
