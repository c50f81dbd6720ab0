package integration

import (
	"strings"
	"testing"
)

// Root looks into the home directories of all users, who can put anything there.
func TestFilesInAHomeDoNotHoldRootUp(t *testing.T) {
	const dir = `dir=~/.local/state/gorun/linger-$(cat /etc/machine-id); rm -rf "$dir"; mkdir -p ~/.local/state/gorun; `
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, alice := g.login(t, "root"), g.login(t, "alice")
		root.ok("loginctl enable-linger alice")
		defer root.ok("loginctl disable-linger alice")
		defer alice.ok(dir)
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
				out := root.run("prlimit --as=2000000000 timeout 15 gorun " + command)
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
			if out := alice.run("timeout 10 gorun --log logged"); out.Status != 1 || out.Stdout != "" {
				t.Errorf("%s: status %d, printed %q and %q", name, out.Status, out.Stdout, out.Stderr)
			}
			bob.ok("rm /tmp/logged")
		}
	})
}
