package logind

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"time"
)

// policy is what the rules come to for one user.
type policy struct {
	kill      bool   // a session's processes are killed with it
	why       string // the setting that decides
	stopDelay time.Duration
}

// policyFor applies the rules in logind's order (manager_shall_kill in
// logind-core.c), and over them what the user's record says.
func (r Rules) policyFor(user string, record record) policy {
	p := policy{stopDelay: r.StopDelay}
	if record.StopDelayUSec != nil {
		p.stopDelay = span(*record.StopDelayUSec)
	}
	switch {
	case record.KillProcesses != nil:
		p.kill, p.why = *record.KillProcesses, fmt.Sprintf("killProcesses=%t in the user record", *record.KillProcesses)
	case len(r.KillExcludeUsers) == 0 && user == "root":
		p.why = "root is spared unless KillExcludeUsers says otherwise"
	case slices.Contains(r.KillExcludeUsers, user):
		p.why = "KillExcludeUsers names " + user
	case len(r.KillOnlyUsers) > 0 && slices.Contains(r.KillOnlyUsers, user):
		p.kill, p.why = true, "KillOnlyUsers names "+user
	case len(r.KillOnlyUsers) > 0:
		p.why = "KillOnlyUsers does not name " + user
	case r.KillUserProcesses:
		p.kill, p.why = true, "KillUserProcesses=yes"
	default:
		p.why = "KillUserProcesses=no"
	}
	return p
}

// record is what a JSON user record may say about logging out. Ordinary accounts
// have none.
type record struct {
	KillProcesses *bool   `json:"killProcesses"`
	StopDelayUSec *uint64 `json:"stopDelayUSec"`
}

// readRecord asks userdbctl(1). Without it there are no records, or nobody who
// could ask for them.
func readRecord(ctx context.Context, user string) record {
	var r record
	out, err := exec.CommandContext(ctx, "userdbctl", "--output=json", "user", user).Output()
	if err != nil || json.Unmarshal(out, &r) != nil {
		return record{}
	}
	return r
}
