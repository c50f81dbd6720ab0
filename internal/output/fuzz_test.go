package output

import "testing"

// A place that a record names is the target that was given, and a file's path is kept.
func FuzzParseTarget(f *testing.F) {
	for _, text := range []string{"journal", "null:", "file:/a:b", "append:\xff", "file:"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if target, err := ParseTarget(text); err == nil && target.String() != text {
			t.Errorf("%q is read as %q", text, target)
		}
		if got := FilePath(Place(text)); got != text {
			t.Errorf("the file %q is read as %q", text, got)
		}
	})
}
