package hooks

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"gorun/internal/safefile"
	"gorun/internal/state"
)

// Kept are the files about one run's hooks, in a directory in memory.
type Kept struct {
	dir, name string
	results   *os.File
}

// maxKept is the most that is read of a file. A command line and an environment are at most
// 2 MiB each (execve(2)), and have up to six characters for each in JSON.
const maxKept = 64 << 20

// Keep writes down what has to be done. name is the service's. It keeps the file with the results
// open, so that [Kept.Failures] can read it when it is removed, and locked, until [Kept.End].
func Keep(dir, name string, j Job) (*Kept, error) {
	k := &Kept{dir: dir, name: name}
	data, err := json.Marshal(j)
	if err != nil {
		return nil, err
	}
	mode := uint32(0o700)
	if dir == state.RuntimeDir() {
		mode = 0o755 // as for records in memory
	}
	d, err := safefile.MakeDir(dir, mode)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	if k.results, err = d.OpenLock(name + state.FailedSuffix); err == nil {
		err = unix.Flock(int(k.results.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	}
	if err == nil {
		err = d.WriteFile(name+state.HooksSuffix, data, 0o600)
	}
	if err != nil {
		k.Remove()
		return nil, err
	}
	return k, nil
}

// Path is the file with the [Job].
func (k *Kept) Path() string { return filepath.Join(k.dir, k.name+state.HooksSuffix) }

// End writes down how the run ended, and gives the lock back. Without that the run counts as one
// whose gorun was killed.
func (k *Kept) End(e Ending) error {
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	d, err := safefile.OpenDir(k.dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.WriteFile(k.name+state.EndingSuffix, data, 0o600); err != nil {
		return err
	}
	return unix.Flock(int(k.results.Fd()), unix.LOCK_UN)
}

// Take removes the file with the [Job], and reports whether that was there: then the caller has to
// run the hooks, and nobody else will.
func (k *Kept) Take() (isOurs bool, err error) {
	d, err := safefile.OpenDir(k.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer d.Close()
	return d.Take(k.name + state.HooksSuffix)
}

// isHeld reports whether gorun still runs and has not said how the run ended. The error is
// [fs.ErrNotExist] if it has taken the hooks meanwhile.
func (k *Kept) isHeld() (bool, error) {
	d, err := safefile.OpenDir(k.dir)
	if err != nil {
		return false, err
	}
	defer d.Close()
	f, err := d.OpenRead(k.name + state.FailedSuffix)
	if err != nil {
		return false, err
	}
	defer f.Close()
	err = unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return true, nil
	}
	return false, err
}

// Failures are the hooks that failed, once all have run. It is an error if the process that
// runs them has ended without a word.
func (k *Kept) Failures() (failed []Failure, err error) {
	data, err := io.ReadAll(io.NewSectionReader(k.results, 0, maxKept))
	switch {
	case err != nil:
		return nil, err
	case len(data) == 0:
		return nil, fmt.Errorf("they did not finish, or could not say so; see the journal of %s", k.name)
	}
	err = json.Unmarshal(data, &failed)
	return failed, err
}

// Remove removes the files. What cannot be removed goes with the directory, at the user's last
// logout or the end of the machine.
func (k *Kept) Remove() {
	d, err := safefile.OpenDir(k.dir)
	if err != nil {
		return
	}
	defer d.Close()
	for _, suffix := range []string{state.HooksSuffix, state.EndingSuffix, state.FailedSuffix} {
		d.Remove(k.name + suffix)
	}
}

// find finds the files by that of the [Job].
func find(path string) (*Kept, error) {
	name, ok := strings.CutSuffix(filepath.Base(path), state.HooksSuffix)
	if !ok || !filepath.IsAbs(path) {
		return nil, fmt.Errorf("%s: not a file of hooks", path)
	}
	return &Kept{dir: filepath.Dir(path), name: name}, nil
}

// read reads the files. The ending is nil if there is none.
func (k *Kept) read() (j Job, e *Ending, err error) {
	d, err := safefile.OpenDir(k.dir)
	if err != nil {
		return j, nil, err
	}
	defer d.Close()
	data, err := d.ReadFile(k.name+state.HooksSuffix, maxKept)
	if err == nil {
		err = json.Unmarshal(data, &j)
	}
	if err != nil {
		return j, nil, err
	}
	data, err = d.ReadFile(k.name+state.EndingSuffix, maxKept)
	if errors.Is(err, fs.ErrNotExist) {
		return j, nil, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &e)
	}
	return j, e, err
}

// tell writes down which hooks failed, for a gorun that waits. It keeps the file, which that
// gorun has open.
func (k *Kept) tell(failed []Failure) error {
	data, err := json.Marshal(failed)
	if err != nil {
		return err
	}
	d, err := safefile.OpenDir(k.dir)
	if err != nil {
		return err
	}
	defer d.Close()
	f, err := d.OpenLock(k.name + state.FailedSuffix)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.Write(data)
	return err
}
