package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
)

// failure is a step that did not do what it must.
type failure struct {
	step   step
	reason string
	output string // what the command had printed
}

// Error says what is wrong, and then what the command printed.
func (f *failure) Error() string { return f.line() + "; it printed:\n" + f.output }

// line says what is wrong.
func (f *failure) line() string {
	command, _, more := strings.Cut(f.step.command, "\n")
	if more {
		command += " ..."
	}
	return fmt.Sprintf("`%s`: %s", command, f.reason)
}

// explain prints what can help to understand a step's failure.
func (s stage) explain(ctx context.Context, err error) {
	var f *failure
	if !errors.As(err, &f) || ctx.Err() != nil {
		return // Ctrl-C explains it
	}
	fmt.Fprintf(os.Stderr, "%s\n--- %s\n", f.output, f.reason)
	log, err := s.runAs(ctx, "root", logScript(f.step.unit))
	fmt.Fprintln(os.Stderr, log)
	if err != nil {
		fmt.Fprintln(os.Stderr, "--- the journal cannot be read:", err)
	}
}

// logScript prints the journal of a unit of either manager, and the file that the
// command in the unit may write to.
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
