package report

import (
	"encoding/json"
	"errors"
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

// keptFor is how long they are kept. journald has a bound, too.
const keptFor = 90 * 24 * time.Hour

// maxRecord is the most that is read of such a file. A command line is at most 2 MiB
// (execve(2)), and has up to six characters for each in JSON, twice.
const maxRecord = 32 << 20

// keptName is the name of a unit's file.
func keptName(manager, unit string) string {
	return unitname.File(unit, "."+manager+keptSuffix)
}

// keep writes a record's fields to the file, and removes old files.
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
	removeOld(dir, dirs[0])
	return dir.WriteFile(keptName(manager, unit), data, 0o600)
}

// removeOld removes files that are older than keptFor. What cannot be removed stays.
func removeOld(dir *safefile.Dir, path string) {
	entries, _ := os.ReadDir(path)
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && strings.HasSuffix(e.Name(), keptSuffix) && time.Since(info.ModTime()) > keptFor {
			dir.Remove(e.Name())
		}
	}
}

// withKept adds the run whose record is in the file to the runs, newest first, that the
// journal has.
func withKept(list []*Past, m scope.Manager, unit string) ([]*Past, error) {
	fields, err := readKept(m, unit)
	if err != nil || fields == nil {
		return list, err
	}
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

// readKept reads a record's fields from the file, nil if there is none.
func readKept(m scope.Manager, unit string) (map[string]string, error) {
	manager := scope.SystemManager
	if m.OfUser() {
		manager = scope.UserManager
	}
	for _, path := range state.Dirs() {
		dir, err := safefile.OpenDir(path)
		if err != nil {
			continue // there is none, or it is not the caller's
		}
		data, err := dir.ReadFile(keptName(manager.String(), unit), maxRecord)
		dir.Close()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		var fields map[string]string
		err = json.Unmarshal(data, &fields)
		return fields, err
	}
	return nil, nil
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
