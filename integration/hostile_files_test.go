package integration

import (
	"fmt"
	"strings"
	"testing"
)

// Root looks into the home directories of all users, who can put anything there.
func TestFilesInAHomeDoNotHoldRootUp(t *testing.T) {
	long(t)
	const dir = `dir=~/.local/state/gorun/linger-$(cat /etc/machine-id); rm -rf "$dir"; mkdir -p ~/.local/state/gorun; `
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, alice := g.login(t, "root"), g.login(t, "alice")
		root.ok("loginctl enable-linger alice")
		defer root.ok("loginctl disable-linger alice")
		defer alice.ok("rm -rf ~/.local/state elsewhere /tmp/fifo")
		for name, plant := range map[string]string{
			"FIFO instead of the directory":        `mkfifo "$dir"`,
			"link instead of the directory":        `ln -s /dev "$dir"`,
			"file instead of the directory":        `: >"$dir"`,
			"link above the directory":             `mkdir elsewhere; mv ~/.local/state/gorun elsewhere; ln -s ~/elsewhere/gorun ~/.local/state/gorun; mkfifo "$dir"`,
			"FIFO instead of the marker":           `mkdir "$dir"; mkfifo "$dir/linger-lease"`,
			"directory instead of the marker":      `mkdir -p "$dir/linger-lease"`,
			"device instead of the marker":         `mkdir "$dir"; ln -s /dev/zero "$dir/linger-lease"`,
			"another's FIFO instead of the marker": `mkdir "$dir"; mkfifo /tmp/fifo; ln -s /tmp/fifo "$dir/linger-lease"`,
			"huge marker":                          `mkdir "$dir"; truncate -s 1T "$dir/linger-lease"`,
		} {
			alice.ok("rm -rf ~/.local/state elsewhere /tmp/fifo; " + dir + plant)
			for _, command := range []string{"--audit --json", "--doctor"} {
				// Without the limit a fault would take the machine's memory.
				out := root.run("prlimit --as=2000000000 timeout 100 gorun " + command)
				if out.Status != 0 && !(command == "--doctor" && out.Status == 1) || out.Stderr != "" {
					t.Errorf("%s: %s: status %d, printed %q", name, command, out.Status, out.Stderr)
				}
				if command == "--audit --json" && !strings.Contains(out.Stdout, `"survival_reason": "lingering"`) {
					t.Errorf("%s: the processes of alice's manager are not in the list", name)
				}
			}
		}
	})
}

// COMMAND's output may have gone to a directory where anybody can create files.
func TestLogReadsOnlyTheFileThatGotTheOutput(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		alice, bob := g.login(t, "alice"), g.login(t, "bob")
		const launch = "gorun -b --unit=logged --log-to=file:/tmp/logged echo said | cat; "
		alice.ok(launch)
		alice.waitFor("said", "gorun --log logged")
		if got := alice.ok("gorun --log logged -- -c 3"); got != "id" {
			t.Errorf("printed %q", got)
		}
		for name, plant := range map[string]string{
			"a file of bob's": "echo planted >/tmp/logged",
			"a FIFO of bob's": "mkfifo -m 666 /tmp/logged",
			"a link of bob's": "ln -s /etc/passwd /tmp/logged",
		} {
			alice.ok("rm -f /tmp/logged")
			bob.ok(plant)
			if out := alice.run("timeout 100 gorun --log logged"); out.Status != 1 || out.Stdout != "" {
				t.Errorf("%s: status %d, printed %q and %q", name, out.Status, out.Stdout, out.Stderr)
			}
			bob.ok("rm /tmp/logged")
		}
	})
}

// The file is checked when the run starts, and another user does something about it while
// COMMAND runs.
func TestReportIsNotWrittenToAFileOfAnotherUser(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		alice, bob := g.login(t, "alice"), g.login(t, "bob")
		bob.ok("mkdir -m 777 /tmp/work; chmod 777 /tmp/work; mkdir -m 1777 /tmp/sticky; chmod 1777 /tmp/sticky")
		alice.ok("mkfifo /tmp/planted; touch victim")
		defer alice.ok("rm -f /tmp/planted /tmp/report victim said")
		defer bob.ok("rm -rf /tmp/work /tmp/sticky")
		for _, dir := range []string{"/tmp", "/tmp/sticky", "/tmp/work"} {
			for what, plant := range map[string]string{
				"file": "(umask 0; : >%[1]s)",
				"FIFO": "mkfifo -m 666 %[1]s && exec 3<>%[1]s && { cat <&3 3<&- >got 2>/dev/null & }",
				"link": "ln -s /home/alice/victim %[1]s",
			} {
				file := dir + "/report"
				alice.ok("gorun --report-json=" + file + ` sh -c ': >/tmp/begun; read line </tmp/planted' >/dev/null 2>said </dev/null &
					until [ -e /tmp/begun ]; do sleep 0.1; done; rm /tmp/begun`)
				bob.run(": >got; rm -f " + file + "; " + fmt.Sprintf(plant, file))
				alice.ok("echo >/tmp/planted; until ! pgrep -x gorun >/dev/null; do sleep 0.1; done")
				if got := bob.ok("[ ! -p " + file + " ] || { echo >" + file + "; until [ -s got ]; do sleep 0.05; done; }; pkill -u bob -x cat; cat got; [ -O " + file + " ] && [ -f " + file + " ] && cat " + file + "; true"); got != "" {
					t.Errorf("%s, a %s of bob's got %q", dir, what, got)
				}
				if got := alice.ok("cat victim"); got != "" {
					t.Errorf("%s, a %s: alice's other file got %q", dir, what, got)
				}
				// Either bob could do nothing about the file, or alice hears of it.
				alice.ok("[ -O " + file + ` ] && [ -f ` + file + ` ] && grep -q '"outcome": "exited"' ` + file + " || grep -q '^gorun: error: --report-json=" + file + ": ' said")
				alice.run("rm -f " + file)
				bob.run("rm -f " + file)
			}
		}
	})
}

// A directory below /tmp may belong to another user, who can replace what is in it.
func TestLinksInADirectoryOfAnotherUserAreNotFollowed(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		alice, bob := g.login(t, "alice"), g.login(t, "bob")
		bob.ok("mkdir -m 755 /tmp/work; ln -s /home/alice/victim /tmp/work/link; ln -s /home/alice /tmp/work/home")
		defer bob.ok("rm -rf /tmp/work")
		for _, option := range []string{"--report-json=/tmp/work/link", "--report-json=/tmp/work/home/victim",
			"-b --log-to=file:/tmp/work/link", "-b --log-to=append:/tmp/work/home/victim"} {
			out := alice.run("set -o pipefail; gorun " + option + " echo run | cat")
			if out.Status != 125 || !strings.Contains(out.Stderr, "a symbolic link on the way is in a directory where other users can create files") {
				t.Errorf("%s: status %d, printed %q and %q", option, out.Status, out.Stdout, out.Stderr)
			}
		}
		alice.ok("[ ! -e victim ]")
	})
}

// sudo -E leaves the variables of the user before, which may name what does not exist yet.
func TestSudoMakesNothingInTheHomeOfTheUserBefore(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		alice := g.login(t, "alice")
		alice.ok("XDG_STATE_HOME=~/new/state HOME=~/newer sudo -E gorun -b --unit=rooted --log-to=file:/root/rooted echo said | cat")
		alice.waitFor("said", "XDG_STATE_HOME=~/new/state sudo -E gorun --log rooted")
		alice.ok("[ ! -e new ] && [ ! -e newer ]")
	})
}
