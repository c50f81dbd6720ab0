package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gorun/internal/safefile"
	"gorun/internal/state"
	"gorun/internal/unitname"
	"gorun/scope"
)

// A record that cannot be read back from the journal is kept in a file of the user's. There
// is one for each name of a unit.

// keptSuffix ends the names of such files.
const keptSuffix = ".record"

// maxKept is how many of them are kept, the newest. journald has a bound, too.
const maxKept = 1000

// maxRecord is the most that is read of such a file. A command line is at most 2 MiB
// (execve(2)), and has up to six characters for each in JSON, twice.
const maxRecord = 32 << 20

// keptName is the name of a unit's file.
func keptName(manager, unit string) string {
	return unitname.File(unit, "."+manager+keptSuffix)
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

// keep writes a record's fields to the file. It removes the oldest files if there are too
// many.
func keep(manager, unit string, fields map[string]string) error {
	dirs := state.Dirs()
	if len(dirs) == 0 {
		return errors.New("there is no home directory for the record")
	}
	data, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	dir, err := safefile.MakeDir(dirs[0], 0o700)
	if err != nil {
		return err
	}
	defer dir.Close()
	if err := dir.WriteFile(keptName(manager, unit), data, 0o600); err != nil {
		return err
	}
	removeOldest(dir, dirs[0])
	return nil
}

// removeOldest removes the oldest tenth of the files if there are more than maxKept. What
// cannot be removed stays.
func removeOldest(dir *safefile.Dir, path string) {
	entries, _ := os.ReadDir(path)
	entries = slices.DeleteFunc(entries, func(e os.DirEntry) bool { return !strings.HasSuffix(e.Name(), keptSuffix) })
	if len(entries) <= maxKept {
		return
	}
	age := map[string]time.Time{}
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			age[e.Name()] = info.ModTime()
		}
	}
	slices.SortFunc(entries, func(a, b os.DirEntry) int { return age[a.Name()].Compare(age[b.Name()]) })
	for _, e := range entries[:len(entries)-maxKept*9/10] {
		dir.Remove(e.Name())
	}
}

// withKept adds the runs whose records are in files to the runs, newest first, that the
// journal has. There may be several state directories. A broken file is an error only if the
// journal has no run of that name.
func withKept(list []*Past, m scope.Manager, unit string) ([]*Past, error) {
	for _, path := range state.Dirs() {
		fields, err := readKept(path, m, unit)
		if err == nil && fields != nil {
			list, err = insertKept(list, fields)
		}
		if err != nil && len(list) == 0 {
			return nil, fmt.Errorf("%s is no record, and can be deleted: %w", filepath.Join(path, keptName(kindOf(m), unit)), err)
		}
	}
	return list, nil
}

// ForgetKept removes the file of an earlier run of that name, when a run begins: whoever asks
// for the newest run must not be told of that one. What cannot be removed stays.
func ForgetKept(m scope.Manager, unit string) {
	for _, path := range state.Dirs() {
		if dir, err := safefile.OpenDir(path); err == nil {
			dir.Remove(keptName(kindOf(m), unit))
			dir.Close()
		}
	}
}

// insertKept adds a run by its record.
func insertKept(list []*Past, fields map[string]string) ([]*Past, error) {
	kept := &Past{InvocationID: fields[recordPrefix+"INVOCATION_ID"]}
	i := slices.IndexFunc(list, func(p *Past) bool { return p.InvocationID == kept.InvocationID })
	if i >= 0 {
		return list, list[i].add(fields)
	}
	if err := kept.add(fields); err != nil {
		return nil, err
	}
	i = slices.IndexFunc(list, func(p *Past) bool { return p.Began.Before(kept.Began) })
	if i < 0 {
		i = len(list)
	}
	return slices.Insert(list, i, kept), nil
}

// readKept reads a record's fields from the file in a directory, nil if there is none.
func readKept(path string, m scope.Manager, unit string) (fields map[string]string, err error) {
	dir, err := safefile.OpenDir(path)
	if err != nil {
		return nil, nil // there is none, or it is not the caller's
	}
	defer dir.Close()
	data, err := dir.ReadFile(keptName(kindOf(m), unit), maxRecord)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &fields)
	}
	if err == nil && fields["MESSAGE_ID"] != recordID {
		err = errors.New("it has no MESSAGE_ID of a record")
	}
	return fields, err
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
