package integration

import (
	"strings"
	"testing"
)

// The files of a run whose gorun died before the service started have the environment. Those of a
// live run stay, however old they are, and so does its service.
func TestCleanEndsWhatHooksHaveLeft(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		both(t, g, func(s *session, systemctl, _ string) {
			run := "systemd-run -q " + strings.TrimPrefix(systemctl, "systemctl") + " -p Documentation='man:gorun(1)' "
			s.run(run + "--unit=gorun-hooks-failed --wait false")
			s.ok("rm -f /tmp/hooks.log; " + run + "--unit=gorun-hooks-orphan -p Type=oneshot -p RemainAfterExit=yes -p ExecStopPost='/bin/sh -c \"echo ran >>/tmp/hooks.log\"' true")
			s.ok("gorun -b -q --unit=live --exec-stop-post='touch /tmp/hooks.live' sleep 600 >/dev/null")
			dir := s.ok(`d=$XDG_RUNTIME_DIR/gorun; [ $(id -u) != 0 ] || d=/run/gorun; cd $d; pwd; for f in gorun-hooks-*; do cp $f gorun-hooks-0.service.${f##*.}; done; touch -d '2 hours ago' *; touch gorun-hooks-1.service.hooks`)
			// In memory nothing is older than the machine's uptime: first the files may be too young.
			isOld := s.ok("awk '{ print ($1 > 3600) }' /proc/uptime") == "1"
			for _, args := range []string{"--dry-run", ""} {
				got := s.clean(args)
				if f := got["gorun-hooks-failed.service"]; f.Kind != "hooks" || !f.Cleaned || f.Explanation != "was to run hooks, and has failed with result exit-code" {
					t.Errorf("%s: the failed one: %+v", args, f)
				}
				if o := got["gorun-hooks-orphan.service"]; o.Kind != "hooks" || !o.Cleaned || !strings.HasPrefix(o.Explanation, "waits for the end of a run that does not exist") {
					t.Errorf("%s: the orphan: %+v", args, o)
				}
				for _, suffix := range []string{".hooks", ".failed"} {
					if f := got[dir+"/gorun-hooks-0.service"+suffix]; (isOld || f.Kind != "") && (f.Kind != "file" || !f.Cleaned || !strings.HasPrefix(f.Explanation, "was what the hooks of a run needed, ")) {
						t.Errorf("%s: the file %s: %+v", args, suffix, f)
					}
				}
				for name := range got {
					if strings.Contains(name, "gorun-hooks-1.") || strings.Contains(name, "/") && !strings.Contains(name, "gorun-hooks-0.") {
						t.Errorf("%s: got %+v", args, got)
					}
				}
			}
			s.waitFor("ran", "cat /tmp/hooks.log 2>/dev/null || true")
			if got := s.ok("gorun --clean >/dev/null; gorun --clean; ls " + dir + " | grep hooks | grep -vc 'hooks-0[.]'; rm -f " + dir + "/gorun-hooks-[01].*; gorun --stop live >/dev/null"); got != "nothing to clean\n3" {
				t.Errorf("after that: %q", got)
			}
			s.waitFor("ran", "test -e /tmp/hooks.live && echo ran || true")
			s.ok("rm /tmp/hooks.live /tmp/hooks.log")
			s.nothingLeft(systemctl)
		})
	})
}
