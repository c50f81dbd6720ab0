package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// testdata/*.json is output of go test -json, testdata/*.txt the output of gotest for it.
func TestSummaryMatchesTestdata(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			events, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			defer events.Close()
			var out strings.Builder
			tests := "sample"
			if strings.Contains(file, "packages") {
				tests = "sam" // is not above it
			}
			s := newSummary(&out, tests)
			if err := readEvents(events, s.add); err != nil {
				t.Fatal(err)
			}
			s.print()
			want, err := os.ReadFile(strings.TrimSuffix(file, ".json") + ".txt")
			if err != nil {
				t.Fatal(err)
			}
			if out.String() != string(want) {
				t.Errorf("printed\n%s\nwant\n%s", &out, want)
			}
		})
	}
}

func TestOutputThatIsNoEventIsAnError(t *testing.T) {
	err := readEvents(strings.NewReader("FAIL\n"), func(event) {})
	if err == nil {
		t.Error("no error")
	}
}
