package integration

import (
	"context"
	"encoding/json"
	"testing"
)

// askVerdicts asks gorun before the logout what it will do to each command.
func (x *trial) askVerdicts(ctx context.Context) error {
	out, err := x.root.Run(ctx, "gorun --audit --json")
	if err != nil {
		return err
	}
	var list []audited
	if err := json.Unmarshal([]byte(out.Stdout), &list); err != nil {
		return err
	}
	verdicts := map[int]*audited{}
	for _, a := range list {
		if a.Name == "train" {
			verdicts[a.UID] = &a
		}
	}
	for _, c := range x.cells {
		c.verdict = verdicts[c.uid]
	}
	return nil
}

// checkVerdict makes sure that the verdict was right.
func (c *cell) checkVerdict(t *testing.T) {
	t.Helper()
	switch {
	case !c.started || c.from == service:
		// Stopping a service is not a logout.
	case c.command == tmux && c.launcher == nohup:
		// Newer tmux starts the program in a scope of the manager. With
		// KillUserProcesses=no it survives with the server: the server keeps the
		// session and so the manager running. That is more than the verdict says.
	case c.verdict == nil:
		t.Errorf("%v: there was no verdict", c)
	case c.verdict.Survives != c.alive:
		t.Errorf("%v: the verdict was survives=%v (%s), but the command is %s", c, c.verdict.Survives, c.verdict.Reason, c.fate())
	case c.isHungUp() && c.launcher == gorun && c.verdict.Reason != "hangup":
		t.Errorf("%v: the verdict was %s, want hangup", c, c.verdict.Reason)
	}
}
