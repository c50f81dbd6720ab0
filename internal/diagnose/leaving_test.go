package diagnose

import (
	"strings"
	"testing"
)

func TestCommandsThatLeaveTheirLimitsAreNamed(t *testing.T) {
	for _, c := range []struct {
		command          string
		ofUser, ownSlice bool
		fix              string // empty if the limits hold
	}{
		{"make -j8", true, false, ""},
		{"tmux", true, false, "--own-slice"},
		{"tmux", true, true, ""},
		{"/usr/bin/tmux", false, true, "--user --own-slice"},
		{"gorun make", true, false, "inner gorun"},
		{"gorun make", true, true, "--slice-inherit"},
		{"gorun --slice-inherit make", true, true, ""},
		{"gorun --slice-inherit make", true, false, "inner gorun"},
		{"systemd-run make", true, false, "to systemd-run"},
		{"sudo make", true, true, "in front of gorun"},
		{"flatpak list", true, false, ""},
	} {
		l, leaves := LeavesLimits(strings.Fields(c.command), c.ofUser, c.ownSlice)
		if leaves != (c.fix != "") || leaves && !strings.Contains(l.Fix, c.fix) {
			t.Errorf("%+v: %t, %+v", c, leaves, l)
		}
	}
}
