package integration

import "testing"

// allowSystemUnits lets bob start units of the system manager.
const allowSystemUnits = `polkit.addRule(function(action, subject) {
	if (action.id == "org.freedesktop.systemd1.manage-units" && subject.user == "bob") return polkit.Result.YES;
});`

// bob's directory in memory goes with his last session. The run does not.
func TestHooksOfAUsersSystemRunSurviveLogout(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		undo := root.polkitRule(allowSystemUnits)
		defer undo()
		bob := g.login(t, "bob")
		bob.ok(hookTools + `; rm -f /tmp/end; chmod 777 /tmp/hook
			gorun -b -q --system --unit=systems --exec-stop-post=/tmp/hook/note sh -c 'until [ -e /tmp/end ]; do sleep 0.1; done; exit 5' >/dev/null`)
		if got := root.ok("stat -c '%a %U' /home/bob/.local/state/gorun/gorun-hooks-*.hooks"); got != "600 bob" {
			t.Errorf("the file has %s", got)
		}
		bob.Close()
		root.waitFor("gone", "test -e /run/user/1001 || echo gone")
		root.ok("touch /tmp/end")
		root.waitFor("hook systems.scope exit-code exited 5 exited id", "cat "+hookLog+" 2>/dev/null || true")
		root.waitFor("", "systemctl"+hooksOf)
		root.ok("test -z \"$(ls /home/bob/.local/state/gorun | grep hooks)\"; rm -rf /tmp/hook /tmp/end " + hookLog + " /home/bob/.config")
		root.nothingLeft("systemctl")
	})
}

// polkit lets bob start units, and not stop them: the hooks run when the scope has ended.
func TestHooksOfAUserWhoMayNotStopUnitsRunAfterTheScope(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		undo := root.polkitRule(`polkit.addRule(function(action, subject) {
	if (action.id == "org.freedesktop.systemd1.manage-units" && subject.user == "bob")
		return action.lookup("verb") == "stop" ? polkit.Result.NO : polkit.Result.YES;
});`)
		defer undo()
		bob := g.login(t, "bob")
		bob.ok(hookTools + "; chmod 777 /tmp/hook")
		if out := bob.run("gorun -q --system --unit=maynot --exec-stop-post=/tmp/hook/note sh -c 'exit 5'"); out.Status != 5 || out.Stderr != "" {
			t.Errorf("%+v", out)
		}
		root.waitFor("hook maynot.scope exit-code exited 5 exited id", "cat "+hookLog+" 2>/dev/null || true")
		root.waitFor("", "systemctl"+hooksOf)
		root.ok("rm -rf /tmp/hook " + hookLog + " /home/bob/.config")
		root.nothingLeft("systemctl")
	})
}
