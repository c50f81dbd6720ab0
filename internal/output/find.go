package output

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"gorun/internal/safefile"
)

// GoneError means that a unit's output was in a file that is not there any more.
type GoneError struct{ Unit, Path string }

func (e *GoneError) Error() string {
	return fmt.Sprintf("%s: its output went to %s, which is gone", e.Unit, e.Path)
}

// OpenFile opens the file that a unit's output went to. By now another user may have put
// anything in its place, which is an error. The error is a [*GoneError] if there is no file.
func OpenFile(unit, path string) (*os.File, error) {
	f, err := safefile.OpenRead(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &GoneError{unit, path}
	}
	return f, err
}
