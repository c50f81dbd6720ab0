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

	At Moment // when it was made; set by Keep
}

// noteSuffix ends the names of notes.
const noteSuffix = ".newest"

// maxNotes is how many notes a directory has at most. A run that is killed does not remove its
// note.
const maxNotes = 1000

// noteName is the name of a note: a symbolic link, which is read and made in one call. Its
// target is no path.
func noteName(manager, unit string) string {
	return unitname.File(unit, "."+manager+noteSuffix)
}

// text is the target of the link: the invocation ID, the boot's ID, microseconds by both
// clocks, and the file of the output.
//
//	5d0cd0e5f4e94e34a2e4b5ad9ec1a1d3:4eb770fc628e4efdb6b1a0216eccdb2b:2446512586:1795987788056050:/tmp/build.log
func (n Note) text() string {
	return fmt.Sprintf("%s:%s:%d:%d:%s", n.InvocationID, n.At.Boot, n.At.Monotonic.Microseconds(), n.At.Wall.UnixMicro(), n.Output)
}

// parseNote is the reverse of text.
func parseNote(text string) (n *Note, ok bool) {
	words := strings.SplitN(text, ":", 5)
	if len(words) != 5 {
		return nil, false
	}
	monotonic, err1 := strconv.ParseInt(words[2], 10, 64)
	wall, err2 := strconv.ParseInt(words[3], 10, 64)
	at := Moment{words[1], time.Duration(monotonic) * time.Microsecond, time.UnixMicro(wall)}
	return &Note{words[0], words[4], at}, err1 == nil && err2 == nil
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
	n.At = Now()
	if err := dir.Link(noteName(manager, unit), n.text()); err != nil {
		return err
	}
	removeOldest(dir)
	return nil
}

// removeOldest makes room for a tenth of a directory's notes if there are too many. What cannot
// be removed stays.
func removeOldest(dir *safefile.Dir) {
	names, _ := dir.Names() // what cannot be read is not removed
	names = slices.DeleteFunc(names, func(name string) bool { return !strings.HasSuffix(name, noteSuffix) })
	if len(names) <= maxNotes {
		return
	}
	made := map[string]Moment{}
	for _, name := range names {
		target, _ := dir.ReadLink(name)
		if n, ok := parseNote(target); ok { // else it is the oldest
			made[name] = n.At
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		switch {
		case made[a].Before(made[b]):
			return -1
		case made[b].Before(made[a]):
			return 1
		}
		return 0
	})
	for _, name := range names[:len(names)-maxNotes*9/10] {
		dir.Remove(name)
	}
}

// Renew replaces the note of an earlier run of that name, if a directory has one: it is not
// about the newest run any more. It costs a call for each directory. What cannot be replaced
// stays.
func Renew(dirs []string, manager, unit, invocationID string) {
	for _, path := range dirs {
		if dir, err := safefile.OpenDir(path); err == nil {
			if _, err := dir.ReadLink(noteName(manager, unit)); err == nil {
				dir.Link(noteName(manager, unit), Note{InvocationID: invocationID, At: Now()}.text())
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

// Forget removes the note of a run. Otherwise there would be a note for each name that was ever
// used. What cannot be removed stays.
func Forget(dirs []string, manager, unit, invocationID string) {
	name := noteName(manager, unit)
	for _, path := range dirs {
		if dir, err := safefile.OpenDir(path); err == nil {
			target, err := dir.ReadLink(name)
			if n, ok := parseNote(target); err == nil && ok && n.InvocationID == invocationID {
				dir.Remove(name)
			}
			dir.Close()
		}
	}
}
