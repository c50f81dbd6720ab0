package manage

import (
	"bytes"
	"io"
	"strings"
)

// tailHeader is the line with which tail(1) begins one of several files.
func tailHeader(name string) string { return "==> " + name + " <==\n" }

// titleWriter writes other lines in the place of some. tail(1) gets files by their descriptors,
// because another user may change what their paths mean, and prints what it got:
//
//	==> /dev/fd/3 <==
type titleWriter struct {
	out    io.Writer
	titles map[string]string // what is written in the place of a line

	held   []byte // the beginning of a line that may be one of them
	inside bool   // in a line that is none of them
}

// Write writes at once what cannot be such a line.
func (w *titleWriter) Write(p []byte) (int, error) {
	var ready []byte
	for part := range bytes.Lines(p) {
		w.held = append(w.held, part...)
		if title, ok := w.titles[string(w.held)]; ok && !w.inside {
			w.held = append(w.held[:0], title...)
		} else if !w.inside && w.mayBecomeTitle() {
			continue
		}
		ready = append(ready, w.held...)
		w.held, w.inside = w.held[:0], !bytes.HasSuffix(part, []byte("\n"))
	}
	_, err := w.out.Write(ready)
	return len(p), err
}

// mayBecomeTitle reports whether what is held begins a line that is replaced.
func (w *titleWriter) mayBecomeTitle() bool {
	for line := range w.titles {
		if strings.HasPrefix(line, string(w.held)) {
			return true
		}
	}
	return false
}

// flush writes what is held, because no more comes.
func (w *titleWriter) flush() error {
	_, err := w.out.Write(w.held)
	w.held = nil
	return err
}
