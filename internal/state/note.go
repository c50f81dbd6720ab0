package state

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"gorun/internal/safefile"
	"gorun/internal/unitname"
)

// Note is what a state directory has about the newest run of a unit. There is none if no run
// of that name left anything in a file.
type Note struct {
	InvocationID string // empty if the run has no scope
	Output       string // the file that the output goes to; empty if there is none
	Recorded     bool   // the run's record, which says the same, has been sent to the journal

	// The others are set by Keep.
	At      Moment // when it was made
	Machine string // the ID of the machine that made it; empty if it is not known
	Unsure  bool   // the clock was not synchronized then
}

// stamped says when the note is made, and on which machine.
func (n Note) stamped() Note {
	n.At, n.Machine, n.Unsure = Now(), machineID(), !isClockRight()
	return n
}

// noteSuffix ends the names of notes.
const noteSuffix = ".newest"

// maxNotes is how many notes a directory has at most, and maxRecorded how many notes of runs
// with a record in the journal. Those are not removed at once: until journald has read the
// record, nothing else says where the output is.
const (
	maxNotes    = 1000
	maxRecorded = 100
)

// noteName is the name of a note: a symbolic link, which is read and made in one call. Its
// target is no path.
func noteName(manager, unit string) string {
	return unitname.File(unit, "."+manager+noteSuffix)
}

// recordedMark follows the invocation ID if the run has a record in the journal.
const recordedMark = "-recorded"

// unsureMark follows the ID of the machine if its clock was not synchronized.
const unsureMark = "~"

// text is the target of the link: the invocation ID, the IDs of the boot and of the machine,
// microseconds by both clocks, and the file of the output.
//
//	5d0cd0e5f4e94e34a2e4b5ad9ec1a1d3:4eb770fc628e4efdb6b1a0216eccdb2b@7c1f6b0e9d3a4f5e8a2b1c0d9e8f7a6b:2446512586:1795987788056050:/tmp/build.log
func (n Note) text() string {
	id, where := n.InvocationID, n.At.Boot
	if n.Recorded {
		id += recordedMark
	}
	if n.Machine != "" {
		where += "@" + n.Machine
	}
	if n.Unsure {
		where += unsureMark
	}
	return fmt.Sprintf("%s:%s:%d:%d:%s", id, where, n.At.Monotonic.Microseconds(), n.At.Wall.UnixMicro(), n.Output)
}

// microsecondBits is how many bits microseconds have that a Duration can hold.
const microsecondBits = 53

// parseNote is the reverse of text.
func parseNote(text string) (n *Note, ok bool) {
	words := strings.SplitN(text, ":", 5)
	if len(words) != 5 {
		return nil, false
	}
	monotonic, err1 := strconv.ParseUint(words[2], 10, microsecondBits)
	wall, err2 := strconv.ParseInt(words[3], 10, 64)
	where, unsure := strings.CutSuffix(words[1], unsureMark)
	boot, machine, _ := strings.Cut(where, "@")
	at := Moment{boot, time.Duration(monotonic) * time.Microsecond, time.UnixMicro(wall)}
	id, recorded := strings.CutSuffix(words[0], recordedMark)
	n = &Note{InvocationID: id, Output: words[4], Recorded: recorded, At: at, Machine: machine, Unsure: unsure}
	return n, err1 == nil && err2 == nil
}

// Keep keeps the note of a run that begins, or ends, in the first of the directories. manager
// is user or system.
func (n Note) Keep(dirs []string, manager, unit string) error {
	if len(dirs) == 0 {
		return errors.New("there is no home directory for the note")
	}
	dir, err := safefile.MakeDir(dirs[0], 0o700)
	if err != nil {
		return err
	}
	defer dir.Close()
	n = n.stamped()
	if err := dir.Link(noteName(manager, unit), n.text()); err != nil {
		return err
	}
	markMachine(dir, n.Machine)
	removeOldest(dir)
	return nil
}

// removeOldest removes the oldest notes of a directory if there are too many. What cannot be
// removed stays.
func removeOldest(dir *safefile.Dir) {
	names, notes := listNotes(dir)
	recorded := 0
	for _, n := range notes {
		if n.Recorded {
			recorded++
		}
	}
	for i, name := range names {
		if n := notes[name]; len(names)-i > maxNotes || n.Recorded && recorded > maxRecorded {
			dir.Remove(name)
			if n.Recorded {
				recorded--
			}
		}
	}
}

// listNotes lists the notes of a directory, oldest first. A link that is no note is the oldest.
func listNotes(dir *safefile.Dir) (names []string, notes map[string]Note) {
	names, _ = dir.Names() // what cannot be read is not removed
	names = slices.DeleteFunc(names, func(name string) bool { return !strings.HasSuffix(name, noteSuffix) })
	notes = map[string]Note{}
	for _, name := range names {
		target, _ := dir.ReadLink(name)
		if n, ok := parseNote(target); ok {
			notes[name] = *n
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		switch a, b := notes[a].At, notes[b].At; {
		case a.Before(b):
			return -1
		case b.Before(a):
			return 1
		}
		return 0
	})
	return names, notes
}

// Renew replaces the note of an earlier run of that name, if a directory has one: it is not
// about the newest run any more. It costs a call for each directory. What cannot be replaced
// stays.
func Renew(dirs []string, manager, unit, invocationID string) {
	for _, path := range dirs {
		if dir, err := safefile.OpenDir(path); err == nil {
			if _, err := dir.ReadLink(noteName(manager, unit)); err == nil {
				dir.Link(noteName(manager, unit), Note{InvocationID: invocationID}.stamped().text())
			}
			dir.Close()
		}
	}
}

// FindNote finds the note of a unit's newest run, nil if no directory has one.
func FindNote(dirs []string, manager, unit string) (newest *Note) {
	for _, path := range dirs {
		target, err := os.Readlink(filepath.Join(path, noteName(manager, unit)))
		n, ok := parseNote(target)
		if err == nil && ok && (newest == nil || newest.At.Before(n.At)) {
			newest = n
		}
	}
	return newest
}

// SetRecorded notes that a run's record has been sent to the journal.
func SetRecorded(dirs []string, manager, unit, invocationID string) {
	changeNote(dirs, manager, unit, invocationID, func(dir *safefile.Dir, n *Note) {
		n.Recorded = true
		dir.Link(noteName(manager, unit), n.text()) // on failure the note stays as it is
	})
}

// Forget removes the note of a run, when its record is removed. Otherwise there would be a note
// for each name that was ever used.
func Forget(dirs []string, manager, unit, invocationID string) {
	changeNote(dirs, manager, unit, invocationID, func(dir *safefile.Dir, _ *Note) {
		dir.Remove(noteName(manager, unit)) // on failure it stays
	})
}

// changeNote changes the notes of a run, and none of another run of that name.
func changeNote(dirs []string, manager, unit, invocationID string, change func(*safefile.Dir, *Note)) {
	for _, path := range dirs {
		if dir, err := safefile.OpenDir(path); err == nil {
			target, err := dir.ReadLink(noteName(manager, unit))
			if n, ok := parseNote(target); err == nil && ok && n.InvocationID == invocationID {
				change(dir, n)
			}
			dir.Close()
		}
	}
}
