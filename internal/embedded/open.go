package embedded

import (
	"errors"
	"io/fs"
)

// Open finds a run by its name. The error is [ErrEnded] if there is none.
func Open(unit string) (*Run, error) {
	for _, at := range RuntimeDirs() {
		r, err := openIn(at, recordName(unit))
		if err == nil && r.record.Unit == unit {
			return r, nil
		}
		if err != nil && !errors.Is(err, ErrEnded) {
			return nil, err
		}
	}
	return nil, ErrEnded
}

// openIn reads a record of a run that is running.
func openIn(runtimeDir, name string) (*Run, error) {
	dir, err := openState(runtimeDir)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return nil, ErrEnded
	}
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	kept, err := readRecord(dir, name)
	switch {
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission):
		return nil, ErrEnded
	case err != nil:
		return nil, err
	case !kept.isHere() || !kept.isRunning():
		return nil, ErrEnded
	}
	r := &Run{RuntimeDir: runtimeDir, record: *kept}
	if r.group, err = hold(kept.group()); err != nil {
		return nil, err
	}
	// A later run is noted before its group is made. So if this one still is, the group is its own.
	return r, r.refresh()
}

// List lists the runs that are running, in no order.
func List() (list []*Run) {
	for _, at := range RuntimeDirs() {
		dir, err := openState(at)
		if err != nil {
			continue // there is none, or it is another user's
		}
		for _, name := range recordNames(dir) {
			if r, err := openIn(at, name); err == nil {
				list = append(list, r)
			}
		}
		dir.Close()
	}
	return list
}
