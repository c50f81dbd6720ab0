package integration

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// inTheDark is a command that runs another, with the arguments that follow, where /proc
// hides the processes of others.
func inTheDark(hidepid int, command string) string {
	return "unshare -m sh -c " + quote(fmt.Sprintf(`mount -t proc -o hidepid=%d,gid=65534 proc /proc && exec env -u XDG_RUNTIME_DIR %s "$@"`, hidepid, command)) + " sh"
}

// One process that cannot be read is no reason to show none.
func TestAuditShowsWhatItCanSeeWhereProcHidesProcesses(t *testing.T) {
	const as = "setpriv --reuid=alice --regid=alice --init-groups "
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, alice := g.login(t, "root"), g.login(t, "alice")
		pid := alice.ok("setsid sh -c 'sleep 600; :' seen >/dev/null 2>&1 </dev/null & until pgrep -u alice -fx 'sleep 600'; do :; done")
		defer root.ok("pkill -u alice -fx 'sleep 600'")
		for hidepid := range 3 {
			out := root.run(inTheDark(hidepid, as+"gorun") + " --audit --json")
			var list []audited
			if err := json.Unmarshal([]byte(out.Stdout), &list); err != nil || out.Status != 0 {
				t.Fatalf("hidepid=%d: %v, %+v", hidepid, err, out)
			}
			if !slices.ContainsFunc(list, func(a audited) bool { return slices.Contains(a.Command, "seen") && a.Reason == "spared" }) {
				t.Errorf("hidepid=%d: %+v", hidepid, list)
			}
			if got := strings.Contains(out.Stderr, "hidepid"); got != (hidepid > 0) {
				t.Errorf("hidepid=%d: printed %q", hidepid, out.Stderr)
			}
			alice.diagnosed(root.doctor(inTheDark(hidepid, as+"gorun")), "multiplexers", "ok", "no server of a terminal multiplexer", "")
		}

		// Of processes that root may not look at, it lists what it knows.
		out := root.run(inTheDark(1, "setpriv --bounding-set=-sys_ptrace --inh-caps=-sys_ptrace gorun") + " --audit --json")
		var list []audited
		if err := json.Unmarshal([]byte(out.Stdout), &list); err != nil || out.Status != 0 {
			t.Fatalf("without CAP_SYS_PTRACE: %v, %+v", err, out)
		}
		i := slices.IndexFunc(list, func(a audited) bool { return fmt.Sprint(a.PID) == pid })
		if i < 0 || list[i].UID != 1000 || list[i].Survives || list[i].Reason != "unknown: the process cannot be read: operation not permitted" {
			t.Errorf("without CAP_SYS_PTRACE: process %s in %+v", pid, list)
		}
	})
}

// logind keeps serving a user who was removed while logged in.
func TestAuditShowsTheProcessesOfUsersWithoutAName(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		root.ok("useradd -u 4300 -m -s /bin/bash carol")
		carol := g.login(t, "carol")
		carol.ok(`setsid sh -c 'sleep 600; :' carols >/dev/null 2>&1 </dev/null &
			setsid systemd-run -q --user --scope sh -c 'sleep 601; :' carols >/dev/null 2>&1 </dev/null &
			until pgrep -u carol -fx 'sleep 600' && pgrep -u carol -fx 'sleep 601'; do :; done`)
		root.ok("userdel -f carol 2>/dev/null; ! id carol 2>/dev/null")
		defer func() { // loginctl looks users up
			carol.Close()
			root.ok("systemctl stop user-4300.slice; rm -r /home/carol")
			root.waitFor("", "pgrep -U 4300; ls -d /run/systemd/users/4300 2>/dev/null || true")
		}()
		root.ok(`systemd-run -q --scope --slice=user-4242.slice --unit=session-unknown setpriv --reuid=4242 --regid=4242 --clear-groups \
				sh -c 'sleep 602; :' nobodys >/dev/null 2>&1 </dev/null & until pgrep -U 4242 -fx 'sleep 602'; do :; done`)
		defer root.ok("systemctl stop session-unknown.scope")

		reasons := map[string]bool{}
		for _, a := range root.audit("carols") {
			reasons[fmt.Sprintf("%s %t", a.Reason, a.Survives)] = true
		}
		if len(reasons) != 2 || !reasons["spared true"] || !reasons["no-lingering false"] {
			t.Errorf("a user who was removed: %v", reasons)
		}
		list := root.audit("nobodys")
		if len(list) == 0 || list[0].Reason != "unknown: no such user: 4242" || list[0].Survives {
			t.Errorf("a UID that nobody knows: %+v", list)
		}
		if out := root.ok("gorun --audit"); !strings.Contains(out, "Unknown: no such user: 4242\n") {
			t.Errorf("printed %q", out)
		}
		root.diagnosed(root.doctor("gorun"), "multiplexers", "ok", "no server of a terminal multiplexer", "")
	})
}
