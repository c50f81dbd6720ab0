package integration

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"gorun/integration/rig"
)

// Twenty scopes start and end at random, over a minute. In a session the lease is taken
// while the command is already running. Without a session the manager runs because of
// the lease.
func TestLingeringLastsFromTheFirstScopeToTheLast(t *testing.T) {
	essential(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		for _, who := range []struct {
			user, name string
			uid        int
			wrap       func(script string) string
			login      string
		}{
			{"alice", "session", 1000, strings.TrimSpace, "alice"},
			{"bob", "no session", 1001, bare, "root"},
		} {
			t.Run(who.name, func(t *testing.T) {
				t.Parallel()
				l := &lingerer{t: t, user: who.user, uid: who.uid, delay: leaseDelay(g), root: g.login(t, "root")}
				l.roundsOf(g.login(t, who.login), who.wrap)
			})
		}
	})
}

// lingerer watches a user's lingering.
type lingerer struct {
	t     *testing.T
	user  string
	uid   int
	delay time.Duration
	root  *session
}

// roundsOf runs 5 rounds of 4 scopes. After each round all scopes have ended, and nothing
// is left.
func (l *lingerer) roundsOf(s *session, wrap func(string) string) {
	seed := rand.Uint64()
	l.t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	ends := random.Perm(20)
	for round := range 5 {
		var scripts []string
		for i := range 4 {
			n := 4*round + i
			scripts = append(scripts, randomRun(random, n, everyEnding[ends[n]%len(everyEnding)]))
		}
		l.watchWhile(func() {
			var wait sync.WaitGroup
			for _, script := range scripts {
				wait.Go(func() { l.runs(s.Login, script, wrap(script)) })
			}
			wait.Wait()
		})
		l.root.waitFor("", "ls /var/lib/systemd/linger | grep -x "+l.user+" || true")
		l.root.waitFor("", "ls /home/"+l.user+"/.local/state/gorun/*/linger-lease 2>/dev/null || true")
		l.root.waitFor("", fmt.Sprintf("ls /run/user/%d/systemd/transient 2>/dev/null | grep -E '^(random|gorun)-' || true", l.uid))
	}
}

// ending is how a scope ends.
type ending string

// UNIT stands for the scope's name, LIFE for how long it lives after COMMAND's start.
var everyEnding = []ending{
	// By itself, also if the supervisor was killed.
	"gorun --unit=UNIT COMMAND LIFE",
	"gorun --exec --unit=UNIT COMMAND LIFE",
	"gorun --unit=UNIT COMMAND LIFE & AWAIT; kill -KILL $!; wait; sleep LIFE",
	// Killed or stopped.
	"gorun --exec --unit=UNIT COMMAND 600 & AWAIT; sleep LIFE; kill -KILL $!; wait",
	"gorun --unit=UNIT COMMAND 600 & AWAIT; sleep LIFE; XDG_RUNTIME_DIR=/run/user/$(id -u) systemctl --user stop UNIT.scope; wait",
}

// randomRun is a script that waits some time, starts a scope, and ends it some time
// later.
func randomRun(random *rand.Rand, n int, e ending) string {
	unit := fmt.Sprintf("random-%d", n)
	return fmt.Sprintf("sleep %.1f; rm -f ~/%s; ", 7*random.Float64(), unit) + strings.NewReplacer(
		"UNIT", unit,
		"COMMAND", `sh -c "touch ~/`+unit+`; exec sleep \$0"`,
		"AWAIT", "until [ -e ~/"+unit+" ]; do sleep 0.1; done",
		"LIFE", fmt.Sprintf("%.1f", 1+8*random.Float64()),
	).Replace(string(e)) + "; [ -e ~/" + unit + " ]"
}

// runs runs a script, and checks that gorun has run its command.
func (l *lingerer) runs(login *rig.Login, script, wrapped string) {
	ctx, cancel := context.WithTimeout(l.t.Context(), scriptTimeout())
	defer cancel()
	out, err := login.Run(ctx, wrapped)
	if err != nil || out.Status != 0 || strings.Contains(out.Stderr, "gorun:") && !strings.Contains(out.Stderr, "stopped on request") {
		l.t.Errorf("%s: %v; status %d, printed %q", script, err, out.Status, out.Stderr)
	}
}

// leaseDelay is how long a scope may live before its user lingers. In a session the
// command does not wait for the lease, and the manager keeps running for longer than
// that anyway.
func leaseDelay(g *guest) time.Duration { return 5 * time.Second * time.Duration(g.Slowness()) }

// watchWhile makes sure, while do runs, that the user lingers whenever a scope lives.
func (l *lingerer) watchWhile(do func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		do()
	}()
	seen := map[string]time.Time{}
	for {
		lingers, live := l.look()
		for _, unit := range live {
			if seen[unit].IsZero() {
				seen[unit] = time.Now()
			}
			if age := time.Since(seen[unit]); !lingers && age > l.delay {
				l.t.Errorf("%s has lived for %v, but %s does not linger", unit, age, l.user)
			}
		}
		select {
		case <-done:
			return
		case <-time.After(100 * time.Millisecond): // often enough
		}
	}
}

// look returns whether the user lingers and which scopes live. It reads lingering first:
// the last scope may end in between, but then it is not listed.
func (l *lingerer) look() (lingers bool, live []string) {
	group := fmt.Sprintf("/sys/fs/cgroup/user.slice/user-%[1]d.slice/user@%[1]d.service/app.slice", l.uid)
	out := l.root.ok("ls /var/lib/systemd/linger | grep -x " + l.user + "; grep -sl 'populated 1' " + group + "/random-*.scope/cgroup.events; true")
	for _, line := range strings.Fields(out) {
		if line == l.user {
			lingers = true
			continue
		}
		live = append(live, strings.TrimSuffix(strings.TrimPrefix(line, group+"/"), ".scope/cgroup.events"))
	}
	return lingers, live
}
