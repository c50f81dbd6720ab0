package integration

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// recipes are the examples below a heading of gorun-recipes(7), in their order.
func recipes(t *testing.T, heading string) (examples []string) {
	t.Helper()
	page, err := os.ReadFile("../docs/gorun-recipes.7.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(page), "\n## "+heading+"\n")
	if !found {
		t.Fatalf("no recipes under %q", heading)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	for i, part := range strings.Split(section, "```\n") {
		if i%2 == 1 {
			examples = append(examples, part)
		}
	}
	return examples
}

// withoutLimits makes gorun warn of limits that are not in force, on machines without the
// controllers: what is tested here is the rest of a recipe.
func (g *guest) withoutLimits(t *testing.T, root *session) (undo func()) {
	t.Helper()
	controllers, err := g.UserControllers(t.Context(), "alice")
	if err != nil {
		t.Fatal(err)
	}
	if slices.Contains(controllers, "memory") {
		return func() {}
	}
	root.ok(`mv /usr/bin/gorun /usr/libexec/gorun
		printf '#!/bin/sh\ncase $1 in --status|--log) ;; *) set -- -q --best-effort "$@" ;; esac\nexec /usr/libexec/gorun "$@"\n' >/usr/bin/gorun
		chmod 755 /usr/bin/gorun`)
	return func() { root.ok("mv /usr/libexec/gorun /usr/bin/gorun") }
}

// program gives a user a program in ~/bin. undo removes them all.
func (s *session) program(name, script string) (undo func()) {
	s.t.Helper()
	s.ok("mkdir -p ~/bin; printf '%s\\n' '#!/bin/sh' " + quote(script) + " >~/bin/" + name + "; chmod 755 ~/bin/" + name)
	return func() { s.ok("rm -rf ~/bin") }
}

// ownScope prints the name of a process's scope.
const ownScope = `sed 's,.*/,,' /proc/self/cgroup | tail -n1`

// The entry's times become "now".
func TestRecipeForCrontabs(t *testing.T) {
	crontabs := recipes(t, "CRONTAB")
	variable, entry, _ := strings.Cut(strings.TrimSpace(crontabs[0]), "\n")
	name, _, _ := strings.Cut(variable, "=")
	nightly := name + "=0\n" + strings.Replace(entry, "17 3 * * *", "@reboot", 1)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		defer g.withoutLimits(t, root)()
		root.ok("mkdir -p /home/bob/bin; printf '#!/bin/sh\\n" + ownScope + "\\nread line </tmp/dawn\\necho $line\\n' >/home/bob/bin/backup; ln -s backup /home/bob/bin/agent; chmod 755 /home/bob/bin/backup; chown -R bob: /home/bob/bin; mkfifo -m 666 /tmp/dawn")
		defer root.ok("rm -rf /home/bob/bin /home/bob/agent.log")
		remove := root.cronJob(nightly)
		// Another one is skipped as long as it runs.
		root.waitFor("backup.scope", "sudo -iu bob gorun --status backup 2>/dev/null | grep -o '^backup.scope' || true")
		if out := root.run("cd /home/bob; sudo -u bob sh -c " + quote(strings.SplitN(entry, "exec ", 2)[1])); out.Status != 0 || out.Stdout != "" {
			t.Errorf("the second run: %+v", out)
		}
		root.ok("echo morning >/tmp/dawn")
		root.waitFor("backup.scope\nmorning", "sed '1,/^$/d' "+mail+" 2>/dev/null || true")
		remove()

		remove = root.cronJob(strings.TrimSpace(crontabs[2]))
		root.waitFor("agent.scope", "sed '1,/^$/d' "+mail+" 2>/dev/null || true")
		root.ok("echo noon >/tmp/dawn")
		root.waitFor("agent.scope\nnoon", "cat /home/bob/agent.log")
		remove()
		root.nobodyLingers()
	})
}

// The second call attaches to what the first one has started.
func TestRecipeForMultiplexers(t *testing.T) {
	long(t)
	aliases := recipes(t, "TMUX AND SCREEN")
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, alice := g.login(t, "root"), g.login(t, "alice")
		defer g.withoutLimits(t, root)()
		for _, text := range aliases {
			alice.ok("cat >~/aliases <<'END'\n" + text + "END\n")
			for _, attached := range []string{"main 1", "main 2"} {
				alice.ok(`printf 'shopt -s expand_aliases\n. ~/aliases\ntm\n' >~/start; TERM=xterm setsid -f script -qec 'bash ~/start' /dev/null </dev/null >/dev/null 2>&1`)
				alice.waitFor(attached, "tmux list-sessions -F '#{session_name} #{session_attached}' 2>/dev/null || true")
			}
			if got := alice.ok("sed 's,.*/,,' /proc/$(pgrep -xn -u alice 'tmux: server')/cgroup"); got != "tmux.scope" {
				t.Errorf("the server is in %s", got)
			}
			alice.ok("tmux kill-server")
			alice.waitFor("", "pgrep -u alice script || true")
			alice.waitFor("", "systemctl --user list-units --no-legend --plain tmux.scope")
		}
		alice.ok(`printf 'shopt -s expand_aliases\n. ~/aliases\nsc\n' >~/start`)
		alice.ok("cat >~/aliases <<'END'\n" + aliases[0] + "END\n")
		alice.ok(`TERM=xterm setsid -f script -qec 'bash ~/start' /dev/null </dev/null >/dev/null 2>&1`)
		alice.waitFor("screen.scope", "pgrep -x -u alice screen | while read pid; do sed 's,.*/,,' /proc/$pid/cgroup 2>/dev/null; done | sort -u | grep screen.scope || true")
		alice.waitFor("", "screen -S main -X quit >/dev/null 2>&1 || true; pgrep -u alice script || true")
		alice.ok("rm ~/aliases ~/start")
		alice.nothingLeft("systemctl --user")
	})
}

func TestRecipeForBuilds(t *testing.T) {
	builds := recipes(t, "A BUILD WITHIN MEMORY")
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, alice := g.login(t, "root"), g.login(t, "alice")
		defer g.withoutLimits(t, root)()
		defer alice.program("make", ownScope+`; nice; systemctl --user show -p MemoryMax -p MemoryHigh -p MemorySwapMax $(`+ownScope+`)`)()
		out := alice.run("PATH=$HOME/bin:$PATH; " + builds[0])
		if want := "build.scope\n10\nMemoryHigh=infinity\nMemoryMax=6442450944\nMemorySwapMax=0\n"; out.Stdout != want || !strings.Contains(out.Stderr, "gorun: report: build.scope") {
			t.Errorf("printed %q and %q, want %q and a report", out.Stdout, out.Stderr, want)
		}
		defer alice.ok("rm -r ~/.config/systemd/user/gorun-make-.scope.d; systemctl --user daemon-reload")
		alice.ok("mkdir -p ~/.config/systemd/user/gorun-make-.scope.d; cat >~/.config/systemd/user/gorun-make-.scope.d/limits.conf <<'END'\n" + builds[1] + "END\nsystemctl --user daemon-reload")
		got := alice.run("PATH=$HOME/bin:$PATH; gorun make").Stdout
		if want := "MemoryHigh=6442450944\nMemoryMax=infinity\nMemorySwapMax=0\n"; !strings.HasPrefix(got, "gorun-make-") || !strings.HasSuffix(got, want) {
			t.Errorf("with the drop-in: %q, want %q", got, want)
		}
		alice.nothingLeft("systemctl --user")
	})
}

// Here the kernel has the limits: the build reads them, and one that needs more than it may have is
// killed. 64M takes the place of 6G for that.
func TestRecipeForBuildsHoldsTheKernelToIt(t *testing.T) {
	long(t)
	line := recipes(t, "A BUILD WITHIN MEMORY")[0]
	eachSuite(t, vm, func(t *testing.T, g *guest) {
		alice := g.login(t, "alice")
		defer alice.program("make", `cd /sys/fs/cgroup$(sed -n s/^0:://p /proc/self/cgroup); cat memory.max memory.swap.max`)()
		if out := alice.run("PATH=$HOME/bin:$PATH; " + line); out.Stdout != "6442450944\n0\n" {
			t.Errorf("%s: printed %q and %q", line, out.Stdout, out.Stderr)
		}
		alice.program("make", `exec python3 -c 'x = bytearray(200 << 20)'`)
		out := alice.run("PATH=$HOME/bin:$PATH; " + strings.Replace(line, "6G", "64M", 1))
		if out.Signal != "KILL" || !strings.Contains(out.Stderr, "oom-kill") {
			t.Errorf("a build that needs more: status %d, signal %q, printed %q", out.Status, out.Signal, out.Stderr)
		}
		alice.nothingLeft("systemctl --user")
	})
}

// The machine's ssh takes the place of "ssh HOST".
func TestRecipeForSSH(t *testing.T) {
	examples := recipes(t, "SSH")
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		ssh := func(line string) string {
			t.Helper()
			command, ok := strings.CutPrefix(strings.TrimSpace(line), "ssh HOST ")
			if !ok {
				t.Fatalf("%q is no call of ssh", line)
			}
			alice := g.login(t, "alice")
			defer alice.Close()
			return alice.ok(command)
		}
		g.login(t, "alice").program("train", "echo started; read line </tmp/dawn; echo $line")
		defer root.ok("rm -rf ~alice/bin")
		root.ok("mkfifo -m 666 /tmp/dawn")
		if got := ssh(examples[0]); got != "train.scope" {
			t.Errorf("ssh printed %q", got)
		}
		later := strings.Split(strings.TrimSpace(examples[1]), "\n")
		if got := ssh(later[0]); !strings.Contains(got, "active") || !strings.Contains(got, "left of 12h") {
			t.Errorf("the status: %s", got)
		}
		root.ok("echo done >/tmp/dawn")
		root.waitFor("", "pgrep -u alice -x train || true")
		if got := ssh(later[1]); !strings.Contains(got, "started") || !strings.Contains(got, "done") {
			t.Errorf("the log: %s", got)
		}
	})
}

func TestRecipeForManyJobs(t *testing.T) {
	examples := recipes(t, "MANY JOBS")
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		alice := g.login(t, "alice")
		defer alice.program("job", `sleep 4711 & echo "$1" $(`+ownScope+`)`)()
		alice.ok("mkdir data; touch data/a.csv data/b.csv data/c.csv")
		defer alice.ok("rm -r data")
		got := strings.Fields(alice.ok("ln -s ../bin data/bin; cd data; " + strings.TrimSpace(examples[0]) + " | sort"))
		if len(got) != 6 || got[0] != "a.csv" || got[4] != "c.csv" || got[1] == got[3] || !strings.HasPrefix(got[5], "gorun-job-") {
			t.Errorf("the jobs printed %q", got)
		}
		if left := alice.ok("pgrep -xf 'sleep 4711' || true"); left != "" {
			t.Errorf("left behind: %s", left)
		}
		alice.nothingLeft("systemctl --user")
	})
}

// A podman that prints what it needs takes the place of the true one.
func TestRecipeForContainers(t *testing.T) {
	entry := strings.Replace(strings.TrimSpace(recipes(t, "CONTAINERS FROM CRON")[0]), "30 2 * * *", "@reboot", 1)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		root.nobodyLingers()
		root.ok(`printf '#!/bin/sh\necho "$@"; systemctl --user is-system-running; echo $XDG_RUNTIME_DIR ${DBUS_SESSION_BUS_ADDRESS#*=}\n' >/usr/bin/podman; chmod 755 /usr/bin/podman`)
		defer root.ok("rm /usr/bin/podman")
		remove := root.cronJob(entry)
		root.waitFor("run --rm report\nrunning\n/run/user/1001 /run/user/1001/bus", "sed '1,/^$/d' "+mail+" 2>/dev/null || true")
		remove()
		root.nobodyLingers()
	})
}

func TestRecipeForAgents(t *testing.T) {
	line := strings.TrimSpace(recipes(t, "AGENTS AND BOTS")[0])
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, alice := g.login(t, "root"), g.login(t, "alice")
		defer g.withoutLimits(t, root)()
		got := alice.ok("set -- 'sleep 4711 & echo hello'; " + line + "; grep -o '\"outcome\": *\"[a-z]*\"' report.json; rm report.json; pgrep -xf 'sleep 4711' || true")
		if got != "hello\n\"outcome\": \"exited\"" {
			t.Errorf("printed %q", got)
		}
	})
}

func TestRecipeForLimitsOfAllUsers(t *testing.T) {
	file := recipes(t, "LIMITS FOR ALL USERS")[0]
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, alice := g.login(t, "root"), g.login(t, "alice")
		root.ok("mkdir -p /etc/systemd/user/gorun-.scope.d; cat >/etc/systemd/user/gorun-.scope.d/limits.conf <<'END'\n" + file + "END\n")
		defer root.ok("rm -r /etc/systemd/user/gorun-.scope.d")
		alice.ok("systemctl --user daemon-reload")
		got := alice.run("gorun sh -c 'systemctl --user show -p MemoryMax -p TasksMax $(" + strings.ReplaceAll(ownScope, "'", `"`) + ")'").Stdout
		if got != "MemoryMax=8589934592\nTasksMax=2000\n" {
			t.Errorf("got %q", got)
		}
	})
}

func TestRecipesForAdministrators(t *testing.T) {
	examples := recipes(t, "WHO MAY OUTLIVE A LOGOUT")
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		undo := root.polkitRule(examples[0])
		defer func() { undo() }()
		alice := g.login(t, "alice")
		if out := alice.run("gorun --must-survive true"); out.Status != 125 {
			t.Errorf("alice may not linger: %+v", out)
		}
		alice.Close()
		root.waitFor("inactive", "systemctl is-active user@1000 || true") // it has the groups that alice had
		root.ok("groupadd longrun; usermod -aG longrun alice")
		defer root.ok("groupdel longrun")

		defer root.logindSettings(strings.TrimPrefix(strings.TrimSpace(examples[1]), "[Login]\n"))()
		alice = g.login(t, "alice")
		alice.ok("nohup sleep 4711 >/dev/null 2>&1 & gorun -b --must-survive sleep 4712 >/dev/null")
		alice.Close()
		root.waitFor("", "pgrep -xf 'sleep 4711' || true")
		root.ok("pgrep -xf 'sleep 4712' >/dev/null; pkill -xf 'sleep 4712'")
		root.nobodyLingers()
	})
}

// The program is built in a module of its own, as a user's is.
func TestRecipeForGoPrograms(t *testing.T) {
	program := buildProgram(t, recipes(t, "GO")[0])
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		alice := g.login(t, "alice")
		if err := alice.Upload(t.Context(), program, "/tmp/job", "755"); err != nil {
			t.Fatal(err)
		}
		got := strings.Fields(alice.ok("/tmp/job sh -c " + quote(ownScope)))
		if len(got) != 4 || !strings.HasPrefix(got[0], "gorun-job-") || got[1] != got[0] || got[2] != "took" {
			t.Errorf("printed %q", got)
		}
		alice.nothingLeft("systemctl --user")
	})
}

// buildProgram builds a Go program that uses gorun's packages.
func buildProgram(t *testing.T, source string) []byte {
	t.Helper()
	suites(t)
	gorun, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile("../go.sum")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"main.go": source,
		"go.mod":  "module example\n\ngo 1.26\n\nrequire gorun v0.0.0\n\nreplace gorun => " + gorun + "\n",
		"go.sum":  string(sums),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if formatted, err := exec.Command("gofmt", "-l", filepath.Join(dir, "main.go")).CombinedOutput(); err != nil || len(formatted) > 0 {
		t.Errorf("the program is not formatted: %v %s", err, formatted)
	}
	cmd := exec.Command("go", "build", "-mod=mod", "-o", "program", ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	data, err := os.ReadFile(filepath.Join(dir, "program"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// The programs that the hooks run note how they are called, and what they read.
func TestRecipesForTheEndOfARun(t *testing.T) {
	list := recipes(t, "WHEN IT HAS ENDED")
	unit, line := list[4], list[5]
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, alice := g.login(t, "root"), g.login(t, "alice")
		root.ok(`for name in notify-send mail curl; do
				[ ! -e /usr/bin/$name ] || mv /usr/bin/$name /usr/bin/$name.real
				printf '#!/bin/sh\necho "${0##*/} $*" >>/tmp/called\ncase "$*" in *@-*|"-s train"*) grep -q exit_code && echo report >>/tmp/called; esac\n' >/usr/bin/$name; chmod 755 /usr/bin/$name
			done`)
		defer root.ok("for name in notify-send mail curl; do rm -f /usr/bin/$name; [ ! -e /usr/bin/$name.real ] || mv /usr/bin/$name.real /usr/bin/$name; done")
		defer alice.program("train", "exit 3")()
		alice.program("backup", "exit 4")
		alice.ok("printf 'all:\\n\\t@exit 1\\n' >Makefile")
		defer alice.ok("rm -f Makefile failures ~/.config/systemd/user/failed@.service")
		for i, want := range []string{
			`^notify-send gorun-make-[0-9a-f]{16}\.scope exit-code$`,
			"^mail -s train has ended alice\nreport$",
			"^curl -sS -m 10 --json @- https://example.org/hook\nreport$",
			"^curl -sS -m 10 -o /dev/null https://example.org/ping/backup/4$",
		} {
			alice.run("rm -f /tmp/called; " + list[i])
			if got := alice.ok("cat /tmp/called"); !regexp.MustCompile(want).MatchString(got) {
				t.Errorf("%s: called %q", list[i], got)
			}
		}
		alice.ok("mkdir -p ~/.config/systemd/user; cat >~/.config/systemd/user/failed@.service <<'END'\n" + unit + "END\nsystemctl --user daemon-reload")
		alice.run(line)
		if got := alice.ok("cat failures"); !strings.HasSuffix(got, ": backup") || strings.Contains(got, "\n") {
			t.Errorf("collected %q", got)
		}
		alice.nothingLeft("systemctl --user")
	})
}
