package unitname

import (
	"strings"
	"testing"
)

func TestFileOfEveryUnitHasAPossibleNameOfItsOwn(t *testing.T) {
	if got := File("backup.scope", ".lock"); got != "backup.scope.lock" {
		t.Errorf("got %s", got)
	}
	seen := map[string]string{}
	for n := 1; n+len(".scope") <= MaxLength; n++ {
		for _, last := range []string{"a", "b"} {
			unit := strings.Repeat("x", n-1) + last + ".scope"
			for _, suffix := range []string{"", ".lock", ".log", ".new"} {
				file := File(unit, suffix)
				if len(file) > MaxFile || !strings.HasSuffix(file, suffix) || file != File(unit, suffix) {
					t.Fatalf("%s%s: got %s", unit, suffix, file)
				}
				if other := seen[file]; other != "" {
					t.Fatalf("%s%s and %s have the file %s", unit, suffix, other, file)
				}
				seen[file] = unit + suffix
			}
		}
	}
}
