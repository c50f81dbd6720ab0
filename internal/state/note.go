package state

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
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

// noteName is the name of a note: a symbolic link, which is read and made in one call. Its
// target is no path.
func noteName(manager, unit string) string {
	return unitname.File(unit, "."+manager+".newest")
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

// Keep keeps the note of a run that begins, or ends. manager is user or system.
func (n Note) Keep(manager, unit string) error {
	dirs := Dirs()
	if len(dirs) == 0 {
		return errors.New("there is no home directory for the note")
	}
	dir, err := safefile.MakeDir(dirs[0], 0o700)
	if err != nil {
		return err
	}
	defer dir.Close()
	n.At = Now()
	return dir.Link(noteName(manager, unit), n.text())
}

// Renew replaces the note of an earlier run of that name, if there is one: whoever asks for
// the newest run must not be told of that one. It costs a call for each directory. What
// cannot be replaced stays.
func Renew(manager, unit, invocationID string) {
	for _, path := range Dirs() {
		if dir, err := safefile.OpenDir(path); err == nil {
			if _, err := dir.ReadLink(noteName(manager, unit)); err == nil {
				dir.Link(noteName(manager, unit), Note{InvocationID: invocationID, At: Now()}.text())
			}
			dir.Close()
		}
	}
}

// FindNote finds the note of a unit's newest run, nil if there is none.
func FindNote(manager, unit string) (newest *Note) {
	for _, path := range Dirs() {
		target, err := os.Readlink(filepath.Join(path, noteName(manager, unit)))
		n, ok := parseNote(target)
		if err == nil && ok && (newest == nil || newest.At.Before(n.At)) {
			newest = n
		}
	}
	return newest
}

// Forget removes the note that a run is the newest, when its record is removed. Otherwise there
// would be a note for each name that was ever used.
func Forget(dir *safefile.Dir, manager, unit, invocationID string) {
	name := noteName(manager, unit)
	target, err := dir.ReadLink(name)
	if n, ok := parseNote(target); err == nil && ok && n.InvocationID == invocationID {
		dir.Remove(name) // on failure it stays
	}
}
