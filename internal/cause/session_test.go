package cause

import (
	"strings"
	"testing"
)

func TestFailedSessionIsTheRaceOnlyIfAProcessWasGone(t *testing.T) {
	for _, c := range []struct {
		result   string
		messages []string
		race     bool
		says     string
	}{
		{"resources", []string{"PID 812 vanished before we could move it to target cgroup '/x', skipping: No such process", "No PIDs left to attach to the scope's control group, refusing.", "Failed with result 'resources'."}, true, "No PIDs left to attach to the scope's control group, refusing."},
		{"resources", []string{"Couldn't move process 812 to requested cgroup '/x': No such process", "Failed to add PIDs to scope's control group: No such process", "Failed with result 'resources'."}, true, "Failed to add PIDs to scope's control group: No such process"},
		{"resources", []string{"Failed to add PIDs to scope's control group: Permission denied", "Failed with result 'resources'."}, false, "Failed to add PIDs to scope's control group: Permission denied"},
		{"resources", nil, true, ""},
		{"resources", []string{"Failed with result 'resources'."}, true, ""},
		{"timeout", []string{"Stopping timed out. Killing.", "Failed with result 'timeout'."}, false, ""},
		{"timeout", []string{"No PIDs left to attach to the scope's control group, refusing."}, false, "No PIDs left to attach to the scope's control group, refusing."},
		{"oom-kill", nil, false, ""},
	} {
		s := sessionIn(c.result, c.messages)
		if s.Race != c.race || s.Says != c.says {
			t.Errorf("%s, %q: got %+v", c.result, c.messages, s)
		}
		if strings.Contains(s.String(), "Harmless") != c.race {
			t.Errorf("%+v reads %q", s, s)
		}
	}
}
