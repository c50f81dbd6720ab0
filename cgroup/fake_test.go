package cgroup

import (
	"os"
	"path/filepath"
	"testing"
)

// fake makes a directory that looks like a group with these files. A name may
// begin with the name of a subgroup.
func fake(t *testing.T, files map[string]string) Group {
	t.Helper()
	g := Group{Dir: t.TempDir()}
	for name, text := range files {
		file := filepath.Join(g.Dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return g
}

// testdata returns the contents of a file below testdata.
func testdata(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func ptr[T any](v T) *T { return &v }
