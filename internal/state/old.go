package state

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"gorun/internal/process"
	"gorun/internal/safefile"
	"gorun/internal/unitname"
)

// OldFile is a file about runs that exist no longer. Records are none: they have a bound of
// their own.
type OldFile struct {
	Dir, Name string
	What      string // what it was, for people
	Age       time.Duration
}

// Path is the whole path.
func (f OldFile) Path() string { return filepath.Join(f.Dir, f.Name) }

// oldSuffixes are the ends of the names of such files, after the name of the unit, and what
// the files are. A longer end comes before one that it ends in.
var oldSuffixes = []struct{ suffix, what string }{
	{".system.log", "the output of a run"},
	{".log", "the output of a run"},
	{".user" + noteSuffix, "a link that says where the newest run's output is"},
	{".system" + noteSuffix, "a link that says where the newest run's output is"},
	{".lock", "the lock of runs that wait for each other"},
	{"", "the processes of a run"},
}

// temporaryPrefix begins the names of files that were to be renamed; a crash leaves them.
const temporaryPrefix = ".gorun-"

// scopeSuffix ends the names of the units that the files are about.
const scopeSuffix = ".scope"

// Old lists the files in the directories that are older than an age, and that are about none of
// the units that are loaded. Directories that other machines may have, too, are left out.
func Old(dirs []string, age time.Duration, loaded []string) (list []OldFile) {
	used := map[string]bool{}
	for _, unit := range loaded {
		for _, s := range oldSuffixes {
			used[unitname.File(unit, s.suffix)] = true
		}
	}
	for _, path := range dirs {
		dir, err := safefile.OpenDir(path)
		if err != nil {
			continue // there is none, or it is not the caller's
		}
		if isShared(path) {
			dir.Close()
			continue // a run on another machine may use a file
		}
		names, _ := dir.Names() // what cannot be read stays
		dir.Close()
		slices.Sort(names)
		for _, name := range names {
			f := OldFile{Dir: path, Name: name, What: whatIs(name)}
			if st, err := os.Lstat(f.Path()); err == nil && !st.IsDir() {
				f.Age = time.Since(st.ModTime())
			}
			if f.What != "" && f.Age > age && !used[name] {
				list = append(list, f)
			}
		}
	}
	return list
}

// whatIs says what a file is by its name; empty for a file of another kind. The names of units
// are cut if they are long, and a hash follows them.
func whatIs(name string) string {
	if strings.HasPrefix(name, temporaryPrefix) {
		return "a file that was not finished"
	}
	for _, s := range oldSuffixes {
		unit, ok := strings.CutSuffix(name, s.suffix)
		isLong := len(name) == unitname.MaxFile && s.suffix != ""
		if ok && (strings.HasSuffix(unit, scopeSuffix) || isLong) {
			return s.what
		}
	}
	return ""
}

// ErrUsed means that a process uses a file.
var ErrUsed = errors.New("a process uses it")

// Remove removes the file, unless a process has it open or locked. opened are the files that
// processes have open.
func (f OldFile) Remove(opened map[process.File]bool) error {
	dir, err := safefile.OpenDir(f.Dir)
	if err != nil {
		return err
	}
	defer dir.Close()
	if id, err := process.FileOf(f.Path()); err == nil && opened[id] {
		return ErrUsed
	}
	if st, err := os.Lstat(f.Path()); err == nil && time.Since(st.ModTime()) < f.Age {
		return ErrUsed // a run has begun to write to it since it was listed
	}
	if strings.HasSuffix(f.Name, ".lock") {
		lock, err := dir.OpenLock(f.Name)
		if err != nil {
			return err
		}
		defer lock.Close() // and with it the lock
		if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
			return ErrUsed
		}
	}
	return dir.Remove(f.Name)
}
