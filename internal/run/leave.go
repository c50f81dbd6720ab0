package run

import (
	"fmt"

	"gorun/internal/supervise"
)

// leaveTerminal does what Nohup and Caller promise, as the last thing before COMMAND
// starts. Until then Ctrl-C reaches this process, and polkit may ask for a password.
func (r *run) leaveTerminal() error {
	id := ""
	if r.scope != nil {
		id = r.scope.InvocationID
	}
	if file := r.Output.DefaultFile(); file != "" {
		r.Tell(Redirected{file})
	}
	if err := r.Output.Redirect(id); err != nil {
		return fmt.Errorf("redirect the output: %w", err)
	}
	if r.Caller == nil {
		return nil
	}
	return supervise.Setsid()
}
