package unitname

import (
	"strings"
	"testing"
)

func TestUnitsToDependOn(t *testing.T) {
	for _, name := range []string{"a.service", "a@b.service", "-.mount", `dev-disk\x2dx.device`, "a.b.timer", "system-a.slice"} {
		if err := CheckDependency(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"", "a", ".service", "a@.service", "@b.service", "a b.service", "a/b.mount", "a.conf", strings.Repeat("a", 250) + ".mount"} {
		if err := CheckDependency(name); err == nil {
			t.Errorf("%q is taken", name)
		}
	}
}
