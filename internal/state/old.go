package state

import (
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"gorun/internal/safefile"
	"gorun/internal/unitname"
)

// OldFile is a file about runs that exist no longer. Records are none: they have a bound of
// their own.
type OldFile struct {
	Dir, Name string
	What      string // what it was, for people
	Age       time.Duration
	// Why says why it stays; nil if it can be removed.
	Why error

	changed unix.Timespec
	target  string // of a link
}

// Path is the whole path.
func (f OldFile) Path() string { return filepath.Join(f.Dir, f.Name) }

// oldSuffixes are the ends of the names of such files, after the name of the unit, and what
// the files are. A longer end comes before one that it ends in.
var oldSuffixes = []struct{ suffix, what string }{
	{HooksSuffix, hooksFile},
	{EndingSuffix, hooksFile},
	{FailedSuffix, hooksFile},
	{".system.log.stderr", "the output of a run"},
	{".log.stderr", "the output of a run"},
	{".system.log", "the output of a run"},
	{".log", "the output of a run"},
	{".user" + noteSuffix, "a link that says where the newest run's output is"},
	{".system" + noteSuffix, "a link that says where the newest run's output is"},
	{".lock", "the lock of runs that wait for each other"},
	{"", "the processes of a run"},
}

// The suffixes of the files in memory about the hooks of a run, after the name of the service that
// runs them: what they need, how the run ended, and which failed.
const (
	HooksSuffix  = ".hooks"
	EndingSuffix = ".ending"
	FailedSuffix = ".failed"
)

const hooksFile = "what the hooks of a run needed"

// hooksAge is how old such a file is that nobody needs, if its service is not loaded. The service
// starts right after them, and they have an environment, which may be secret.
const hooksAge = time.Hour

// removingPrefix begins the names of files that are about to be removed; a crash leaves them.
const removingPrefix = ".removing-"

// temporaryPrefix begins the names of files that were to be renamed; a crash leaves them.
const temporaryPrefix = ".gorun-"

// Suffixes of the names of the units that the files are about: the run's, and that of its hooks.
const (
	scopeSuffix   = ".scope"
	serviceSuffix = ".service"
)

// Old lists the files in the home directory and in memory that are older than an age, and that
// are about none of the units that are loaded. Those about hooks need not be as old. A file that may
// still be needed has a reason to stay. Directories on network file systems are left out.
func Old(home []string, memory string, age time.Duration, loaded []string) (list []OldFile) {
	notes := notesIn(home)
	for _, path := range append(slices.Clone(home), memory) {
		dir, err := safefile.OpenDir(path)
		if err != nil {
			continue // there is none, or it is not the caller's
		}
		if isShared(path) {
			dir.Close()
			continue // a run on another machine may use a file
		}
		names, _ := dir.Names() // what cannot be read stays
		slices.Sort(names)
		j := judgeOf(dir, names, notes, age)
		for _, name := range withoutUsed(names, loaded) {
			f := OldFile{Dir: path, Name: name, What: whatIs(name)}
			st, err := dir.Stat(name)
			if f.What == "" || err != nil || st.Mode&unix.S_IFMT == unix.S_IFDIR {
				continue
			}
			f.changed = st.Mtim
			f.target, _ = dir.ReadLink(name) // empty for a file
			if path == memory {
				f.Age = j.ageInMemory(f)
			} else {
				f.Age, f.Why = j.judge(f)
			}
			if f.What == hooksFile && f.Age > hooksAge || f.Age > age {
				list = append(list, f)
			}
		}
		dir.Close()
	}
	return list
}

// withoutUsed leaves out the files about units.
func withoutUsed(names, units []string) []string {
	used := map[string]bool{}
	for _, unit := range units {
		for _, s := range oldSuffixes {
			used[unitname.File(unit, s.suffix)] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return used[name] })
}

// whatIs says what a file is by its name; empty for a file of another kind. The names of units
// are cut if they are long, and a hash follows them.
func whatIs(name string) string {
	if strings.HasPrefix(name, temporaryPrefix) || strings.HasPrefix(name, removingPrefix) {
		return "a file that was not finished"
	}
	for _, s := range oldSuffixes {
		unit, ok := strings.CutSuffix(name, s.suffix)
		isLong := len(name) == unitname.MaxFile && s.suffix != ""
		kind := scopeSuffix
		if s.what == hooksFile {
			kind = serviceSuffix
		}
		if ok && (strings.HasSuffix(unit, kind) || isLong) {
			return s.what
		}
	}
	return ""
}
