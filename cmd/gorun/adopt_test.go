package main

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"gorun/internal/cause"
	"gorun/internal/manage"
	"gorun/scope"
)

// ofAdoptions has an example of each reason why a process is not adopted, or does not survive
// though it was.
func ofAdoptions() []failure {
	const line = "gorun --adopt 4711"
	managed := func(err error) error { return &managementError{err} }
	not := func(r scope.AdoptReason) error { return managed(&scope.AdoptError{PID: 4711, Reason: r}) }
	of := func(e scope.AdoptError) error { e.PID = 4711; return managed(&e) }
	failed := func(err error) error { return managed(&adoptionError{err}) }
	adopted := func(pids []int, left []manage.StayedProcess, err error) error {
		return failed(&adoptedError{&manage.Adopted{Unit: unit, PIDs: pids, Left: left}, err})
	}
	left := []manage.StayedProcess{{PID: 4712, Unit: "session-3.scope"}, {PID: 4713}}
	return []failure{
		{"adopt nothing", "gorun --adopt", nil},
		{"adopt what is no process", "gorun --adopt tmux", nil},
		{"adopt with an option of a run", "gorun --adopt --nohup 4711", nil},
		{"force without adopt", "gorun --force make", nil},
		{"no such process", line, not(scope.NoProcess)},
		{"thread", line, of(scope.AdoptError{Reason: scope.Thread, Owner: 4700})},
		{"zombie", line, not(scope.Zombie)},
		{"kernel thread", line, not(scope.KernelThread)},
		{"service manager", line, not(scope.Init)},
		{"itself", line, not(scope.Itself)},
		{"another user's process", line, of(scope.AdoptError{Reason: scope.OtherUser, User: "bob"})},
		{"process of a user with an odd name", line, of(scope.AdoptError{Reason: scope.OtherUser, User: `DOM\bob smith`})},
		{"process of a user without a name", line, of(scope.AdoptError{Reason: scope.OtherUser, User: "UID 1001"})},
		{"main process of a service", line, of(scope.AdoptError{Reason: scope.MainProcess, Unit: "bot.service"})},
		{"process in a run", line, of(scope.AdoptError{Reason: scope.Supervised, Unit: unit})},
		{"processes that have ended", line + " 4712", managed(&scope.AdoptError{Reason: scope.Ended})},
		{"process of another user's manager", line, of(scope.AdoptError{Reason: scope.OtherManager, Unit: unit})},
		{"adopt in a cgroup namespace", line, managed(&scope.AdoptError{Reason: scope.InNamespace})},
		{"adopted without a limit", "gorun --adopt --memory-max=2G 4711", adopted([]int{4711}, nil, &scope.LimitError{Unit: unit, Manager: scope.UserManager, Name: "MemoryMax", Value: "2G", Controller: "memory"})},
		{"adopted in part", line, adopted([]int{4711}, left, errors.New("adopt into build.scope: new processes start faster than they are moved"))},
		{"adopt into a unit that exists", "gorun --adopt --unit=build 4711", failed(&scope.UnitExistsError{Unit: unit, Manager: scope.UserManager})},
		{"adopt without systemd", line, failed(&cause.Cause{Kind: cause.NoSystemd})},
	}
}

func TestWarningsOfAnAdoptionNameWhatToDo(t *testing.T) {
	tui, printed := newRecorder()
	for _, w := range []error{
		&manage.MortalError{Unit: unit, Why: "linger: refused", Err: &scope.LeaseError{Reason: "refused"}},
		&manage.HangupError{PID: 4711, Why: "pts/3 hangs up, and the process does not handle SIGHUP"},
		&manage.StayedError{PIDs: []int{4712, 4713}, Unit: unit, Why: &scope.AdoptError{PID: 4712, Reason: scope.Supervised, Unit: unit}},
		&manage.StayedError{PIDs: []int{4712}, Unit: "session-3.scope", Why: &scope.AdoptError{PID: 4712, Reason: scope.NotAllowed, User: "root"}},
	} {
		tui.warnOfAdopted(w)
	}
	tui.warnOfAdopted(&manage.StayedError{PIDs: []int{4712}, Unit: unit, Why: &scope.AdoptError{PID: 4712, Reason: scope.OtherUnit, Unit: unit}})
	const want = `gorun: warning: build.scope may end with your last logout: linger: refused
gorun: hint: 'loginctl enable-linger' keeps your user manager running, if the administrator allows it
gorun: warning: process 4711 may end at logout all the same: pts/3 hangs up, and the process does not handle SIGHUP
gorun: hint: in a shell, 'disown' makes the shell leave its jobs alone when it ends; what reads from the terminal or writes to it then fails
gorun: warning: process 4712 is supervised in build.scope, and stays there, as do 4713
gorun: hint: gorun --status build.scope shows the run; --force takes the process out of it, and out of its limits
gorun: warning: process 4712 may not be moved: it belongs to root, and stays in session-3.scope
gorun: warning: process 4712 is in build.scope, a unit of its own, and stays there
gorun: hint: --force takes the process out of build.scope, and out of the limits that it has there
`
	if got := printed(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPIDsMayComeFromPgrep(t *testing.T) {
	for words, want := range map[string][]int{"12 13": {12, 13}, "12": {12}, "12\n13\n": {12, 13}, "": nil, "0": nil, "-1": nil, "1x": nil, "99999999999": nil} {
		got, err := readPIDs(strings.SplitAfter(words, " "))
		if !slices.Equal(got, want) || (err != nil) != (want == nil) {
			t.Errorf("%q: got %v, %v", words, got, err)
		}
	}
}

func TestAdoptedScopeIsNamedAfterItsProcess(t *testing.T) {
	o, err := parseArgs([]string{"gorun", "--adopt", "--oom-policy=kill", "1"})
	if err != nil {
		t.Fatal(err)
	}
	spec, err := o.adoption([]int{unix.Getpid()})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(spec.Unit, "gorun-gorun.test-") || !strings.HasPrefix(spec.Description, "[gorun] adopted: ") || !slices.Equal(spec.PIDs, []int{unix.Getpid()}) {
		t.Errorf("got %+v", spec)
	}
	if p, ok := spec.Property("OOMPolicy"); !ok || p.Text() != "kill" {
		t.Errorf("got %v", p)
	}
}
