package scope

import (
	"os"
	"path/filepath"
	"testing"

	"gorun/scope/property"
)

func TestStricterLimitOfTheScopeWinsOverItsSlices(t *testing.T) {
	device := func(value uint64) []property.DeviceValue {
		return []property.DeviceValue{{Path: "/dev/vda", Value: value}}
	}
	for _, c := range []struct {
		property    string
		held, slice any
		want        bool
	}{
		{"MemoryMax=1G", uint64(1 << 20), uint64(1 << 30), true},
		{"MemoryMax=1G", uint64(1 << 31), uint64(1 << 30), false},
		{"MemoryMax=1G", uint64(1 << 30), uint64(1 << 30), false},
		{"MemoryMax=50%", uint64(1 << 20), uint64(1 << 30), true},
		{"MemoryMax=1G", nil, uint64(1 << 30), false}, // the manager did not answer
		{"StartupMemoryHigh=1G", uint64(1 << 20), uint64(1 << 30), true},
		{"CPUQuota=50%", uint64(100000), uint64(500000), true},
		{"CPUWeight=50", uint64(5), uint64(50), false},
		{"MemoryLow=1G", uint64(0), uint64(1 << 30), false},
		{"AllowedCPUs=0-1", []byte{1}, []byte{3}, true},
		{"AllowedCPUs=0-1", []byte{7}, []byte{3}, false},
		{"AllowedCPUs=0-1", []byte{}, []byte{3}, false},
		{"DevicePolicy=closed", "strict", "closed", true},
		{"DevicePolicy=closed", "auto", "closed", false},
		{"IOReadIOPSMax=/dev/vda 9", device(5), device(9), true},
		{"IOReadIOPSMax=/dev/vda 9", device(10), device(9), false},
		{"IOReadIOPSMax=/dev/vda 9", []property.DeviceValue{{Path: "/dev/vdb", Value: 5}}, device(9), false},
		{"IODeviceWeight=/dev/vda 9", device(5), device(9), false},
	} {
		if got := (limit{parse(t, c.property)}).isStricter(c.held, c.slice); got != c.want {
			t.Errorf("%s, the scope holds %v and the slice %v: got %t", c.property, c.held, c.slice, got)
		}
	}
}

// A scope has a limit on tasks by default, DefaultTasksMax=.
func TestDefaultLimitOnTasksIsLiftedWhereTheOwnSliceHasOne(t *testing.T) {
	for _, c := range []struct {
		asked string
		want  int
	}{{"TasksMax=5000", 1}, {"TasksMax=infinity", 1}, {"MemoryMax=1G", 0}} {
		_, own, err := Spec{Manager: UserManager, Unit: "gorun-a.scope"}.split([]property.Property{parse(t, c.asked)})
		if err != nil {
			t.Fatal(err)
		}
		if got := own.lifted(); len(got) != c.want || c.want == 1 && got[0].String() != "TasksMax=infinity" {
			t.Errorf("%s: lifted %v", c.asked, got)
		}
	}
	if got := (*ownSlice)(nil).lifted(); got != nil {
		t.Errorf("without an own slice: lifted %v", got)
	}
}

func TestDropInsAreLookedForWhereTheManagerDoes(t *testing.T) {
	for _, dir := range []string{".config/systemd/user", ".config/systemd/user.control", ".local/share/systemd/user"} {
		home := t.TempDir()
		getenv := func(name string) string { return map[string]string{"HOME": home}[name] }
		if mayHaveDropIn("gorun-unlikely-1.scope", UserManager, getenv) {
			t.Fatal("found a drop-in where there is none")
		}
		if err := os.MkdirAll(filepath.Join(home, dir, "gorun-unlikely-.scope.d"), 0o755); err != nil {
			t.Fatal(err)
		}
		if !mayHaveDropIn("gorun-unlikely-1.scope", UserManager, getenv) {
			t.Errorf("%s: found no drop-in", dir)
		}
	}
}
