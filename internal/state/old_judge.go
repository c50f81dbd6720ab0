package state

import (
	"errors"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"gorun/internal/safefile"
)

// Reasons to keep an old file.
var (
	errNoMachine    = errors.New("this machine has no ID (/etc/machine-id), so it cannot be told from another machine's")
	errOtherMachine = errors.New("another machine has written it, and may still do so")
	errAnyMachine   = errors.New("nothing says which machine writes it, and other machines may use this directory")
	errClock        = errors.New("its age is uncertain: the clock is or was not synchronized")
)

// judge decides about the files of one directory. A file is removed only if this machine has
// written it, because only this machine's runs and open files can be seen from here, and if more
// than one clock reading says that it is old.
type judge struct {
	now     Moment
	isRight bool   // the clock is synchronized
	machine string // this one
	only    string // the only machine that has used the directory
	since   time.Time
	age     time.Duration // how old an old file is
	notes   []Note        // of all directories
}

func judgeOf(dir *safefile.Dir, names []string, notes []Note, age time.Duration) judge {
	only, since := onlyMachine(dir, names)
	return judge{now: Now(), isRight: isClockRight(), machine: machineID(), only: only, since: timeOf(since), age: age, notes: notes}
}

func timeOf(ts unix.Timespec) time.Time { return time.Unix(ts.Unix()) }

// notesIn lists the notes of directories.
func notesIn(dirs []string) (list []Note) {
	for _, path := range dirs {
		if dir, err := safefile.OpenDir(path); err == nil {
			_, notes := listNotes(dir)
			for _, n := range notes {
				list = append(list, n)
			}
			dir.Close()
		}
	}
	return list
}

// judge finds out how old a file in the home directory is, and why it stays.
func (j judge) judge(f OldFile) (time.Duration, error) {
	note := j.noteOf(f)
	age := j.now.Wall.Sub(timeOf(f.changed))
	isThisBoot := note != nil && j.now.Boot != "" && note.At.Boot == j.now.Boot
	if isThisBoot {
		age = min(age, j.now.Monotonic-note.At.Monotonic)
	}
	if err := j.checkMachine(f, note); err != nil {
		return age, err
	}
	if !isThisBoot && !j.isCertain(f, note) {
		return age, errClock
	}
	return age, nil
}

// noteOf is the newest note about a file; nil if there is none. A note is about itself. One about
// a file with output is also about the file beside it that has the standard error.
func (j judge) noteOf(f OldFile) (newest *Note) {
	if strings.HasSuffix(f.Name, noteSuffix) {
		n, ok := parseNote(f.target)
		if !ok {
			return nil
		}
		return n
	}
	output := strings.TrimSuffix(f.Path(), ".stderr")
	for _, n := range j.notes {
		if n.Output == output && (newest == nil || newest.At.Before(n.At)) {
			newest = &n
		}
	}
	return newest
}

// checkMachine says why a file may be another machine's. Without a note it is this one's if no
// other machine has used the directory since.
func (j judge) checkMachine(f OldFile, note *Note) error {
	isTemporary := strings.HasPrefix(f.Name, temporaryPrefix) || strings.HasPrefix(f.Name, removingPrefix)
	switch {
	case j.machine == "":
		return errNoMachine
	case isTemporary: // whoever has made it has needed it for some moments
		return nil
	case note != nil && note.Machine == j.machine:
		return nil
	case note != nil && note.Machine != "":
		return errOtherMachine
	case note == nil && j.only == j.machine && !timeOf(f.changed).Before(j.since):
		return nil
	}
	return errAnyMachine
}

// isCertain reports whether more than the clock says that a file of an earlier boot is old: this
// boot is older, the kernel knows that the clock is right and was, or it said so in another boot.
// Without a note nobody knows in which boot the file was written, and whether the clock was right.
func (j judge) isCertain(f OldFile, note *Note) bool {
	if note != nil && (j.now.Monotonic > j.age || j.isRight && !note.Unsure) {
		return true
	}
	for _, n := range j.notes {
		isOther := n.At.Boot != j.now.Boot && (note == nil || n.At.Boot != note.At.Boot)
		if isOther && n.Machine == j.machine && !n.At.Wall.After(j.now.Wall) && n.At.Wall.Sub(timeOf(f.changed)) > j.age {
			return true
		}
	}
	return false
}

// ageInMemory is how old a file is that is gone at the end of the boot.
func (j judge) ageInMemory(f OldFile) time.Duration {
	return min(j.now.Wall.Sub(timeOf(f.changed)), j.now.Monotonic)
}
