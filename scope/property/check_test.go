package property

import (
	"slices"
	"testing"
)

func TestCPUSetIsReadAsABitmap(t *testing.T) {
	for in, want := range map[string][]byte{
		"":            {},
		"0":           cpus(0),
		"0-3":         cpus(0, 1, 2, 3),
		"0,2 4-5,,7":  cpus(0, 2, 4, 5, 7),
		"0x10":        cpus(16),
		"64":          append(cpus(), cpus(0)...),
		"1 1 0-1":     cpus(0, 1),
		`"0-1" '7,8'`: nil, // the words are 0-1 and 7,8
	} {
		got, err := ParseCPUSet(in)
		if want != nil && (err != nil || !slices.Equal(got, want)) || want == nil && err == nil {
			t.Errorf("%q: got %v, %v; want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"-", "1-", "-1", "3-1", "a", "1-2-3", "8192", "0-8192", "4294967296", "1;2"} {
		if got, err := ParseCPUSet(in); err == nil {
			t.Errorf("%q: got %v, want an error", in, got)
		}
	}
}

func FuzzParseCPUSet(f *testing.F) {
	for _, s := range []string{"0", "0-3", "0,2 4-5", "8191", "1-2-3", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if set, err := ParseCPUSet(s); err == nil && (len(set)%8 != 0 || len(set) > cpuLimit/8) {
			t.Errorf("%q: %d bytes", s, len(set))
		}
	})
}

// FuzzParse looks for a value that D-Bus cannot carry. No syntax may make one.
func FuzzParse(f *testing.F) {
	for _, r := range All() {
		s, _ := sampleOf(r)
		f.Add(r.Name + "=" + s.good)
		f.Add(r.Name + "=" + s.bad)
		f.Add(r.Name + "=")
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := Parse(s)
		if err != nil {
			return
		}
		p.Warning()
		if p.WireName() == "" || !isSendable(p.Value()) {
			t.Errorf("%q becomes %s=%v", s, p.WireName(), p.Value())
		}
	})
}
