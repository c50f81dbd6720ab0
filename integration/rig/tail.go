package rig

import (
	"strings"
	"sync"
)

// tailBytes is what a tail keeps: some two hundred lines.
const tailBytes = 32 << 10

// tail is the end of what was written to it.
type tail struct {
	mu   sync.Mutex
	data []byte
}

// Write never fails.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.data = append(t.data, p...)
	if extra := len(t.data) - tailBytes; extra > 0 {
		t.data = append(t.data[:0], t.data[extra:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.data)
}

// alarm is a tail that closes raised when a text has been written to it.
type alarm struct {
	tail
	text   string
	raised chan struct{}
	once   sync.Once
}

func newAlarm(text string) *alarm { return &alarm{text: text, raised: make(chan struct{})} }

// Write never fails.
func (a *alarm) Write(p []byte) (int, error) {
	a.tail.Write(p) // never fails
	if strings.Contains(a.String(), a.text) {
		a.once.Do(func() { close(a.raised) })
	}
	return len(p), nil
}
