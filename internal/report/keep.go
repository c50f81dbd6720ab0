package report

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"gorun/internal/safefile"
	"gorun/internal/state"
)

// maxKept is how many records a directory has at most. journald has a bound, too.
const maxKept = 1000

// sweepEach is after how many records it is seen whether there are too many. To list a thousand
// files takes longer than to write one.
const sweepEach = 100

// keepTimeout limits how long writing to the home directory may take. Where 500 runs end at
// once on two processors, it takes some seconds.
const keepTimeout = 20 * time.Second

// store is where records and notes are kept.
type store struct {
	home    func() []string // as [state.Dirs]; it hangs if the server of the home directory does
	timeout time.Duration   // for what is done in the home directory
	memory  string          // the directory for records that the home directory does not take
}

func ownStore() store { return store{state.Dirs, keepTimeout, state.RuntimeDir()} }

var errSlow = errors.New("the home directory does not answer")

// atHome does something in the home directory, unless that takes too long. Then it may still
// be done later.
func (s store) atHome(do func(dirs []string) error) error {
	done := make(chan error, 1)
	go func() { done <- do(s.home()) }()
	select {
	case err := <-done:
		return err
	case <-time.After(s.timeout):
		return errSlow
	}
}

// record is a record that is about to be written to a file.
type record struct {
	manager, unit, invocationID string
	data                        []byte // its fields, in JSON
}

// keep writes a record to a file, in the home directory if it can. noted is the run's note,
// nil if there is none.
func (s store) keep(r record, noted *state.Note) error {
	err := s.atHome(func(dirs []string) error {
		if noted != nil {
			defer noted.Keep(dirs, r.manager, r.unit) // without it, only a later run without a record is missed
		}
		if len(dirs) == 0 {
			return errors.New("there is no home directory for the record")
		}
		return r.write(dirs[0], 0o700)
	})
	// What is in memory lasts until the user's last logout, or the end of the machine.
	if err != nil && r.write(s.memory, 0o755) == nil {
		return nil
	}
	return err
}

// setRecorded notes that a run's record has been sent to the journal.
func (s store) setRecorded(manager, unit, invocationID string) {
	s.atHome(func(dirs []string) error { // a note that stays as it is does no harm
		state.SetRecorded(dirs, manager, unit, invocationID)
		return nil
	})
}

// write writes a record to a directory, which is made with a mode. Once in [sweepEach] records it
// removes the oldest ones if there are too many.
func (r record) write(path string, mode uint32) error {
	dir, err := safefile.MakeDir(path, mode)
	if err != nil {
		return err
	}
	defer dir.Close()
	number, list := takeNumber(dir, path)
	if err := dir.WriteFile(keptName(r.manager, r.unit, number, r.invocationID), r.data, 0o600); err != nil {
		return err
	}
	removeOldest(dir, list)
	return nil
}

// removeOldest makes room for the records until the next sweep, if there are too many. The
// newest records of all units go last: a job that runs each minute must not displace what the
// others have. What cannot be removed stays.
func removeOldest(dir *safefile.Dir, list []kept) {
	if len(list) <= maxKept-sweepEach {
		return
	}
	newest := map[string]uint64{} // number of each unit
	for _, k := range list {
		newest[k.unit] = max(newest[k.unit], k.number)
	}
	slices.SortFunc(list, func(a, b kept) int {
		switch newestA, newestB := a.number == newest[a.unit], b.number == newest[b.unit]; {
		case newestA && !newestB:
			return 1
		case newestB && !newestA:
			return -1
		}
		return cmp.Compare(a.number, b.number)
	})
	for _, k := range list[:len(list)-(maxKept-sweepEach)] {
		p, err := k.read()
		if dir.Remove(k.name); err == nil && p.Report.Unit != nil && p.Report.Manager != nil {
			state.Forget([]string{k.dir}, *p.Report.Manager, *p.Report.Unit, p.InvocationID)
		}
	}
}
