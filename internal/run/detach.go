package run

import (
	"fmt"

	"gorun/internal/signals"
	"gorun/internal/supervise"
)

// Detach starts a copy of this process that launches COMMAND, and returns when COMMAND
// runs. unit is then the scope's name, empty if there is no scope. If the launch fails,
// the copy has said why, and status is the copy's.
func Detach() (unit string, status supervise.Status, err error) {
	supervise.IgnoreHangup() // also for the copy: the terminal may close while it launches
	c, err := supervise.NewCopy()
	if err != nil {
		return "", supervise.Status{}, err
	}
	unit, launched, status, err := c.Wait()
	if err == nil && !launched && status.Signal != 0 {
		err = fmt.Errorf("the process that launches COMMAND died of %s", signals.Name(status.Signal))
	}
	if !launched {
		unit = ""
	}
	return unit, status, err
}
