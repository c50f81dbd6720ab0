package rig

import (
	"bytes"
	"strings"
	"sync"
	"unicode"
)

// tailBytes is the size of a tail: some two hundred lines.
const tailBytes = 32 << 10

// tail keeps the end of what is written to it.
type tail struct {
	mu      sync.Mutex
	data    []byte
	watches []*watch
}

// Write never fails.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.data = append(t.data, p...)
	if extra := len(t.data) - tailBytes; extra > 0 {
		t.data = append(t.data[:0], t.data[extra:]...)
	}
	for _, w := range t.watches {
		w.see(p)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.data)
}

// watch returns a channel that is closed when text is next written.
func (t *tail) watch(text string) <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	w := &watch{text: []byte(text), found: make(chan struct{})}
	t.watches = append(t.watches, w)
	return w.found
}

// watch looks for a text.
type watch struct {
	text  []byte
	rest  []byte // the end of the output, which may be the beginning of text
	over  bool
	found chan struct{} // closed when the text was found
}

func (w *watch) see(p []byte) {
	if w.over {
		return
	}
	w.rest = append(w.rest, p...)
	if bytes.Contains(w.rest, w.text) {
		w.over = true
		close(w.found)
		return
	}
	if extra := len(w.rest) - len(w.text); extra > 0 {
		w.rest = w.rest[extra:]
	}
}

// printable removes control characters from a text, because they could change the
// reader's terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, text)
}
