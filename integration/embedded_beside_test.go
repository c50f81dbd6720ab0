package integration

import (
	"regexp"
	"strings"
	"testing"
)

// systemd may remove what others make in its cgroups, or take their controllers. Those of units with
// Delegate= are left to others. The system manager marks them.
func TestRunWithoutAManagerUsesDelegatedUnitsAlone(t *testing.T) {
	const show = "gorun --embedded -q sed -n s/^0:://p /proc/self/cgroup"
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		for _, user := range []string{"alice", "root"} {
			s := g.login(t, user)
			out := s.run("gorun --embedded sed -n s/^0:://p /proc/self/cgroup")
			if own := s.ok("sed -n s/^0:://p /proc/self/cgroup"); out.Status != 0 || strings.TrimSpace(out.Stdout) != own || !strings.Contains(out.Stderr, "with Delegate=yes") {
				t.Errorf("%s, in a session: status %d, printed %q and %q", user, out.Status, out.Stdout, out.Stderr)
			}
		}
		root := g.login(t, "root")
		for _, user := range []string{"alice", "root"} {
			run := "systemd-run -q --wait --pipe -p User=" + user + " --unit="
			if got := root.ok(run + "kept " + show); !strings.HasSuffix(got, "/kept.service") {
				t.Errorf("%s, in a service: ran in %s", user, got)
			}
			if got := root.ok(run + "given -p Delegate=yes " + show); !regexp.MustCompile(`/given\.service/gorun-sed-[0-9a-f]+\.scope$`).MatchString(got) {
				t.Errorf("%s, in a delegated service: ran in %s", user, got)
			}
		}
	})
}
