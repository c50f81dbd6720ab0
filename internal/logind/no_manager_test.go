package logind

import (
	"strings"
	"testing"
)

func TestSessionWithoutAManager(t *testing.T) {
	t.Setenv("XDG_SESSION_ID", "")
	if v := WithoutManager(t.Context()); !v.Unknown || v.Reason != "unknown: no service manager" {
		t.Errorf("without a session: %+v", v)
	}
	t.Setenv("XDG_SESSION_ID", "no such session")
	if v := WithoutManager(t.Context()); !v.Unknown {
		t.Errorf("in a session that does not exist: %+v", v)
	}
	kill := Rules{KillUserProcesses: true}.policyFor("alice", record{}).inSession("3")
	if kill.Survives || kill.Unknown || kill.Reason != SessionKilled || !strings.Contains(kill.Why, "elogind kills it with session 3: KillUserProcesses=yes") {
		t.Errorf("KillUserProcesses=yes: %+v", kill)
	}
	spared := Rules{}.policyFor("alice", record{}).inSession("3")
	if !spared.Survives || spared.Reason != Spared || !strings.Contains(spared.Why, "KillUserProcesses=no") {
		t.Errorf("KillUserProcesses=no: %+v", spared)
	}
}
