package integration

import (
	"encoding/json"
	"strings"
	"testing"
)

// unknown is what gorun says where the paths of cgroups are not those of the managers.
const unknown = "unknown: inside a cgroup namespace"

// In a cgroup namespace, the path of a session that logind kills may look like that of a
// system service.
func TestNothingIsSaidToSurviveInsideACgroupNamespace(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		for user, ways := range map[string][]string{
			"alice": {"unshare -rC", "unshare -C -r unshare -C"},
			"root":  {"unshare -C", `unshare -Cpf --mount-proc sh -c '"$@"; exit $?' sh`},
		} {
			s := g.login(t, user)
			for _, in := range ways {
				s.saysUnknown(in + " ")
			}
			s.nothingLeft(map[string]string{"alice": "systemctl --user", "root": "systemctl"}[user])
		}
		g.login(t, "root").nobodyLingers()
	})
}

// saysUnknown checks what gorun says where a command leads.
func (s *session) saysUnknown(in string) {
	s.t.Helper()
	if out := s.run(in + "gorun --audit"); out.Status != 0 || !strings.HasPrefix(out.Stdout, "U"+unknown[1:]+"\n") || strings.Contains(out.Stdout, "urvives: ") || strings.Contains(out.Stdout, "Ends ") {
		s.t.Errorf("%sgorun --audit: %+v", in, out)
	}
	var list []struct {
		Survives *bool  `json:"survives_logout"`
		Reason   string `json:"survival_reason"`
	}
	if err := json.Unmarshal([]byte(s.ok(in+"gorun --audit --json")), &list); err != nil || len(list) == 0 {
		s.t.Errorf("%sgorun --audit --json: %v, %+v", in, err, list)
	}
	for _, p := range list {
		if p.Survives != nil || p.Reason != unknown {
			s.t.Errorf("%sgorun --audit --json: %+v", in, p)
		}
	}

	out := s.run(in + "gorun --unit=inside --report --report-json=- sleep 0.5")
	if out.Status != 0 || !strings.Contains(out.Stderr, " "+unknown+"\n") || strings.Contains(out.Stderr, "surviv") ||
		!strings.Contains(out.Stdout, `"survives_logout": null`) || !strings.Contains(out.Stdout, `"survival_reason": "`+unknown+`"`) {
		s.t.Errorf("%sgorun --report: %+v", in, out)
	}
	s.waitFor("yes", `gorun --status inside 2>/dev/null | grep -q '^  logout  *`+unknown+`$' && echo yes || true`)

	out = s.run(in + "gorun --must-survive touch /tmp/ran-inside")
	if out.Status != 125 || !strings.Contains(out.Stderr, " survives your last logout is "+unknown+"\n") {
		s.t.Errorf("%sgorun --must-survive: %+v", in, out)
	}
	s.ok("[ ! -e /tmp/ran-inside ]")
	if out := s.run(in + "gorun true"); out.Status != 0 || out.Stderr != "" {
		s.t.Errorf("%sgorun true: %+v", in, out)
	}
	if out := s.run(in + "gorun --slice-inherit true"); out.Status != 125 || !strings.Contains(out.Stderr, "--slice-inherit: your slice is unknown") {
		s.t.Errorf("%sgorun --slice-inherit: %+v", in, out)
	}

	s.ok("gorun --unit=outside sleep 600 >/dev/null 2>&1 </dev/null & until gorun --status outside 2>/dev/null | grep -q ' active'; do :; done")
	if out := s.run(in + "gorun --status outside"); out.Status != 0 || !strings.Contains(out.Stdout, " active for ") || !strings.Contains(out.Stdout, unknown) || strings.Contains(out.Stdout, "surviv") {
		s.t.Errorf("%sgorun --status: %+v", in, out)
	}
	// With a mount of its own the paths that the manager tells lead nowhere. mount(8) of
	// Debian 12 does not put the same file system on top of itself.
	again := in + "unshare -m sh -c 'mount -t tmpfs none /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup && exec \"$@\"' sh gorun --unit=outside true"
	if out := s.run(again); out.Status != 125 || !strings.Contains(out.Stderr, "outside.scope: the unit exists already") {
		s.t.Errorf("%s: %+v", again, out)
	}
	s.ok("pkill -x -u $(id -u) sleep; while gorun --status outside | grep -q ' active'; do :; done")
	s.diagnosed(s.doctor(in+"gorun"), "cgroups", "warning", "inside a cgroup namespace", "outside")
}
