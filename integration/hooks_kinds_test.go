package integration

import (
	"strings"
	"testing"
)

// COMMAND of another user has its hooks run as that user.
func TestHooksOfARunOfAnotherUserRunAsThatUser(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		root.ok(`rm -f /tmp/as; cd /; gorun --unit=as --uid=alice --exec-stop-post='sh -c "echo $(id -un) $(id -gn) $EXIT_STATUS $HOME >/tmp/as"' sh -c 'exit 3' || [ $? = 3 ]`)
		root.waitFor("alice alice 3 /home/alice", "cat /tmp/as 2>/dev/null || true")
		root.ok("rm /tmp/as")
		root.nothingLeft("systemctl")
	})
}

// A run that joins another one has hooks of its own, which are about its own COMMAND.
func TestHooksOfAJoinedRunAreItsOwn(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		s.ok(hookTools + "; gorun -b -q --unit=host sleep 600 >/dev/null; gorun --unit=host --if-running=join " + hooked + " sh -c 'exit 3' || [ $? = 3 ]; systemctl --user -q is-active host.scope")
		s.hooksRan(hookEnding{name: "host", want: "exit-code exited 3 exited"})
		s.ok("rm " + hookLog + "; gorun --stop host >/dev/null; test ! -e " + hookLog)
		// The host ends first: it takes the other COMMAND along.
		s.ok("gorun -b -q --unit=host sleep 600 >/dev/null")
		s.run("{ sleep 2; systemctl --user stop host.scope; } & gorun --unit=host --if-running=join " + hooked + " sleep 600; wait")
		s.hooksRan(hookEnding{name: "host", want: "signal killed TERM stopped"})
		s.waitFor("", "systemctl --user"+hooksOf)
		s.hooksRan(hookEnding{name: "host", want: "signal killed TERM stopped"}) // and no more
		s.ok(noHookTools)
		s.nothingLeft("systemctl --user")
	})
}

// Without a manager gorun runs the commands itself. Nobody can start units.
func TestHooksOfABestEffortRunWithoutAManagerRun(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		root.ok(hookTools + "; chmod 777 /tmp/hook")
		out := root.run(bare("gorun -q --best-effort --linger=no --exec-stop-post=/tmp/hook/note sh -c \"exit 4\""))
		if out.Status != 4 {
			t.Errorf("%+v", out)
		}
		if got := root.ok("cat " + hookLog); !strings.HasPrefix(got, "hook ") || !strings.Contains(got, "exit-code exited 4 exited") || strings.Contains(got, "\n") {
			t.Errorf("the hook wrote %q", got)
		}
		root.ok(noHookTools)
	})
}

// The launch fails after the scope has started: a limit is not in force, or the manager cannot run
// gorun, whose file is in another mount namespace. COMMAND has not run, and there is no end.
func TestLaunchThatFailsRunsNoHook(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, alice := g.login(t, "root"), g.login(t, "alice")
		alice.ok(hookTools + "; chmod 777 /tmp/hook")
		if out := alice.run("gorun --unit=fails -p IPAddressDeny=any " + hooked + " touch /tmp/ran"); out.Status != 125 {
			t.Errorf("a limit: %+v", out)
		}
		if out := alice.run("gorun --unit=fails --nice=-5 " + hooked + " touch /tmp/ran"); out.Status != 125 || !strings.HasPrefix(out.Stderr, "gorun: error: --nice=-5: ") {
			t.Errorf("niceness: %+v", out)
		}
		alice.waitFor("", "systemctl --user"+hooksOf)
		alice.ok("test ! -e /tmp/ran; test ! -e " + hookLog + "; test -z \"$(ls $XDG_RUNTIME_DIR/gorun | grep hooks)\"")
		alice.nothingLeft("systemctl --user")

		out := root.run(`unshare -m sh -c 'mount -t tmpfs none /mnt; cp $(command -v gorun) /mnt/gorun; exec /mnt/gorun --unit=fails --exec-stop-post=/tmp/hook/note touch /tmp/ran'`)
		if out.Status != 125 || !strings.Contains(out.Stderr, "the system manager cannot run /mnt/gorun") {
			t.Errorf("gorun's file is hidden: %+v", out)
		}
		root.waitFor("", "systemctl"+hooksOf)
		root.ok("test ! -e /tmp/ran; test ! -e " + hookLog + "; test -z \"$(ls /run/gorun | grep hooks)\"")
		alice.ok(noHookTools)
		root.nothingLeft("systemctl")
	})
}

// The output is on the disk, and not in memory, in whatever process.
func TestMuchOutputThatWaitsTakesNoMemory(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		const size = 300 << 20
		got := s.ok(`{ gorun -q --chronic --unit=much sh -c 'head -c 314572800 /dev/zero; exit 3' & gorun=$!
				while kill -0 $gorun 2>/dev/null; do
					for pid in $gorun $(pgrep -x gorun); do awk '/^VmHWM/ { print $2 }' /proc/$pid/status 2>/dev/null; done; sleep 0.05
				done >/tmp/much.peaks; wait $gorun; echo $? >/tmp/much.status; } 2>/dev/null | wc -c; cat /tmp/much.status; sort -n /tmp/much.peaks | tail -n1`)
		fields := strings.Fields(got)
		if len(fields) != 3 || fields[0] != "314572800" || fields[1] != "3" || len(fields[2]) > 5 { // below 100 MB
			t.Errorf("printed, status and peak in kB: %q, of %d", got, size)
		}
		t.Logf("peak memory of gorun: %s kB", fields[len(fields)-1])
		s.ok("rm /tmp/much.* ~/.local/state/gorun/much.*")
		s.nothingLeft("systemctl --user")
	})
}
