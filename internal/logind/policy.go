package logind

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"gorun/internal/helper"
)

// policy is the result of the rules for one user.
type policy struct {
	kill      bool   // a session's processes are killed with it
	why       string // the deciding setting
	stopDelay time.Duration
}

// policyFor applies the rules in logind's order (manager_shall_kill in logind-core.c).
// The user's record overrides them.
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

// record is the part of a JSON user record about logging out. Ordinary accounts have no
// such record.
type record struct {
	KillProcesses *bool   `json:"killProcesses"`
	StopDelayUSec *uint64 `json:"stopDelayUSec"`
}

// readRecord runs userdbctl(1). Without it there are no records, or they cannot be read.
func readRecord(ctx context.Context, uid int) record {
	var r record
	out, err := helper.Output(ctx, "userdbctl", "--output=json", "user", strconv.Itoa(uid))
	if err != nil || json.Unmarshal(out, &r) != nil {
		return record{}
	}
	return r
}
