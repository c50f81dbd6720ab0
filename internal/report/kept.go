package report

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"gorun/internal/journal"
	"gorun/internal/safefile"
	"gorun/internal/state"
	"gorun/internal/unitname"
	"gorun/scope"
)

// A record that cannot be read back from the journal is kept in a file of the user's, one for
// each run. Its name says which run it is about, and its place among the others.

// keptSuffix ends the names of such files.
const keptSuffix = ".record"

// maxKept is how many of them are kept, the newest. journald has a bound, too.
const maxKept = 1000

// maxRecord is the most that is read of such a file. A command line is at most 2 MiB
// (execve(2)), and has up to six characters for each in JSON, twice.
const maxRecord = 32 << 20

// kept is the file of a record.
type kept struct {
	dir, name    string
	number       uint64 // one more than the highest before; the clock may be set back
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

// parseKept reads the name of a file. Its prefix is that of [keptPrefix].
func parseKept(dir, name string) (k kept, prefix string, ok bool) {
	at := len(name) - len(keptTail(0, unknownID))
	if at < 0 || !strings.HasSuffix(name, keptSuffix) {
		return kept{}, "", false
	}
	number, id, ok := strings.Cut(strings.TrimSuffix(name[at:], keptSuffix), "-")
	n, err := strconv.ParseUint(strings.TrimPrefix(number, "."), 10, 64)
	return kept{dir, name, n, strings.TrimPrefix(id, unknownID)}, name[:at], ok && err == nil
}

// listKept lists the files of all units in a directory, and the prefixes of their names.
func listKept(path string) (list []kept, prefixes []string) {
	if path == "" {
		return nil, nil
	}
	dir, err := safefile.OpenDir(path)
	if err != nil {
		return nil, nil // there is none, or it is not the caller's
	}
	defer dir.Close()
	names, _ := dir.Names() // what cannot be read is not found
	for _, name := range names {
		if k, prefix, ok := parseKept(path, name); ok {
			list, prefixes = append(list, k), append(prefixes, prefix)
		}
	}
	return list, prefixes
}

// keepTimeout limits how long writing the file may take. The home directory may be on a
// server that does not answer. Where 500 runs end at once on two processors, it takes some
// seconds.
const keepTimeout = 20 * time.Second

var errSlow = errors.New("the home directory does not answer")

// keepInTime writes a record's fields to the file, unless that takes too long.
func keepInTime(manager, unit string, fields map[string]string) error {
	kept := make(chan error, 1)
	go func() { kept <- keep(manager, unit, fields) }()
	select {
	case err := <-kept:
		return err
	case <-time.After(keepTimeout):
		return errSlow
	}
}

// keep writes a record's fields to a file, in the first directory that has room for it. It
// removes the oldest files if there are too many.
func keep(manager, unit string, fields map[string]string) error {
	data, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	home, inMemory := keptDir{mode: 0o700}, keptDir{path: state.RuntimeDir(), mode: 0o755}
	if dirs := state.Dirs(); len(dirs) > 0 {
		home.path = dirs[0]
	}
	home.list()
	inMemory.list()
	name := keptName(manager, unit, max(home.highest(), inMemory.highest())+1, fields[journal.InvocationField])
	err = home.write(name, data)
	// What is in memory lasts until the user's last logout, or the end of the machine.
	if err != nil && inMemory.write(name, data) == nil {
		return nil
	}
	return err
}

// keptDir is a directory for records.
type keptDir struct {
	path string // empty if there is none
	mode uint32 // with which it is made
	has  []kept
}

func (d *keptDir) list() { d.has, _ = listKept(d.path) }

// highest is the highest number of a record.
func (d *keptDir) highest() (number uint64) {
	for _, k := range d.has {
		number = max(number, k.number)
	}
	return number
}

// write writes a record. It removes the oldest ones if there are too many.
func (d *keptDir) write(name string, data []byte) error {
	if d.path == "" {
		return errors.New("there is no home directory for the record")
	}
	dir, err := safefile.MakeDir(d.path, d.mode)
	if err != nil {
		return err
	}
	defer dir.Close()
	if err := dir.WriteFile(name, data, 0o600); err != nil {
		return err
	}
	if len(d.has) >= maxKept {
		d.removeOldest(dir)
	}
	return nil
}

// removeOldest makes room for a tenth of the records. What cannot be removed stays.
func (d *keptDir) removeOldest(dir *safefile.Dir) {
	slices.SortFunc(d.has, func(a, b kept) int { return cmp.Compare(a.number, b.number) })
	for _, k := range d.has[:len(d.has)-maxKept*9/10+1] {
		p, err := k.read()
		if dir.Remove(k.name); err == nil && p.Report.Unit != nil && p.Report.Manager != nil {
			state.Forget(dir, *p.Report.Manager, *p.Report.Unit, p.InvocationID)
		}
	}
}

// findKept finds the files of a unit's runs, newest first.
func findKept(m scope.Manager, unit string) (found []kept) {
	for _, path := range append(state.Dirs(), state.RuntimeDir()) {
		list, prefixes := listKept(path)
		for i, k := range list {
			if prefixes[i] == keptPrefix(kindOf(m), unit) {
				found = append(found, k)
			}
		}
	}
	slices.SortStableFunc(found, func(a, b kept) int { return cmp.Compare(b.number, a.number) })
	return found
}

// withKept adds the runs whose records are in files to the runs, newest first, that the
// journal has. If only the newest run is asked for, it reads no other's record. A file of the
// newest run that is broken is an error.
func withKept(list []*Past, m scope.Manager, unit string, all bool) ([]*Past, error) {
	var broken error
	next := 0 // where the next older one may be
	for i, k := range findKept(m, unit) {
		p := withID(list, k.invocationID)
		if !all && i > 0 && p == nil {
			continue
		}
		read, err := k.read()
		if err != nil {
			err = fmt.Errorf("%s is no record, and can be deleted: %w", filepath.Join(k.dir, k.name), err)
			read = &Past{InvocationID: k.invocationID}
		}
		switch {
		case p != nil && err == nil:
			p.takeRecord(read)
		case p == nil:
			p, list = read, insert(list, next, read)
		}
		next = 1 + slices.Index(list, p)
		if err != nil && p.Report == nil && list[0] == p {
			broken = err
		}
	}
	return list, broken
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
	i := slices.IndexFunc(list[from:], func(other *Past) bool { return other.latest.Before(p.latest) })
	if i < 0 {
		return append(list, p)
	}
	return slices.Insert(list, from+i, p)
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
