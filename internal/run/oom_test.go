package run

import (
	"os"
	"path/filepath"
	"testing"

	"gorun/cgroup"
)

// group makes a directory that looks like a cgroup with groups below.
func group(t *testing.T, files map[string]string) cgroup.Group {
	t.Helper()
	g := cgroup.Group{Dir: t.TempDir()}
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

func events(oom, kills string) string { return "oom " + oom + "\noom_kill " + kills + "\n" }

// With --own-slice, the figures are the slice's. Only the group whose limit was reached
// counts an oom of its own.
func TestOOMKillIsBlamedOnTheLimitThatWasReached(t *testing.T) {
	const max = "104857600"
	for _, c := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"the group's own", map[string]string{"memory.max": max, "memory.events": events("1", "1"), "memory.events.local": events("1", "0"),
			"work.scope/memory.max": "max", "work.scope/memory.events.local": events("0", "1")}, "memory limit 100M"},
		{"one below", map[string]string{"memory.max": max, "memory.events": events("1", "1"), "memory.events.local": events("0", "0"),
			"idle.scope/memory.max": "4096", "idle.scope/memory.events.local": events("0", "0"),
			"work.scope/memory.max": "52428800", "work.scope/memory.events.local": events("1", "1")}, "memory limit 50M of work.scope"},
		{"one that is gone", map[string]string{"memory.max": max, "memory.events": events("1", "1"), "memory.events.local": events("0", "0")},
			"memory limit of a group within the scope"},
		{"none in sight", map[string]string{"memory.max": max, "memory.events": events("0", "1"), "memory.events.local": events("0", "1")},
			"memory ran out outside of the scope"},
		{"a kernel that counts no local ones", map[string]string{"memory.max": max, "memory.events": events("1", "1")}, "memory limit 100M"},
	} {
		g := group(t, c.files)
		stats, _ := g.ReadStats() // files are missing
		if got := oomLimit(stats, g, nil); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
