package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"gorun/integration/rig"
)

// step is a command that a user types.
type step struct {
	why     string // empty if the step belongs to the step before it
	after   string // a shell condition to wait for before the command; empty means none
	command string
	unit    string   // the unit whose journal explains a failure; empty means all of alice's
	wants   []string // regular expressions that the output must match
}

// show prints the step as a terminal would. If the step fails, the error is a *failure.
func (s step) show(ctx context.Context, w io.Writer, l login, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	fmt.Fprint(w, s.typed(l.User()))
	if err := s.await(ctx, l, patience); err != nil {
		return err
	}
	// One pipe keeps the output in order.
	out, err := l.Run(ctx, "exec 2>&1; "+s.command)
	if err != nil {
		return s.cutShort(ctx, out, err, fmt.Sprintf("it has not ended after %s", patience))
	}
	if reason := s.judge(out); reason != "" {
		return s.failed(out, reason)
	}
	fmt.Fprint(w, out.Stdout, out.Stderr)
	return nil
}

// typed is the step's reason, and its command behind a prompt.
func (s step) typed(user string) string {
	var b strings.Builder
	if s.why != "" {
		fmt.Fprintf(&b, "\n# %s\n", strings.ReplaceAll(s.why, "\n", "\n# "))
	}
	prompt := user + "$"
	for line := range strings.SplitSeq(s.command, "\n") {
		fmt.Fprintln(&b, prompt, line)
		if prompt = user + "$"; strings.HasSuffix(line, `\`) {
			prompt = ">"
		}
	}
	return b.String()
}

// await waits until the step's condition holds. It polls: a shell cannot be notified of
// the end of a process or session that is not its own.
func (s step) await(ctx context.Context, l login, patience time.Duration) error {
	if s.after == "" {
		return nil
	}
	out, err := l.Run(ctx, fmt.Sprintf("until %s; do sleep 0.1; done 2>&1", s.after))
	if err != nil {
		return s.cutShort(ctx, out, err, fmt.Sprintf("gave up after %s waiting for `%s`", patience, s.after))
	}
	if out.Status != 0 {
		return s.failed(out, fmt.Sprintf("waiting for `%s`: exit status %d", s.after, out.Status))
	}
	return nil
}

// judge returns what is wrong with the command's output and status, empty if nothing.
func (s step) judge(out rig.Output) string {
	if out.Status != 0 {
		return fmt.Sprintf("exit status %d", out.Status)
	}
	for _, want := range s.wants {
		if !regexp.MustCompile(want).MatchString(out.Stdout + out.Stderr) {
			return fmt.Sprintf("the output does not match `%s`", want)
		}
	}
	return ""
}

// cutShort is the failure of a command whose end was not seen. late is the reason if the
// step timed out.
func (s step) cutShort(ctx context.Context, out rig.Output, err error, late string) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return s.failed(out, late)
	}
	return s.failed(out, err.Error())
}

func (s step) failed(out rig.Output, reason string) error {
	return &failure{step: s, reason: reason, output: out.Stdout + out.Stderr}
}
