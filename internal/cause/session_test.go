package cause

import (
	"strings"
	"testing"

	"gorun/scope"
)

func TestFailedSessionIsTheRaceOnlyIfAProcessWasGone(t *testing.T) {
	for _, c := range []struct {
		result   string
		messages []string
		race     bool
		unknown  bool
		says     string
	}{
		{"resources", []string{"PID 812 vanished before we could move it to target cgroup '/x', skipping: No such process", "No PIDs left to attach to the scope's control group, refusing.", "Failed with result 'resources'."}, true, false, "No PIDs left to attach to the scope's control group, refusing."},
		{"resources", []string{"Couldn't move process 812 to requested cgroup '/x': No such process", "Failed to add PIDs to scope's control group: No such process", "Failed with result 'resources'."}, true, false, "Failed to add PIDs to scope's control group: No such process"},
		{"resources", []string{"Failed to add PIDs to scope's control group: Permission denied", "Failed with result 'resources'."}, false, false, "Failed to add PIDs to scope's control group: Permission denied"},
		{"resources", nil, false, true, ""},
		{"resources", []string{"Failed with result 'resources'."}, false, true, ""},
		{"timeout", []string{"Stopping timed out. Killing.", "Failed with result 'timeout'."}, false, false, ""},
		{"timeout", []string{"No PIDs left to attach to the scope's control group, refusing."}, false, false, "No PIDs left to attach to the scope's control group, refusing."},
		{"oom-kill", nil, false, false, ""},
	} {
		s := sessionIn(c.result, c.messages)
		if s.Race != c.race || s.Unknown != c.unknown || s.Says != c.says {
			t.Errorf("%s, %q: got %+v", c.result, c.messages, s)
		}
		if strings.Contains(s.String(), ". Harmless") != c.race {
			t.Errorf("%+v reads %q", s, s)
		}
	}
}

func TestMessagesAboutAnEarlierSessionOfTheNameAreLeftOut(t *testing.T) {
	failed := []scope.Kept{{Unit: "session-c1.scope", InvocationID: "b"}, {Unit: "session-c2.scope"}}
	entries := []map[string]string{ // the newest is the first
		{"UNIT": "session-c1.scope", "INVOCATION_ID": "b", "MESSAGE": "session-c1.scope: second"},
		{"UNIT": "session-c1.scope", "INVOCATION_ID": "b", "MESSAGE": "session-c1.scope: first"},
		{"UNIT": "session-c2.scope", "INVOCATION_ID": "c", "MESSAGE": "of an ID that is not known"},
		{"UNIT": "session-c1.scope", "MESSAGE": "without an ID"},
		{"UNIT": "session-c1.scope", "INVOCATION_ID": "a", "MESSAGE": "earlier"},
	}
	got := messagesOf(failed, entries)
	if c1 := strings.Join(got["session-c1.scope"], ", "); c1 != "without an ID, first, second" || len(got["session-c2.scope"]) != 1 {
		t.Errorf("got %q", got)
	}
}
