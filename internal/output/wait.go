package output

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"gorun/internal/entry"
	"gorun/internal/safefile"
	"gorun/internal/state"
	"gorun/internal/supervise"
	"gorun/scope"
)

// Output that is printed only if the run did not end well waits in a file of the user's.
// COMMAND itself writes it: no process has to read, so that none has to live, and nothing of it
// is in memory. Two processes of gorun's have a part in it. The first one, outside of the scope,
// makes the file, waits for the second one and prints it. So it is printed also if the scope was
// killed with the second one in it. That one runs COMMAND in the scope, gives the file its name,
// by which it is found while COMMAND runs, and removes it after a good end.

// Waiting is the output that waits, to the process that prints it.
type Waiting struct {
	dir   *safefile.Dir
	names []string   // of the files, before a run has taken them
	files []*os.File // one, or one for standard output and one for standard error
	kept  [2]*os.File
	said  *os.File // what the other process has said
	tell  *os.File // its end; nil once it has started
}

// waitingVariable names the files to the other process: "PID:DESCRIPTOR:NAME[:NAME]".
const waitingVariable = "GORUN_OUTPUT"

// Wait makes the files. Standard output and standard error share one if they are the same
// file, terminal or pipe: then the order of what is written to them matters.
func Wait() (w *Waiting, err error) {
	dirs := state.Dirs()
	if len(dirs) == 0 {
		return nil, &TargetError{nil, false, errors.New("there is no home directory for a file")}
	}
	w = &Waiting{}
	if w.dir, err = safefile.MakeDir(dirs[0], 0o700); err == nil {
		err = w.makeFiles()
	}
	if err == nil {
		w.said, w.tell, err = os.Pipe()
	}
	if err != nil {
		w.Remove()
		return nil, &TargetError{nil, false, err}
	}
	return w, nil
}

func (w *Waiting) makeFiles() error {
	count := 2
	if isSame(1, 2) {
		count = 1
	}
	for range count {
		name, f, err := w.dir.NewFile()
		if err != nil {
			return err
		}
		w.names, w.files = append(w.names, name), append(w.files, f)
	}
	return nil
}

// isSame reports whether two descriptors are the same file, terminal or pipe.
func isSame(a, b int) bool {
	var first, second unix.Stat_t
	return unix.Fstat(a, &first) == nil && unix.Fstat(b, &second) == nil && first.Dev == second.Dev && first.Ino == second.Ino
}

// Redirect sends the output of the process that start starts to the files. env is added to its
// environment.
func (w *Waiting) Redirect(start func(env string) error) error {
	for i := range w.kept {
		fd, err := unix.FcntlInt(uintptr(1+i), unix.F_DUPFD_CLOEXEC, 3)
		if err != nil {
			return os.NewSyscallError("fcntl", err)
		}
		w.kept[i] = os.NewFile(uintptr(fd), "kept")
	}
	defer w.restore()
	for i := range w.kept {
		if err := unix.Dup3(int(w.files[min(i, len(w.files)-1)].Fd()), 1+i, 0); err != nil {
			return os.NewSyscallError("dup3", err)
		}
	}
	tell, err := unix.FcntlInt(w.tell.Fd(), unix.F_DUPFD, 3)
	if err != nil {
		return os.NewSyscallError("fcntl", err)
	}
	defer unix.Close(tell)
	defer w.tell.Close()
	return start(fmt.Sprintf("%s=%d:%d:%s", waitingVariable, os.Getpid(), tell, strings.Join(w.names, ":")))
}

// restore gives this process its own standard output and error back.
func (w *Waiting) restore() {
	for i, f := range w.kept {
		if f != nil && !entry.Closed(1+i) {
			unix.Dup3(int(f.Fd()), 1+i, 0) // cannot fail: both are open
		}
	}
}

// Said is what the other process has said.
type Said struct {
	Unit string   // empty if there is none
	Why  []string // the run ended
	Also []string // went wrong, and is to be said after a good end, too
	// Badly says that the run did not end well, whatever the process's status is. A process that
	// was killed could not say it.
	Badly bool
}

// Said is what the other process has said, once it has ended.
func (w *Waiting) Said() (s Said) {
	text, _ := io.ReadAll(w.said) // what cannot be read was not said
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if name, ok := strings.CutPrefix(line, unitWord); ok {
			s.Unit = name
		} else if what, ok := strings.CutPrefix(line, alsoWord); ok {
			s.Also = append(s.Also, what)
		} else if line == badlyWord {
			s.Badly = true
		} else {
			s.Why = append(s.Why, line)
		}
	}
	return s
}

const (
	unitWord  = "unit "  // is in front of the unit's name
	badlyWord = "badly." // says that the run did not end well
	alsoWord  = "also "  // is in front of what is said after a good end, too
)

// Print prints the output where it would have gone. What cannot be printed does not keep the rest
// from being printed.
func (w *Waiting) Print() error {
	var failed []error
	for i, f := range w.files {
		to := w.kept[i]
		if to == nil || entry.Closed(1+i) {
			continue
		}
		_, err := io.Copy(to, io.NewSectionReader(f, 0, 1<<62))
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

// Check reports why some of the output may be missing.
func (w *Waiting) Check() error {
	full, err := isFull(int(w.files[0].Fd()))
	if full {
		return errFull
	}
	return err
}

// Remove removes the files, unless a run has taken them.
func (w *Waiting) Remove() {
	if w.dir == nil {
		return
	}
	for _, name := range w.names {
		w.dir.Remove(name) // at worst it stays
	}
}

// Taken is the output that waits, to the process that runs COMMAND. A nil one is none.
type Taken struct {
	tell  int
	names []string

	dir      string // empty before Take
	manager  scope.Manager
	unit, id string
	isNamed  bool
}

// FindWaiting finds the files that another process has made for this one. It returns nil if no
// process has: a process for which it returns something must not start another copy. Call it first:
// no process started later may inherit the variable.
func FindWaiting() *Taken {
	text, ok := os.LookupEnv(waitingVariable)
	if !ok {
		return nil
	}
	os.Unsetenv(waitingVariable)
	words := strings.Split(text, ":")
	fd, err := -1, error(nil)
	if len(words) >= 3 && words[0] == strconv.Itoa(os.Getppid()) {
		fd, err = strconv.Atoi(words[1])
	}
	if fd < 0 || err != nil {
		// The parent has ended, and nobody prints. This process must not make another copy.
		return &Taken{tell: -1}
	}
	unix.CloseOnExec(fd)
	unix.SetNonblock(fd, true) // nobody reads before this process ends; what has no room in the pipe is not said
	supervise.BeNamed()
	return &Taken{tell: fd, names: words[2:]}
}

// mostSaid is the longest line. Up to PIPE_BUF it is written as a whole, or not at all (pipe(7)).
const mostSaid = 4096 - len("\n")

// Say tells the other process why the run ends.
func (t *Taken) Say(line string) {
	line = strings.ReplaceAll(line, "\n", " ")
	if len(line) > mostSaid {
		line = strings.ToValidUTF8(line[:mostSaid], "")
	}
	unix.Write(t.tell, []byte(line+"\n")) // it may have ended, at a logout
}

// SayAlso tells the other process what went wrong with something that is not COMMAND.
func (t *Taken) SayAlso(line string) { t.Say(alsoWord + line) }

// SayBadly tells the other process that the run did not end well.
func (t *Taken) SayBadly() {
	if t != nil {
		t.Say(badlyWord)
	}
}

// Take gives the files the name of the run's output, now that the unit is this run's, and notes
// it, so that it is found. named says that the caller chose the unit's name.
func (t *Taken) Take(m scope.Manager, unit, invocationID string, named bool) error {
	if t == nil || len(t.names) == 0 {
		return nil
	}
	dirs := state.Dirs()
	if len(dirs) == 0 {
		return errors.New("there is no home directory")
	}
	d, err := safefile.OpenDir(dirs[0])
	if err != nil {
		return err
	}
	defer d.Close()
	t.Say(unitWord + unit)
	d.Remove(errorFile(logFile(m, unit))) // of an earlier run
	for i, name := range t.names {
		if err := d.Replace(name, t.fileName(m, unit, i)); err != nil {
			return err
		}
	}
	t.dir, t.manager, t.unit, t.id, t.isNamed = dirs[0], m, unit, invocationID, named
	return state.Note{InvocationID: invocationID, Output: t.File()}.Keep(dirs, m.String(), unit)
}

// fileName is the name of the i-th file.
func (t *Taken) fileName(m scope.Manager, unit string, i int) string {
	if i > 0 {
		return errorFile(logFile(m, unit))
	}
	return logFile(m, unit)
}

// errorFile is the file with the standard error of a run whose standard output is in a file, if
// that waits.
func errorFile(file string) string { return file + ".stderr" }

// removeErrorFile removes the file with the standard error of an earlier run, whose file another
// run has taken over.
func removeErrorFile(path string) {
	d, err := safefile.OpenDir(filepath.Dir(path))
	if err != nil {
		return
	}
	defer d.Close()
	d.Remove(errorFile(filepath.Base(path))) // at worst it stays
}

// Parts are the files with the output of a run that went to a file: one, or two if its standard
// error waits apart. That is so only in gorun's directories: beside another file, what has such a
// name is not gorun's.
func Parts(path string) []string {
	parts := []string{path}
	if !slices.Contains(state.Dirs(), filepath.Dir(path)) {
		return parts
	}
	if f, err := safefile.OpenRead(errorFile(path)); err == nil {
		f.Close()
		parts = append(parts, errorFile(path))
	}
	return parts
}

// File is the file that the output waits in. Empty if there is none.
func (t *Taken) File() string {
	if t == nil || t.dir == "" {
		return ""
	}
	return filepath.Join(t.dir, t.fileName(t.manager, t.unit, 0))
}

// Drop removes the files after a good end. The other process prints nothing. What is left of a
// run that could not be started is printed without a name.
func (t *Taken) Drop() {
	if t == nil || t.dir == "" {
		return
	}
	if d, err := safefile.OpenDir(t.dir); err == nil {
		for i := range t.names {
			d.Remove(t.fileName(t.manager, t.unit, i)) // at worst it stays
		}
		d.Close()
	}
	dirs := []string{t.dir}
	if t.isNamed {
		state.Note{InvocationID: t.id}.Keep(dirs, t.manager.String(), t.unit) // on failure the file is said to be gone
	} else {
		state.Forget(dirs, t.manager.String(), t.unit, t.id)
	}
	t.dir = ""
}
