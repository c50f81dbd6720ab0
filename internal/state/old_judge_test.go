package state

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Two clock readings, or the kernel's word, say that a file is old, or it stays.
func TestAgeOfAFileIsNotTheClocksAlone(t *testing.T) {
	now := Moment{"now", 10 * day, time.Now()}
	at := func(boot string, monotonic time.Duration, daysAgo int) Moment {
		return Moment{boot, monotonic, now.Wall.Add(time.Duration(-daysAgo) * day)}
	}
	note := func(at Moment, unsure bool) *Note {
		return &Note{Output: "/d/a.scope.log", Machine: own, At: at, Unsure: unsure}
	}
	for _, c := range []struct {
		what    string
		note    *Note
		later   *Note // of another run
		isRight bool
		up      time.Duration
		age     time.Duration
		why     error
	}{
		{"this boot, and the clock was set forward", note(at("now", 9*day, 400), false), nil, false, 10 * day, day, nil},
		{"this boot, and old", note(at("now", 9*day, 40), false), nil, false, 49 * day, 40 * day, nil},
		{"an earlier boot, and the clock is synchronized", note(at("before", day, 40), false), nil, true, day, 40 * day, nil},
		{"it was not then", note(at("before", day, 40), true), nil, true, day, 40 * day, errClock},
		{"it is not now", note(at("before", day, 40), false), nil, false, day, 40 * day, errClock},
		{"an earlier boot, and this one is old", note(at("before", day, 40), true), nil, false, 31 * day, 40 * day, nil},
		{"no note, and the clock is synchronized", nil, nil, true, day, 40 * day, errClock},
		{"no note, and another boot says that it was old", nil, note(at("between", day, 5), false), true, day, 40 * day, nil},
		{"no note, and another boot says that it was young", nil, note(at("between", day, 15), false), true, 31 * day, 40 * day, errClock},
		{"no note, and it is not", nil, nil, false, day, 40 * day, errClock},
		{"another boot says that it was old", note(at("before", day, 40), true), note(at("between", day, 5), false), false, day, 40 * day, nil},
		{"another boot says that it was young", note(at("before", day, 40), true), note(at("between", day, 15), false), false, day, 40 * day, errClock},
		{"another boot has a later time than now", note(at("before", day, 40), true), note(at("between", day, -100), false), false, day, 40 * day, errClock},
		{"this boot has no say", note(at("before", day, 40), true), note(at("now", day, 5), false), false, day, 40 * day, errClock},
	} {
		j := judge{now: now, isRight: c.isRight, machine: own, only: own, age: 30 * day}
		j.now.Monotonic = c.up
		f := OldFile{Dir: "/d", Name: "a.scope.log", changed: timespec(now.Wall.Add(-40 * day))}
		if c.note != nil {
			j.notes = append(j.notes, *c.note)
			f.changed = timespec(c.note.At.Wall)
		}
		if c.later != nil {
			c.later.Output = "/d/b.scope.log"
			j.notes = append(j.notes, *c.later)
		}
		age, why := j.judge(f)
		if (age-c.age).Abs() > time.Second || why != c.why {
			t.Errorf("%s: got %v, %v", c.what, age, why)
		}
	}
}

// A home directory may be on several machines, and in containers of one.
func TestFilesOfAnotherMachineStay(t *testing.T) {
	for _, c := range []struct {
		what, machine string
		marks         []string
		file, note    string // the note's machine; "-" for no note
		want          error
	}{
		{"ours", own, []string{own, other}, "a.scope.log", own, nil},
		{"another's", own, []string{own, other}, "a.scope.log", other, errOtherMachine},
		{"another's standard error", own, []string{own, other}, "a.scope.log.stderr", other, errOtherMachine},
		{"another's link", own, []string{own, other}, "a.scope.user.newest", other, errOtherMachine},
		{"a note that does not say", own, []string{own}, "a.scope.log", "", errAnyMachine},
		{"no note, and two machines", own, []string{own, other}, "a.scope.log", "-", errAnyMachine},
		{"no note, and one machine", own, []string{own}, "a.scope.log", "-", nil},
		{"no note, and another machine", own, []string{other}, "a.scope.log", "-", errAnyMachine},
		{"no note, and no machine", own, nil, "a.scope.log", "-", errAnyMachine},
		{"a lock, and two machines", own, []string{own, other}, "a.scope.lock", "-", errAnyMachine},
		{"a file that was not finished", own, []string{own, other}, ".gorun-ABC", "-", nil},
		{"no ID", "uninitialized", []string{own}, "a.scope.log", own, errNoMachine},
	} {
		onMachine(t, c.machine)
		dir := t.TempDir()
		for _, m := range c.marks {
			old(t, dir, machinePrefix+m, "used-by", 50)
		}
		old(t, dir, "later.scope.user.newest", noteOf(own, "", 5, false), 5)
		path := filepath.Join(dir, c.file)
		switch {
		case c.file == "a.scope.user.newest":
			old(t, dir, c.file, noteOf(c.note, "", 40, false), 40)
		case c.note != "-":
			old(t, dir, c.file, "", 40)
			old(t, dir, "n.scope.user.newest", noteOf(c.note, strings.TrimSuffix(path, ".stderr"), 20, false), 20)
		default:
			old(t, dir, c.file, "", 40)
		}
		list := Old([]string{dir}, "/nonexistent", 30*day, nil)
		if len(list) != 1 || list[0].Path() != path || list[0].Why != c.want {
			t.Errorf("%s: got %+v", c.what, list)
		}
	}
}

// Before the mark was made, another machine may have used the directory.
func TestFileFromBeforeTheMarkStays(t *testing.T) {
	onMachine(t, own)
	dir := t.TempDir()
	old(t, dir, machinePrefix+own, "used-by", 50)
	old(t, dir, "a.scope.log", "", 60)
	old(t, dir, "later.scope.user.newest", noteOf(own, "", 5, false), 5)
	if list := Old([]string{dir}, "/nonexistent", 30*day, nil); len(list) != 1 || list[0].Why != errAnyMachine {
		t.Errorf("got %+v", list)
	}
}

func TestNoteSaysWhichMachineHasMadeIt(t *testing.T) {
	onMachine(t, own)
	dirs := []string{t.TempDir()}
	if err := (Note{InvocationID: "a", Output: "/tmp/a:b"}).Keep(dirs, "user", "x.scope"); err != nil {
		t.Fatal(err)
	}
	n := FindNote(dirs, "user", "x.scope")
	if n == nil || n.Machine != own || n.Unsure == isClockRight() || n.Output != "/tmp/a:b" || n.At.Boot != Now().Boot || n.At.Wall.IsZero() {
		t.Errorf("got %+v", n)
	}
	SetRecorded(dirs, "user", "x.scope", "a")
	if n := FindNote(dirs, "user", "x.scope"); n == nil || !n.Recorded || n.Machine != own {
		t.Errorf("recorded: got %+v", n)
	}
	Renew(dirs, "user", "x.scope", "b")
	if n := FindNote(dirs, "user", "x.scope"); n == nil || n.InvocationID != "b" || n.Machine != own {
		t.Errorf("renewed: got %+v", n)
	}
}

// A file in memory is as old as the boot at most.
func TestFileInMemoryIsNoOlderThanTheBoot(t *testing.T) {
	j := judge{now: Moment{"now", 2 * day, time.Now()}}
	f := OldFile{changed: timespec(time.Now().Add(-400 * day))}
	if age := j.ageInMemory(f); age != 2*day {
		t.Errorf("got %v", age)
	}
}
