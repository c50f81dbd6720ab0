package integration

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
)

// notOurs are the names that systemd lists for scopes and that no scope can be given:
// the manager refuses them.
var notOurs = map[string]string{
	"JobTimeoutSec": "the manager refuses it for all transient units",
	"RequiredBy":    "", "RequisiteOf": "", "WantedBy": "", "BoundBy": "", "UpheldBy": "", "ConsistsOf": "", "ConflictedBy": "",
	"OnSuccessOf": "", "OnFailureOf": "", "Triggers": "", "TriggeredBy": "", "References": "", "ReferencedBy": "", "InSlice": "",
	"SliceOf": "", // made by the manager from the other unit's
}

// systemd-analyze has the list since 258.
func TestTableHasWhatSystemdLists(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		if g.Suite.Systemd < 258 {
			t.Skip("this systemd-analyze has no transient-settings")
		}
		var ask trials
		ask.run(t, g, "root")
		known := map[string]bool{}
		for _, row := range ask.Table {
			known[row.Name] = true
		}
		s := g.login(t, "root")
		listed := strings.Fields(s.ok("systemd-analyze transient-settings scope | sed 's/=.*//'"))
		if len(listed) < 150 {
			t.Fatalf("systemd lists %q", listed)
		}
		for _, name := range listed {
			if _, ok := notOurs[name]; known[name] == ok {
				t.Errorf("%s: in the table: %t, not to be had: %t", name, known[name], ok)
			}
		}
		// What the manager says of those that we have not got is not a guess.
		for _, name := range slices.Sorted(maps.Keys(notOurs)) {
			value := "trial-none.service"
			if strings.HasSuffix(name, "Sec") {
				value = "1h"
			}
			if out := s.run("systemd-run -q --scope -p " + name + "=" + value + " true"); out.Status == 0 {
				t.Errorf("systemd-run takes %s=%s", name, value)
			}
		}
	})
}

// Each option of systemd-run is one of gorun's, or is refused with a reason.
func TestEveryOptionOfSystemdRunIsKnown(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		options := strings.Fields(s.ok(`systemd-run --help | grep -oE '^ +(-[A-Za-z],? )?--[a-z-]+' | grep -oE -e '-[A-Za-z-]+' | sort -u`))
		if len(options) < 40 {
			t.Fatalf("systemd-run lists %q", options)
		}
		for _, option := range options {
			out := s.run("gorun " + option + " </dev/null")
			if strings.Contains(out.Stderr, "unknown option") {
				t.Errorf("%s: %s", option, out.Stderr)
			}
		}
	})
}

// A unit's name is made of what was typed as systemd-run makes it, or both refuse.
func TestUnitNamesAreThoseOfSystemdRun(t *testing.T) {
	long(t)
	typed := []string{"trial", "trial.scope", "trial a", "trial/a", "trial-é", `trial\x2da`, "trial:a_b.c", "..", ".", "-", "-.scope", ".scope", "@", "trial@x",
		"trial@x.scope", "trial.service", "/trial", "trial.scope.scope", "tri\nal", strings.Repeat("x", 249), strings.Repeat("x", 250), "%i", "'", "trial.", "trial*"}
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		for _, name := range typed {
			quoted, err := json.Marshal(name) // for the shell's $'...' that is near enough
			if err != nil {
				t.Fatal(err)
			}
			option := "$'--unit=" + strings.ReplaceAll(strings.Trim(string(quoted), `"`), "'", `\'`) + "'"
			run := func(launcher string) string {
				// systemd-run refuses a name whose last scope the manager still has.
				s.waitFor("init.scope", "systemctl --user reset-failed; systemctl --user list-units --all --type=scope --no-legend --plain | cut -d' ' -f1")
				out := s.run("bash -c " + quote(launcher+" "+option+" sh -c 'basename \"$(tail -n1 /proc/self/cgroup)\"'"))
				if out.Status != 0 {
					return "refused"
				}
				return out.Stdout
			}
			got, want := run("gorun"), run("systemd-run -q --user --scope")
			if name == ".scope" && got == "refused" {
				continue // of a name that is all suffix systemd-run makes .scope.scope
			}
			if got != want {
				t.Errorf("%q: %q; systemd-run: %q", name, got, want)
			}
		}
		s.run("systemctl --user reset-failed") // what systemd-run leaves
	})
}
