package rig

import (
	"fmt"
	"strings"
	"testing"
)

func TestTailKeepsTheEnd(t *testing.T) {
	var log tail
	for i := range tailBytes {
		fmt.Fprintln(&log, i)
	}
	s := log.String()
	if want := fmt.Sprintln(tailBytes - 1); len(s) != tailBytes || !strings.HasSuffix(s, want) {
		t.Errorf("got %d bytes that end in %q, want %d that end in %q", len(s), s[len(s)-10:], tailBytes, want)
	}
}

func TestWatchFindsTextWrittenInPieces(t *testing.T) {
	const text = "KVM internal error"
	var log tail
	fmt.Fprintln(&log, text) // before the watch starts
	found := log.watch(text)
	other := log.watch("no such text")
	fmt.Fprint(&log, "qemu: KVM inter")
	select {
	case <-found:
		t.Error("found too early")
	default:
	}
	fmt.Fprint(&log, "nal error. Suberror: 1\n")
	fmt.Fprintln(&log, text) // again
	select {
	case <-found:
	default:
		t.Error("not found")
	}
	select {
	case <-other:
		t.Error("found what was not written")
	default:
	}
}

func TestPrintableRemovesControlCharacters(t *testing.T) {
	if got, want := printable("a\r\n\x1b[18t\tb\x07\u009b"), "a\n[18t\tb"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
