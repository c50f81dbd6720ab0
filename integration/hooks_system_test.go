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
