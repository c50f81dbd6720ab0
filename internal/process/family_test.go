package process

import (
	"slices"
	"testing"
)

func TestFamilyIsWhatDescendsAndStayed(t *testing.T) {
	list := []Process{
		{PID: 1}, {PID: 10, Parent: 1, Cgroup: "/pane"}, // gorun
		{PID: 11, Parent: 10, Cgroup: "/pane"},               // COMMAND
		{PID: 12, Parent: 11, Cgroup: "/pane"},               // its child
		{PID: 13, Parent: 11, Cgroup: "/own"},                // has left
		{PID: 14, Parent: 13, Cgroup: "/pane"},               // a child of what has left
		{PID: 15, Parent: 11, Cgroup: "/pane", Zombie: true}, // has ended
		{PID: 16, Parent: 11, Cgroup: "/pane/below"},
		{PID: 20, Parent: 1, Cgroup: "/pane"}, // somebody else
		{PID: 30, Parent: 31, Cgroup: "/pane"}, {PID: 31, Parent: 30, Cgroup: "/pane"},
	}
	if got := Family(list, 11, "/pane"); !slices.Equal(got, []int{11, 12, 14}) {
		t.Errorf("got %v", got)
	}
}
