package process

import (
	"fmt"
	"testing"
)

func TestProcessesThatLeftTheGroupAreFound(t *testing.T) {
	list := []Process{
		{PID: 1, Cgroup: "/init.scope"},
		{PID: 10, Parent: 1, Cgroup: "/a/work.scope"},
		{PID: 11, Parent: 10, Cgroup: "/a/work.scope/below"},
		{PID: 12, Parent: 11, Cgroup: "/a/pane.scope"},
		{PID: 13, Parent: 12, Cgroup: "/a/pane.scope"},
		{PID: 14, Parent: 10, Cgroup: "/a/pane.scope", Zombie: true},
		{PID: 15, Parent: 1, Cgroup: "/a/work.scope-2"}, // not below
		{PID: 16, Parent: 15, Cgroup: "/a/other.scope"},
		{PID: 17, Parent: 18, Cgroup: "/x"},
		{PID: 18, Parent: 17, Cgroup: "/x"},
		{PID: 19, Parent: 99, Cgroup: "/x"},
	}
	var got []int
	for _, p := range Elsewhere(list, "/a/work.scope") {
		got = append(got, p.PID)
	}
	if want := "[12 13]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
}
