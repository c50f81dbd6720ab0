package integration

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"gorun/integration/rig"
)

// kind is a kind of machine, with its idle machines.
type kind struct {
	start  func(context.Context, *rig.Image) (*rig.Machine, error)
	places chan struct{} // limits how many machines tests use at a time
	spare  int           // how many idle machines are kept
	once   bool          // a machine ends with the test that has used it

	mu   sync.Mutex
	idle map[string][]*rig.Machine // by suite: running, and used by no test
}

func newKind(places, spare int, start func(context.Context, *rig.Image) (*rig.Machine, error)) *kind {
	return &kind{start: start, places: make(chan struct{}, places), spare: spare, idle: map[string][]*rig.Machine{}}
}

var (
	// One more is for the survival table, which has machines of its own.
	container = newKind(min(testsPerCPU*runtime.NumCPU(), containersAtATime()-spareContainers-1), spareContainers, rig.StartContainer)
	// vm has the memory, cpu, io and pids controllers, whatever the host has. An
	// emulated machine keeps the processors busy.
	vm = newKind(1, 1, rig.StartVM)
)

const (
	testsPerCPU     = 4 // they wait half of the time
	spareContainers = 2
)

// containersAtATime is how many containers may run. They share root's inotify instances,
// 128 by default (inotify(7)). A container takes nine, a few more while something watches
// a file, and the host's own daemons need some.
func containersAtATime() int {
	const each, least = 12, 4
	text, err := os.ReadFile("/proc/sys/fs/inotify/max_user_instances")
	if err != nil {
		return least
	}
	instances, _ := strconv.Atoi(strings.TrimSpace(string(text))) // the kernel writes a number
	return max(least, instances/each)
}

// equipped is a kind of container with further Debian packages. They take their places
// from the other containers, and none is kept for the next test.
func equipped(t *testing.T, packages ...string) *kind {
	t.Helper()
	if native() != container {
		t.Skip("only containers have further packages, and they need root")
	}
	start := func(ctx context.Context, img *rig.Image) (*rig.Machine, error) {
		with, err := img.With(ctx, packages...)
		if err != nil {
			return nil, err
		}
		return rig.StartContainer(ctx, with)
	}
	return &kind{start: start, places: container.places, once: true, idle: map[string][]*rig.Machine{}}
}

// native is the fastest kind that works here, for all the releases in $GORUN_SUITES.
func native() *kind {
	if os.Geteuid() == 0 && !anyForeign() {
		return container
	}
	return vm
}

// anyForeign reports whether a release in $GORUN_SUITES is for another processor.
func anyForeign() bool {
	return slices.ContainsFunc(strings.Split(os.Getenv("GORUN_SUITES"), ","), func(name string) bool {
		suite, err := rig.SuiteNamed(name)
		return err == nil && suite.Foreign() // the tests say which name is unknown
	})
}

// lend returns a machine with gorun for the test's exclusive use. If the test passes and
// leaves the machine tidy, the next test gets it.
func (k *kind) lend(t *testing.T, suite string) *rig.Machine {
	t.Helper()
	m, err := k.takeIdle(suite), error(nil)
	if m == nil {
		m, err = k.boot(suite)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// A tidy machine has an empty journal.
		if t.Failed() {
			t.Logf("the journal of %s:\n%s", t.Name(), m.Journal(context.Background()))
			m.Close()
			return
		}
		if err := tidy(m); err != nil {
			t.Errorf("%v\nthe journal of %s:\n%s", err, t.Name(), m.Journal(context.Background()))
			m.Close()
			return
		}
		if k.once {
			m.Close()
			return
		}
		k.putIdle(suite, m)
	})
	return m
}

// tidyTimeout limits the wait for the users' managers to end.
const tidyTimeout = time.Minute

// tidy restores a machine's state after the boot: nobody is logged in or lingers, no
// user's manager runs, /tmp has no file of a test, gorun has kept nothing in the home
// directories, and the journal is empty. It is an error if a user still lingers or has
// processes that the test has left.
//
// logind has to start anew if it still remembers a user whose manager has ended, as it
// does for ten seconds (UserStopDelaySec=), and after a reload for ever: enabling
// lingering would not start a manager, and a login would find no runtime directory. It must
// not find its notes about a session either, of whose end it may not have heard yet.
// reset-failed keeps it below its limit of starts.
func tidy(m *rig.Machine) error {
	ctx, cancel := context.WithTimeout(context.Background(), scriptTimeout())
	defer cancel()
	patience := min(tidyTimeout*time.Duration(m.Slowness()), scriptTimeout()-time.Minute)
	out, err := m.RunAs(ctx, "root", fmt.Sprintf(`
		for user in alice bob; do loginctl terminate-user $user 2>/dev/null; done
		systemctl stop user-1000.slice user-1001.slice
		for i in $(seq %d); do
			[ -n "$(pgrep -u alice,bob; ls /var/lib/systemd/linger)" ] || break
			sleep 0.1
		done
		if [ -n "$(pgrep -u alice,bob; ls /var/lib/systemd/linger)" ]; then
			ls /var/lib/systemd/linger
			ps -u alice,bob -o pid,stat,cgroup,args
			exit 1
		fi
		find /tmp -mindepth 1 -maxdepth 1 ! -name '.*' ! -name 'systemd-private-*' -exec rm -rf {} +
		rm -rf /root/.local/state/gorun /home/*/.local/state/gorun
		if ls /run/systemd/users | grep -q -x -e 1000 -e 1001; then
			rm -f /run/systemd/users/1000 /run/systemd/users/1001
			grep -lxE 'UID=100[01]' /run/systemd/sessions/*[0-9] 2>/dev/null | xargs -r rm -f
			# logind then counts its sessions anew, and cannot start one whose scope is still loaded.
			for unit in $(systemctl list-units --all --plain --no-legend 'session-*.scope' | cut -d' ' -f1); do
				id=${unit#session-}
				[ -e /run/systemd/sessions/${id%%.scope} ] || { systemctl stop $unit; systemctl reset-failed $unit; } 2>/dev/null || true
			done
			systemctl reset-failed systemd-logind && systemctl restart systemd-logind || exit
		fi
		journalctl -q --rotate --vacuum-time=1us`, 10*int(patience.Seconds())))
	if err == nil && out.Status != 0 {
		err = fmt.Errorf("the test left lingering users or processes:\n%s%s", out.Stdout, out.Stderr)
	}
	return err
}

// isSlow reports whether the machines are much slower than the host. It starts one to know.
func (k *kind) isSlow(t *testing.T, suite string) bool {
	t.Helper()
	m := k.takeIdle(suite)
	if m == nil {
		var err error
		if m, err = k.boot(suite); err != nil {
			t.Fatal(err)
		}
	}
	k.putIdle(suite, m)
	return m.Slowness() > 1
}

// takeIdle returns nil if no machine of the suite is idle.
func (k *kind) takeIdle(suite string) *rig.Machine {
	k.mu.Lock()
	defer k.mu.Unlock()
	list := k.idle[suite]
	if len(list) == 0 {
		return nil
	}
	k.idle[suite] = list[:len(list)-1]
	return list[len(list)-1]
}

// putIdle keeps a machine for the next test. It closes one of another suite if there are
// too many: see containersAtATime.
func (k *kind) putIdle(suite string, m *rig.Machine) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.idle[suite] = append(k.idle[suite], m)
	for other, list := range k.idle {
		if other != suite && len(list) > 0 && k.spares() > k.spare {
			list[0].Close()
			k.idle[other] = list[1:]
		}
	}
}

// spares is the number of idle machines.
func (k *kind) spares() int {
	n := 0
	for _, list := range k.idle {
		n += len(list)
	}
	return n
}

// boot starts a machine and installs gorun.
func (k *kind) boot(suiteName string) (*rig.Machine, error) {
	suite, err := rig.SuiteNamed(suiteName)
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	img, err := rig.OpenImage(ctx, suite, os.Stderr)
	if err != nil {
		return nil, err
	}
	m, err := k.start(ctx, img)
	if err != nil {
		return nil, err
	}
	if err := prepare(ctx, m); err != nil {
		m.Close()
		return nil, err
	}
	return m, nil
}

// prepare installs gorun and keeps a login of root open. Otherwise root's manager would
// start for each login, which takes seconds on an emulated machine.
func prepare(ctx context.Context, m *rig.Machine) error {
	if _, err := m.Login(ctx, "root"); err != nil {
		return err
	}
	return m.Install(ctx, binaryFor(m.Suite))
}

// close ends the idle machines.
func (k *kind) close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for suite, list := range k.idle {
		for _, m := range list {
			m.Close()
		}
		delete(k.idle, suite)
	}
}
