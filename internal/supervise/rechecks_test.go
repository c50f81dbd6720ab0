package supervise

import "testing"

// The command's PID is its own until it is waited for.
func TestTheCommandIsRecheckedThreeTimesAndWhenItHasEnded(t *testing.T) {
	for time, want := range map[string]string{"0": "ended <nil>\n", "2.5": "recheck\nrecheck\nrecheck\nended <nil>\n"} {
		cmd := supervised(t, "sleep", time)
		cmd.Env = append(cmd.Env, role+"=looking")
		if status, stderr := outcome(t, cmd); status.ExitStatus() != 0 || stderr != want {
			t.Errorf("sleep %s: got %v, %q, want %q", time, status, stderr, want)
		}
	}
}
