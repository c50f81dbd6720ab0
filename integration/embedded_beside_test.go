package integration

import (
	"regexp"
	"strings"
	"testing"
)

// systemd may remove what others make in its cgroups, or take their controllers. Those of units with
// Delegate= are left to others.
func TestRunWithoutAManagerUsesDelegatedUnitsAlone(t *testing.T) {
	const show = "gorun --embedded -q sed -n s/^0:://p /proc/self/cgroup"
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		for user, manager := range map[string]string{"alice": "--user", "root": "--system"} {
			s := g.login(t, user)
			inScope := "systemd-run -q " + manager + " --scope --unit="
			out := s.run("gorun --embedded sed -n s/^0:://p /proc/self/cgroup")
			if own := s.ok("sed -n s/^0:://p /proc/self/cgroup"); out.Status != 0 || strings.TrimSpace(out.Stdout) != own || !strings.Contains(out.Stderr, "without Delegate=yes") {
				t.Errorf("%s, in a session: status %d, printed %q and %q", user, out.Status, out.Stdout, out.Stderr)
			}
			if got := s.ok(inScope + "kept " + show); !strings.HasSuffix(got, "/kept.scope") {
				t.Errorf("%s, in a scope: ran in %s", user, got)
			}
			if got := s.ok(inScope + "given -p Delegate=yes " + show); !regexp.MustCompile(`/given\.scope/gorun-sed-[0-9a-f]+\.scope$`).MatchString(got) {
				t.Errorf("%s, in a delegated scope: ran in %s", user, got)
			}
		}
	})
}
