package integration

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// probe is a command that prints what options change: its user, working directory,
// niceness, environment and cgroup.
const probe = `sh -c 'id; pwd; nice; tail -n1 /proc/self/cgroup; env | grep -E "^(HOME|SHELL|USER|LOGNAME|FOO|BAR)=" | sort; test -n "$INVOCATION_ID" && echo "$@"' probe`

// unitNames matches the names that gorun and systemd-run generate.
var unitNames = regexp.MustCompile(`[^/]*\.scope`)

// migration is an invocation of systemd-run --scope that gorun replaces.
type migration struct {
	options string
	args    string // of the probe
	// differs explains why the outcomes differ. In that case want is a part of
	// gorun's outcome.
	differs, want string
}

// outcome runs the probe and returns the result to compare.
func (s *session) outcome(launcher string, m migration) string {
	s.t.Helper()
	out := s.run(fmt.Sprintf("cd /tmp; export FOO=foo A='a b'; %s %s %s %s", launcher, m.options, probe, m.args))
	return fmt.Sprintf("status %d\n%s", out.Status, unitNames.ReplaceAllString(out.Stdout, "X.scope"))
}

// migrate compares gorun with systemd-run.
func (s *session) migrate(peer string, list []migration) {
	s.t.Helper()
	for _, m := range list {
		want, got := s.outcome(peer, m), s.outcome("gorun", m)
		switch {
		case m.differs == "" && got != want:
			s.t.Errorf("%s %s: got\n%s\nsystemd-run:\n%s", m.options, m.args, got, want)
		case m.differs != "" && !strings.Contains(got, m.want):
			s.t.Errorf("%s %s: got\n%s\nwant %q: %s", m.options, m.args, got, m.want, m.differs)
		}
	}
}

func TestOptionsOfSystemdRunDoTheSame(t *testing.T) {
	long(t)
	common := []migration{
		{},
		{options: "--scope -d --no-ask-password --collect -G"},
		{options: "-E BAR=1 --setenv FOO=2 --setenv=BAR=3"},
		{options: "-E HOME -EUNSET"},
		{options: "--nice=7"},
		{options: "--nice 50", differs: "status 125 instead of 1", want: "status 125\n"},
		{options: "--working-directory=/usr/bin"},
		{options: "--working-directory=..", want: "status 0"},
		{options: "--working-directory=/", differs: "systemd-run treats / as unset", want: "\n/\n"},
		{options: "--slice=foo-bar"},
		{options: "--slice=foo.slice --slice-inherit", differs: "from a session systemd-run asks for --foo.slice", want: "foo.slice/X.scope"},
		{options: "--expand-environment=yes", args: `'$A' '${A}' 'x$A' '$$A' '${B}' '${A:-d}' '${NO:-${A}}' '$' '$$$A' '${}' '$1' '$A-'`},
		{options: "--expand-environment=no", args: `'$A' '${A}'`},
		{options: "--description='a b' --send-sighup --property KillSignal=INT -pTimeoutStopSec=5 --unit=migrated"},
		{options: "-qp SendSIGKILL=no -u migrated -E BAR=x"},
		{options: "--", args: "-q --unit=x"},
	}
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		alice, root := g.login(t, "alice"), g.login(t, "root")
		expand := g.Suite.Systemd > 253 // the option came with 254
		var list []migration
		for _, m := range common {
			if expand || !strings.Contains(m.options, "expand") {
				list = append(list, m)
			}
		}
		alice.migrate("systemd-run -q --user --scope", append(list,
			migration{options: "--user --system --user"},
			migration{options: "--uid=alice"},
			migration{options: "--uid=bob", differs: "status 125 instead of 1", want: "status 125\n"},
			migration{options: "--slice-inherit"},
		))
		root.ok("usermod -aG audio,video bob")
		defer root.ok("gpasswd -d bob audio; gpasswd -d bob video >/dev/null")
		as := []migration{
			{options: "--uid=bob"}, {options: "--uid=1001 --nice=-3 --working-directory=/home/bob"}, {options: "--gid=audio"}, {options: "--uid=bob --gid=video"},
		}
		if g.Suite.Systemd < 258 {
			// It kept the caller's groups, which is wrong for another user.
			for i, want := range []string{"29(audio)", "29(audio)", "groups=29(audio)\n", "29(audio)"} {
				as[i].differs, as[i].want = "groups are set", want
			}
		}
		root.migrate("systemd-run -q --scope", append(append(list, as...),
			migration{options: "--uid=nosuchuser", differs: "status 125 instead of 1", want: "status 125\n"},
			migration{options: "--system --slice-inherit"},
		))
		alice.nothingLeft("systemctl --user")
		root.nothingLeft("systemctl")
	})
}

func TestSliceIsInheritedWithinScopes(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		const inner = ` --slice-inherit tail -n1 /proc/self/cgroup; %[1]s --slice=x --slice-inherit tail -n1 /proc/self/cgroup`
		for user, peer := range map[string]string{"alice": "systemd-run -q --user --scope", "root": "systemd-run -q --scope"} {
			s := g.login(t, user)
			nested := func(launcher string) string {
				return unitNames.ReplaceAllString(s.ok(fmt.Sprintf("%[1]s --slice=foo sh -c '%[1]s"+inner+"'", launcher)), "X.scope")
			}
			if got, want := nested("gorun"), nested(peer); got != want {
				t.Errorf("%s: got\n%s\nsystemd-run:\n%s", user, got, want)
			}
		}
	})
}

func TestShellOptionRunsTheUsersShell(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		alice, root := g.login(t, "alice"), g.login(t, "root")
		if got := alice.ok("echo 'echo $0; cd /; tail -n1 /proc/self/cgroup' | SHELL=/bin/dash gorun -S"); !strings.HasPrefix(got, "/bin/dash\n") || !strings.Contains(got, "/gorun-dash-") {
			t.Errorf("printed %q", got)
		}
		if got := root.ok("echo 'echo $0 $(id -un)' | SHELL=/bin/dash gorun --shell --uid=alice"); got != "/bin/bash alice" {
			t.Errorf("printed %q", got)
		}
		if out := alice.run("gorun -S true"); out.Status != 125 {
			t.Errorf("with a command: status %d, %q", out.Status, out.Stderr)
		}
	})
}

func TestJobModeFailIsAWarningOrWithMustSurviveAnError(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		alice := g.login(t, "alice")
		out := alice.run("gorun --job-mode=fail echo ran")
		if out.Status != 0 || out.Stdout != "ran\n" || !strings.HasPrefix(out.Stderr, "gorun: warning: --job-mode=fail ") {
			t.Errorf("status %d, printed %q and %q", out.Status, out.Stdout, out.Stderr)
		}
		if out := alice.run("gorun --job-mode=fail --must-survive echo ran"); out.Status != 125 || out.Stdout != "" {
			t.Errorf("status %d, printed %q and %q", out.Status, out.Stdout, out.Stderr)
		}
		alice.ok("gorun --job-mode=flush true")
		if out := alice.run("gorun --job-mode=isolate echo ran"); out.Status != 125 || out.Stdout != "" {
			t.Errorf("status %d, printed %q and %q", out.Status, out.Stdout, out.Stderr)
		}
		alice.nothingLeft("systemctl --user")
	})
}
