package embedded

import (
	"errors"
	"io/fs"

	"gorun/internal/safefile"
)

// register notes the run, if no other has its name in any of the directories. Where nothing can be
// noted, the run goes on without.
func (r *Run) register() error {
	dir, at, err := makeState()
	if err != nil {
		r.Unkept = err
		return nil
	}
	defer dir.Close()
	r.RuntimeDir = at
	err = locked(dir, func() error {
		if isTakenBeside(at, r.record.Unit) {
			return &ExistsError{Unit: r.record.Unit}
		}
		name := recordName(r.record.Unit)
		if other, err := readRecord(dir, name); err == nil {
			if other.lives(dir) {
				return &ExistsError{Unit: r.record.Unit}
			}
			other.removeGroup() // it is empty, or the new group cannot be made
		}
		r.alive = r.record.holdLife(dir)
		return dir.WriteFile(name, r.record.encode(), 0o600)
	})
	if exists := (*ExistsError)(nil); errors.As(err, &exists) {
		return err
	}
	if err != nil {
		r.alive.Close() // there is nothing to be seen
		r.RuntimeDir, r.Unkept = "", err
	}
	return nil
}

// isTakenBeside reports whether a run of a name is noted in another directory than one: it was started
// with another environment.
func isTakenBeside(runtimeDir, unit string) bool {
	for _, at := range RuntimeDirs() {
		if at == runtimeDir {
			continue
		}
		dir, err := openState(at)
		if err != nil {
			continue // there is none, or it is another user's
		}
		other, err := readRecord(dir, recordName(unit))
		taken := err == nil && other.lives(dir)
		dir.Close()
		if taken {
			return true
		}
	}
	return false
}

// update changes the record, and what other processes read of it. The error is [ErrEnded] if the run
// is another process's and its record has gone: nothing is written then. Else the change is lost
// to other processes if it cannot be written, and the run goes on.
func (r *Run) update(change func(*record)) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	dir, err := r.openState()
	if err != nil {
		change(&r.record)
		return nil
	}
	defer dir.Close()
	changed := false
	err = locked(dir, func() error {
		if err := r.reread(dir); err != nil {
			return err
		}
		change(&r.record)
		changed = true
		return dir.WriteFile(recordName(r.record.Unit), r.record.encode(), 0o600)
	})
	if errors.Is(err, ErrEnded) {
		return err
	}
	if !changed {
		change(&r.record)
	}
	return nil
}

// refresh reads what other processes have noted. The error is [ErrEnded] if the run is another
// process's and its record has gone.
func (r *Run) refresh() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	dir, err := r.openState()
	if err != nil {
		return nil // the record stays as it was read
	}
	defer dir.Close()
	return r.reread(dir)
}

// openState opens the state directory with the record. The error is [fs.ErrNotExist] if there is none.
func (r *Run) openState() (*safefile.Dir, error) {
	if r.RuntimeDir == "" {
		return nil, fs.ErrNotExist
	}
	return openState(r.RuntimeDir)
}

// reread is [Run.refresh], with r.mu.
func (r *Run) reread(dir *safefile.Dir) error {
	kept, err := readRecord(dir, recordName(r.record.Unit))
	switch {
	case err == nil && kept.InvocationID == r.record.InvocationID && !r.ended:
		r.take(kept)
	case !r.own && (err == nil || errors.Is(err, fs.ErrNotExist)):
		r.ended = true
	}
	if r.ended {
		return ErrEnded
	}
	return nil
}

// take takes over what another process may have noted.
func (r *Run) take(kept *record) {
	if r.record.Stopping == "" {
		r.record.Stopping = kept.Stopping
	}
	r.record.Killed = r.record.Killed || kept.Killed
	if !r.own {
		r.record.Supervisor, r.record.Command, r.record.Others, r.record.Over = kept.Supervisor, kept.Command, kept.Others, kept.Over
	}
}

// handOver notes who supervises the run from now on; zero means nobody.
func (r *Run) handOver(to identity) error { return r.update(func(n *record) { n.Supervisor = to }) }

// forget removes the record of this process's run: no other run has the name yet.
func (r *Run) forget() {
	dir, err := r.openState()
	if err != nil {
		return
	}
	defer dir.Close()
	dir.Remove(recordName(r.record.Unit)) // what cannot be removed is swept later
	r.alive.Close()
}

// clear removes what another process's run has left, if nobody supervises it.
func (r *Run) clear() {
	dir, err := r.openState()
	if err != nil {
		return
	}
	defer dir.Close()
	name := recordName(r.record.Unit)
	locked(dir, func() error {
		if kept, err := readRecord(dir, name); err != nil || kept.InvocationID != r.record.InvocationID {
			return err // a later run has the name
		}
		return removeLeft(dir, name)
	})
}
