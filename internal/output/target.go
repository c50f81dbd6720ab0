package output

import (
	"errors"
	"path/filepath"
	"strings"

	"gorun/internal/journal"
	"gorun/internal/safefile"
	"gorun/internal/state"
	"gorun/internal/unitname"
	"gorun/scope"
)

// Kind is a kind of place for output.
type Kind string

const (
	Journal Kind = "journal" // as lines of the unit
	Null    Kind = "null"    // nowhere
	File    Kind = "file"    // which is emptied first
	Append  Kind = "append"  // to a file
)

// Target is a place for output.
type Target struct {
	Kind Kind
	Path string // of a file
}

// ParseTarget reads journal, null, file:PATH or append:PATH.
func ParseTarget(text string) (*Target, error) {
	kind, path, hasPath := strings.Cut(text, ":")
	t := &Target{Kind: Kind(kind), Path: path}
	switch t.Kind {
	case Journal, Null:
		if !hasPath {
			return t, nil
		}
	case File, Append:
		if path != "" {
			return t, nil
		}
	}
	return nil, errors.New("must be journal, null, file:PATH or append:PATH")
}

// String is what [ParseTarget] reads.
func (t *Target) String() string {
	if t.Path == "" {
		return string(t.Kind)
	}
	return string(t.Kind) + ":" + t.Path
}

// TargetError means that output cannot go to a target.
type TargetError struct {
	Target *Target // nil if no default target can be found
	Asked  bool    // the caller asked for the target; otherwise it is the default
	Err    error
}

func (e *TargetError) Error() string {
	switch {
	case e.Asked:
		return e.Target.String() + ": " + e.Err.Error()
	case e.Target == nil || e.Target.Path == "":
		return "no place for the output: " + e.Err.Error()
	}
	return "no place for the output: " + e.Target.Path + ": " + e.Err.Error()
}

func (e *TargetError) Unwrap() error { return e.Err }

// FilePath is the file of a place, as [Output.Place] writes it. Empty if it is none.
func FilePath(place string) string {
	t, err := ParseTarget(place)
	if err != nil {
		return ""
	}
	return t.Path
}

// Place is a file as a place, which [FilePath] reads.
func Place(path string) string { return (&Target{File, path}).String() }

// defaultTarget is the journal if the caller can read it back, else a file in the
// caller's state directory.
func defaultTarget(m scope.Manager, unit string) (*Target, error) {
	if m != scope.Embedded && journal.Available() && state.JournalIsReadable() {
		return &Target{Kind: Journal}, nil
	}
	dirs := state.Dirs()
	if m == scope.Embedded {
		dirs = append(dirs, state.RuntimeDir()) // for users without a home directory, as in containers
	}
	if len(dirs) == 0 {
		return nil, errors.New("there is no home directory for a file, and no journal that you can read")
	}
	dir, err := safefile.MakeDir(dirs[0], 0o700)
	if err != nil && m == scope.Embedded && len(dirs) > 1 {
		dirs = dirs[len(dirs)-1:] // the home directory may be missing
		dir, err = safefile.MakeDir(dirs[0], 0o700)
	}
	if err != nil {
		return nil, err
	}
	dir.Close()
	return &Target{Kind: File, Path: filepath.Join(dirs[0], logFile(m, unit))}, nil
}

// logFile is the name of the default file. Two managers may have units of one name.
func logFile(m scope.Manager, unit string) string {
	if m.OfUser() {
		return unitname.File(unit, ".log")
	}
	return unitname.File(unit, "."+m.String()+".log")
}
