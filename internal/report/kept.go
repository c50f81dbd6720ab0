package report

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gorun/internal/safefile"
	"gorun/internal/state"
	"gorun/internal/unitname"
	"gorun/scope"
)

// A record that cannot be read back from the journal is kept in a file of the user's, one for
// each run. Its name says which run it is about, and its place among the others.

// keptSuffix ends the names of such files.
const keptSuffix = ".record"

// maxRecord is the most that is read of such a file. A command line is at most 2 MiB
// (execve(2)), and has up to six characters for each in JSON, twice.
const maxRecord = 32 << 20

// kept is the file of a record.
type kept struct {
	dir, name    string
	unit         string // begins the names of all files of the unit, as keptPrefix
	number       uint64 // one more than the directory's highest before; the clock may be set back
	invocationID string
}

// idLength is the length of an invocation ID.
const idLength = 32

// unknownID stands for the invocation ID in the name of a file if it is not known.
var unknownID = strings.Repeat("0", idLength)

// keptTail is the end of the name of a file, which has always the same length:
//
//	.0000000000000042-0123456789abcdef0123456789abcdef.record
func keptTail(number uint64, id string) string {
	if len(id) != idLength {
		id = unknownID
	}
	return fmt.Sprintf(".%016d-%s%s", number, id, keptSuffix)
}

// keptName is the name of a file.
func keptName(manager, unit string, number uint64, id string) string {
	return unitname.File(unit, "."+manager+keptTail(number, id))
}

// keptPrefix begins the names of all files of a unit.
func keptPrefix(manager, unit string) string {
	tail := keptTail(0, unknownID)
	return strings.TrimSuffix(keptName(manager, unit, 0, unknownID), tail)
}

// parseKept reads the name of a file in a directory.
func parseKept(dir, name string) (k kept, ok bool) {
	at := len(name) - len(keptTail(0, unknownID))
	if at < 0 || !strings.HasSuffix(name, keptSuffix) {
		return kept{}, false
	}
	number, id, ok := strings.Cut(strings.TrimSuffix(name[at:], keptSuffix), "-")
	n, err := strconv.ParseUint(strings.TrimPrefix(number, "."), 10, 64)
	k = kept{dir, name, name[:at], n, strings.TrimPrefix(id, unknownID)}
	return k, ok && err == nil && k.unit+keptTail(k.number, k.invocationID) == name
}

// listKept lists the files of all units in a directory.
func listKept(path string) []kept {
	dir, err := safefile.OpenDir(path)
	if err != nil {
		return nil // there is none, or it cannot be read
	}
	defer dir.Close()
	if owner, err := dir.Owner(); err != nil || owner != os.Geteuid() {
		return nil // anybody may have made one in /tmp
	}
	return keptIn(dir, path)
}

// keptIn lists the files of all units in a directory that is open.
func keptIn(dir *safefile.Dir, path string) (list []kept) {
	names, _ := dir.Names() // what cannot be read is not found
	for _, name := range names {
		if k, ok := parseKept(path, name); ok {
			list = append(list, k)
		}
	}
	return list
}

// keptDirs lists the directories with such files.
func keptDirs() []string { return append(state.Dirs(), state.RuntimeDir()) }

// findKept finds the files of a unit's runs in a directory, newest first, or if run is not empty the
// file of the run with that invocation ID.
func findKept(dir string, m scope.Manager, unit, run string) []kept {
	found := slices.DeleteFunc(listKept(dir), func(k kept) bool {
		return k.unit != keptPrefix(kindOf(m), unit) || run != "" && k.invocationID != run
	})
	slices.SortStableFunc(found, func(a, b kept) int { return cmp.Compare(b.number, a.number) })
	return found
}

// withKept adds the runs whose records are in files to the runs, newest first, that the
// journal has. The files' numbers say which of a directory's runs was first. Runs of several
// directories, such as those of cron and of a login shell, are put in order by their time. If
// only the newest run is asked for, it reads no older run's record. If run is not empty, only the
// run with that invocation ID is asked for, and its record is the only one that is read. A file of
// the newest of these runs that is broken is an error.
func withKept(list []*Past, dirs []string, m scope.Manager, unit, run string, all bool) ([]*Past, error) {
	broken := map[*Past]error{}
	for _, dir := range dirs {
		next := 0 // where the next older one may be
		for i, k := range findKept(dir, m, unit, run) {
			p := withID(list, k.invocationID)
			if !all && i > 0 && p == nil {
				continue
			}
			read, err := k.read()
			if err != nil {
				err = fmt.Errorf("%s is no record, and can be deleted: %w", filepath.Join(k.dir, k.name), err)
				read = &Past{InvocationID: k.invocationID, Latest: k.written()}
			}
			switch {
			case p != nil && err == nil:
				p.takeRecord(read)
			case p == nil:
				p, list = read, insert(list, next, read)
			}
			next = 1 + slices.Index(list, p)
			broken[p] = err
		}
	}
	if len(list) == 0 || list[0].Report != nil {
		return list, nil
	}
	return list, broken[list[0]]
}

// withID is the run with an invocation ID, nil if there is none.
func withID(list []*Past, id string) *Past {
	i := slices.IndexFunc(list, func(p *Past) bool { return id != "" && p.InvocationID == id })
	if i < 0 {
		return nil
	}
	return list[i]
}

// insert adds a run before the first that is older, at an index or after it.
func insert(list []*Past, from int, p *Past) []*Past {
	i := slices.IndexFunc(list[from:], func(other *Past) bool { return other.Latest.Before(p.Latest) })
	if i < 0 {
		return append(list, p)
	}
	return slices.Insert(list, from+i, p)
}

// written is when the file was written, by the clock. The zero value means that it is not known.
func (k kept) written() state.Moment {
	st, err := os.Lstat(filepath.Join(k.dir, k.name))
	if err != nil {
		return state.Moment{}
	}
	return state.Moment{Wall: st.ModTime()}
}

// read reads a run from the file of its record.
func (k kept) read() (*Past, error) {
	dir, err := safefile.OpenDir(k.dir)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	data, err := dir.ReadFile(k.name, maxRecord)
	if err != nil {
		return nil, err
	}
	var fields map[string]string
	if err := json.Unmarshal(data, &fields); err != nil {
		return nil, err
	}
	if fields["MESSAGE_ID"] != recordID {
		return nil, errors.New("it has no MESSAGE_ID of a record")
	}
	p := &Past{InvocationID: k.invocationID}
	return p, p.add(fields)
}

// KeptPlace is where records are kept that cannot be read back from the journal. Empty if
// there is no home directory.
func KeptPlace() string {
	dirs := state.Dirs()
	if len(dirs) == 0 {
		return ""
	}
	return filepath.Join(dirs[0], "*"+keptSuffix)
}
