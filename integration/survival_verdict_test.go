package integration

import (
	"context"
	"encoding/json"
	"testing"
)

// askVerdicts has gorun say beforehand what the logout does to each command.
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

// checkVerdict makes sure that what was said beforehand is what then happened.
func (c *cell) checkVerdict(t *testing.T) {
	t.Helper()
	switch {
	case !c.started || c.from == service:
		// A service that is stopped is no logout.
	case c.command == tmux && c.launcher == nohup:
		// Newer tmux has the manager make a scope for the program. With
		// KillUserProcesses=no that lives as long as the server, which keeps the
		// session from ending and so the manager: more than was promised.
	case c.verdict == nil:
		t.Errorf("%v: there was no verdict", c)
	case c.verdict.Survives != c.alive:
		t.Errorf("%v: the verdict was %v, %s, and then it was %s", c, c.verdict.Survives, c.verdict.Reason, c.fate())
	case c.isHungUp() && c.launcher == gorun && c.verdict.Reason != "hangup":
		t.Errorf("%v: the verdict was %s, want hangup", c, c.verdict.Reason)
	}
}
