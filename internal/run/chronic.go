package run

import (
	"context"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"gorun/internal/entry"
	"gorun/internal/output"
	"gorun/internal/report"
	"gorun/internal/supervise"
	"gorun/scope"
)

// Chronic runs a copy of this process, whose output waits, and prints the output if the run did
// not end well. Then tell hears why, line by line. It also hears of hooks that failed, after a good
// end, too. Chronic returns how this process has to end: as the copy did.
//
// This process stays outside of the scope: it also prints if the scope was killed.
func Chronic(m scope.Manager, ignoreHangup bool, started func(), tell func(why string)) (supervise.Status, error) {
	w, err := output.Wait()
	if err != nil {
		return supervise.Status{}, err
	}
	defer w.Remove()
	if ignoreHangup {
		supervise.IgnoreHangup()
	}
	supervise.ReserveThreads(supervise.BlockedBeside)
	entry.UseSmallPages()
	supervisor, err := supervise.New()
	if err != nil {
		return supervise.Status{}, err
	}
	var child *supervise.Child
	err = w.Redirect(func(env string) (err error) {
		child, err = supervisor.Start(supervise.Itself(env), supervise.Options{})
		return err
	})
	if err != nil {
		return supervise.Status{}, err
	}
	started()
	supervise.LeaveInherited()
	status := child.Wait()
	said := w.Said()
	if status != (supervise.Status{}) || said.Badly {
		supervisor.Release() // ^C ends what follows
		printWaiting(w, m, status, said, tell)
	}
	for _, line := range said.Also {
		tell(line)
	}
	return status, nil
}

// takeWaiting gives the output that waits the name of the run's. That of a joined run stays
// without one: the unit's output is the other run's.
func (r *run) takeWaiting() error {
	if r.scope == nil || r.joined {
		return nil
	}
	if err := r.Waiting.Take(r.scope.Manager, r.scope.Unit, r.scope.InvocationID, r.Named); err != nil {
		return fmt.Errorf("keep the output: %w", err)
	}
	return nil
}

// log is where the output went.
func (r *run) log(rep *report.Report) report.Log {
	if r.Waiting == nil {
		return report.Log{Place: r.Output.Place(), File: r.Output.File(), Problem: r.Output.Check()}
	}
	if rep.EndedWell() {
		r.Waiting.Drop()
	} else {
		r.Waiting.SayBadly()
	}
	file := r.Waiting.File()
	if file == "" {
		return report.Log{}
	}
	return report.Log{Place: output.Place(file), File: file}
}

// printWaiting prints the output of a run that did not end well, and why.
func printWaiting(w *output.Waiting, m scope.Manager, status supervise.Status, said output.Said, tell func(string)) {
	if err := w.Print(); err != nil {
		tell("the output cannot be printed: " + strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	if err := w.Check(); err != nil {
		tell(err.Error())
	}
	if len(said.Why) == 0 && status.Signal == unix.SIGKILL {
		said.Why = append(said.Why, whyKilled(m, said.Unit))
	}
	for _, line := range said.Why {
		tell(line)
	}
}

// whyTimeout is how long the journal may take.
const whyTimeout = 5 * time.Second

// whyKilled says why a run was killed with the gorun in its scope, as far as the manager has
// said it in the journal.
func whyKilled(m scope.Manager, unit string) string {
	if unit == "" {
		return "gorun was killed"
	}
	ctx, cancel := context.WithTimeout(context.Background(), whyTimeout)
	defer cancel()
	line := unit + ": killed, and gorun with it"
	past, err := report.Find(ctx, m, unit)
	switch {
	case err != nil || past == nil:
	case past.OOMKilled || past.Result == string(scope.OOMKilled):
		line += ", for lack of memory"
	case past.Result == string(scope.TimedOut):
		line += ": it did not stop in time"
	}
	return line
}
