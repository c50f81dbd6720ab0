package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
)

// failure is the error of a failed step.
type failure struct {
	step   step
	reason string
	output string // the command's output
}

// Error is the line and the command's output.
func (f *failure) Error() string { return f.line() + "; it printed:\n" + f.output }

// line says in one line what failed.
func (f *failure) line() string {
	command, _, more := strings.Cut(f.step.command, "\n")
	if more {
		command += " ..."
	}
	return fmt.Sprintf("`%s`: %s", command, f.reason)
}

// explain prints the output and the journal of a failed step.
func (s stage) explain(ctx context.Context, err error) {
	var f *failure
	if !errors.As(err, &f) || ctx.Err() != nil {
		return // interrupted
	}
	fmt.Fprintf(os.Stderr, "%s\n--- %s\n", f.output, f.reason)
	if s.machine == nil {
		return // it was on this machine, whose journal is not the demo's
	}
	log, err := s.runAs(ctx, "root", logScript(f.step.unit))
	fmt.Fprintln(os.Stderr, log)
	if err != nil {
		fmt.Fprintln(os.Stderr, "--- the journal cannot be read:", err)
	}
}

// logScript prints the journal of a unit of either manager, and alice's log files.
func logScript(unit string) string {
	name, matches := unit, "_SYSTEMD_UNIT=%[1]s + UNIT=%[1]s + _SYSTEMD_USER_UNIT=%[1]s + USER_UNIT=%[1]s"
	if unit == "" {
		name, matches = "alice", "_UID=1000 + UNIT=user@1000.service"
	} else {
		matches = fmt.Sprintf(matches, unit)
	}
	return fmt.Sprintf(`journalctl --sync
		echo '--- the journal of %[1]s:'
		journalctl --no-pager --quiet --lines=40 %[2]s
		for log in /home/alice/*.log; do
			[ ! -s "$log" ] || { echo "--- $log:"; tail -n 20 "$log"; }
		done`, name, matches)
}
