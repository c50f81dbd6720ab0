package process

import (
	"fmt"
	"os"
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
	for _, p := range Elsewhere(list, "/a/work.scope", Job{}) {
		got = append(got, p.PID)
	}
	if want := "[12 13]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestProcessesOfTheJobAreFound(t *testing.T) {
	own := os.Getpid() // its start is known
	begun, err := StartTicks(own)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		p     Process
		since uint64
		want  bool
	}{
		{"reparented", Process{PID: own, Group: 10, Cgroup: "/nested.scope"}, begun, true},
		{"the next command of the pipeline", Process{PID: own, Group: 10, Cgroup: "/session.scope"}, begun, false},
		{"the next command, in a scope of its own", Process{PID: own, Group: 10, Cgroup: "/nested.scope"}, begun + 1, false},
		{"the next command, under gorun", Process{PID: own, Group: 10, Cgroup: "/gorun-b.scope"}, begun, false},
		{"of another job", Process{PID: own, Group: 11, Cgroup: "/nested.scope"}, begun, false},
	} {
		list := []Process{c.p, {PID: 2, Name: "gorun", Cgroup: "/gorun-b.scope", Group: 10}}
		if got := Elsewhere(list, "/work.scope", Job{Group: 10, Caller: "/session.scope", Since: c.since}); (len(got) == 1) != c.want {
			t.Errorf("%s: got %v", c.name, got)
		}
	}
}
