package integration

import (
	"strings"
	"testing"
)

func TestRefusedPropertiesChangeNothing(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		s.ok("gorun -b -q --unit=job sleep 600")
		if got := s.ok("gorun --set-property job Description=hello && gorun --set-property --runtime job 'Description=good bye' && systemctl --user show -P Description job.scope"); got != "job.scope: changed\njob.scope: changed\ngood bye" {
			t.Errorf("printed %q", got)
		}
		s.valid("actions", "gorun --set-property --json job 'Description=good bye'")
		for assignment, want := range map[string]struct {
			status int
			says   string
		}{
			"MemoryMax=oops":       {125, "--set-property MemoryMax=oops: not a size"},
			"TasksMax":             {125, "--set-property TasksMax: no value"},
			"NoSuch=1":             {125, "--set-property NoSuch=1: "},
			"RuntimeMaxSec=5":      {1, "--set-property RuntimeMaxSec=5: cannot be changed while the scope runs"},
			"IOWeight=50":          {1, "--set-property IOWeight=50: not in force: the io controller is not delegated to the user manager"},
			"IPAddressDeny=any":    {1, "--set-property IPAddressDeny=any: not in force: only the system manager has the privilege"},
			"CollectMode=inactive": {1, "--set-property CollectMode=inactive: cannot be changed while the scope runs"},
		} {
			out := s.run("gorun --set-property job Description=changed " + assignment)
			if out.Status != want.status || out.Stdout != "" || !strings.HasPrefix(out.Stderr, "gorun: error: "+want.says) || strings.Contains(out.Stderr, "hint") {
				t.Errorf("%s: status %d, printed %q and %q", assignment, out.Status, out.Stdout, out.Stderr)
			}
			if got := s.ok("systemctl --user show -P Description job.scope"); got != "good bye" {
				t.Errorf("%s: the other property is %s", assignment, got)
			}
		}
		s.ok("gorun --stop job")
		if out := s.run("gorun --set-property job Description=x"); out.Status != 1 || out.Stderr != "gorun: error: job.scope: has ended\n" {
			t.Errorf("status %d, printed %q", out.Status, out.Stderr)
		}
		s.nothingLeft("systemctl --user")
	})
}

func TestLimitsOfARunAreChanged(t *testing.T) {
	long(t)
	eachSuite(t, vm, func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		s.ok("gorun -b -q --unit=job -p MemoryMax=100M sleep 600")
		if got := s.ok(`gorun --set-property job MemoryMax=200M TasksMax=50 CPUQuota=50%
			cd /sys/fs/cgroup$(systemctl --user show -P ControlGroup job.scope) && cat memory.max pids.max cpu.max`); got != "job.scope: changed\n209715200\n50\n50000 100000" {
			t.Errorf("printed %q", got)
		}
		s.ok("gorun --stop job")
		s.nothingLeft("systemctl --user")
	})
}
