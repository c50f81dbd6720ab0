package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
)

// README.md shows what was recorded last. The commands must still be those of the steps.
func TestReadmeShowsTheRecordedCommands(t *testing.T) {
	readme, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(readme), recordBegin)
	text, _, _ := strings.Cut(rest, recordEnd)
	if !found {
		t.Fatalf("README.md has no block that begins with %q", recordBegin)
	}
	var shown, want []string
	for line := range strings.Lines(text) {
		if command, ok := strings.CutPrefix(line, "alice$ "); ok {
			shown = append(shown, strings.TrimSuffix(command, "\n"))
		}
	}
	for _, s := range slices.Concat(beforeLogout(), afterLogin()) {
		want = append(want, s.command)
	}
	if !slices.Equal(shown, want) {
		t.Errorf("README.md has %q, the steps are %q: run make record", shown, want)
	}
	for file, c := range map[string]colours{"demo.svg": onWhite, "demo-dark.svg": onBlack} {
		svg, err := os.ReadFile("../../../docs/" + file)
		if err != nil || string(svg) != picture(text, c) {
			t.Errorf("docs/%s does not show what README.md does (%v): run make record", file, err)
		}
	}
}

func TestPictureIsXML(t *testing.T) {
	decoder := xml.NewDecoder(strings.NewReader(picture("alice$ a <b> && c\n# \"x\"\nout\n", onBlack)))
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestFillInReplacesTheBlockOnly(t *testing.T) {
	got, err := fillIn("a\n"+recordBegin+"old\n"+recordEnd+"b\n", "new\n")
	if want := "a\n" + recordBegin + "new\n" + recordEnd + "b\n"; got != want || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := fillIn("a\n", "new\n"); err == nil {
		t.Error("a README without a block is no error")
	}
}

// A page that is read in three minutes.
func TestReadmeHasAtMost600Words(t *testing.T) {
	readme, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(strings.Fields(string(readme))); n > 600 {
		t.Errorf("README.md has %d words: what is more than a line belongs in docs/gorun.1.md", n)
	}
}
