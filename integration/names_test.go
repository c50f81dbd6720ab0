package integration

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
)

// notOurs are names that systemd lists for scopes but that the manager refuses for all
// scopes.
var notOurs = map[string]string{
	"JobTimeoutSec": "the manager refuses it for all transient units",
	"RequiredBy":    "", "RequisiteOf": "", "WantedBy": "", "BoundBy": "", "UpheldBy": "", "ConsistsOf": "", "ConflictedBy": "",
	"OnSuccessOf": "", "OnFailureOf": "", "Triggers": "", "TriggeredBy": "", "References": "", "ReferencedBy": "", "InSlice": "",
	"SliceOf": "", // the manager derives it from the other unit
}

// systemd-analyze has the list since 258.
func TestTableHasAllPropertiesThatSystemdLists(t *testing.T) {
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
				t.Errorf("%s: in the table: %t, refused by the manager: %t", name, known[name], ok)
			}
		}
		// Make sure that the manager refuses these.
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

// gorun has each option of systemd-run, or refuses it with a reason.
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

// gorun makes the same unit name of --unit as systemd-run, or both refuse it.
func TestUnitNamesAreTheSameAsWithSystemdRun(t *testing.T) {
	long(t)
	typed := []string{"trial", "trial.scope", "trial a", "trial/a", "trial-é", `trial\x2da`, "trial:a_b.c", "..", ".", "-", "-.scope", ".scope", "@", "trial@x",
		"trial@x.scope", "trial.service", "/trial", "trial.scope.scope", "tri\nal", strings.Repeat("x", 249), strings.Repeat("x", 250), "%i", "'", "trial.", "trial*"}
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		for _, name := range typed {
			quoted, err := json.Marshal(name) // similar enough to the shell's $'...'
			if err != nil {
				t.Fatal(err)
			}
			option := "$'--unit=" + strings.ReplaceAll(strings.Trim(string(quoted), `"`), "'", `\'`) + "'"
			run := func(launcher string) string {
				// systemd-run refuses a name while the manager still has the last scope.
				s.waitFor("init.scope", "systemctl --user reset-failed; systemctl --user list-units --all --type=scope --no-legend --plain | cut -d' ' -f1")
				out := s.run("bash -c " + quote(launcher+" "+option+" sh -c 'basename \"$(tail -n1 /proc/self/cgroup)\"'"))
				if out.Status != 0 {
					return "refused"
				}
				return out.Stdout
			}
			got, want := run("gorun"), run("systemd-run -q --user --scope")
			if name == ".scope" && got == "refused" {
				continue // systemd-run makes .scope.scope of this name
			}
			if got != want {
				t.Errorf("%q: %q; systemd-run: %q", name, got, want)
			}
		}
		s.run("systemctl --user reset-failed") // units left by systemd-run
	})
}
