package process

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// tree makes a list of processes from lines of PID, parent, group, session, start and name.
func tree(t *testing.T, lines ...string) map[int]stat {
	t.Helper()
	list := map[int]stat{}
	for _, line := range lines {
		var s stat
		if _, err := fmt.Sscan(line, &s.PID, &s.parent, &s.group, &s.session, &s.Start, &s.name); err != nil {
			t.Fatal(err)
		}
		s.ended = strings.HasSuffix(line, " Z")
		list[s.PID] = s
	}
	return list
}

// kinOf follows one process of a list from a time on.
func kinOf(list map[int]stat, pid int, since uint64, without int) *Kin {
	return &Kin{
		since: since, without: without, known: map[Relative]bool{list[pid].Relative: true},
		groups: map[int]bool{}, led: map[int]bool{},
	}
}

func pidsOf(found []Relative) string {
	var pids []string
	for _, r := range found {
		pids = append(pids, fmt.Sprint(r.PID))
	}
	return strings.Join(pids, " ")
}

func TestKinAreFoundByDescentAndOrphansByGroupAndSession(t *testing.T) {
	all := []string{
		"1 0 1 1 0 systemd", "50 1 50 50 1 systemd", // a user's manager
		"100 1 100 100 10 bash",
		"200 100 200 200 20 tmux:server",
		"210 200 210 210 30 bash", "211 210 211 210 31 make", "212 211 211 210 32 cc Z",
		"220 100 220 100 20 other",
	}
	for _, c := range []struct {
		what  string
		more  []string
		found string
	}{
		{"descendants that live", nil, "200 210 211"},
		{"an orphan of a group", []string{"300 1 211 210 100 cc"}, "200 210 211 300"},
		{"an orphan of a session, below a user's manager", []string{"300 50 299 210 101 cc"}, "200 210 211 300"},
		{"a child of an orphan", []string{"300 1 211 210 100 cc", "301 300 301 301 100 as"}, "200 210 211 300 301"},
		{"an orphan of a group from before", []string{"300 1 211 210 99 cc"}, "200 210 211 300"},
		{"an orphan in a stranger's group", []string{"230 200 100 100 40 job", "300 1 100 100 100 cc"}, "200 210 211 230 300"},
		{"an orphan in a stranger's group from before", []string{"230 200 100 100 40 job", "300 1 100 100 99 cc"}, "200 210 211 230"},
		{"another's orphan", []string{"300 1 220 100 100 cc"}, "200 210 211"},
		{"another's child in that group", []string{"300 100 211 100 100 cc"}, "200 210 211"},
		{"a child that is older than its parent, whose PID was used again", []string{"300 200 9 9 5 cc"}, "200 210 211"},
		{"what is left out", []string{"300 210 300 210 100 gorun", "301 300 300 210 100 sh"}, "200 210 211"},
	} {
		list := tree(t, append(slices.Clone(all), c.more...)...)
		without := 0
		if c.what == "what is left out" {
			without = 300
		}
		if got := pidsOf(kinOf(list, 200, 100, without).findIn(list)); got != c.found {
			t.Errorf("%s: found %s, want %s", c.what, got, c.found)
		}
	}
}

func TestKinThatWereFoundStayKinWhenTheirParentEnds(t *testing.T) {
	before := tree(t, "1 0 1 1 0 init", "200 1 200 200 20 sh", "210 200 210 210 30 sh", "211 210 211 211 31 daemon")
	k := kinOf(before, 200, 100, 0)
	k.findIn(before)
	after := tree(t, "1 0 1 1 0 init", "200 1 200 200 20 sh", "211 1 211 211 31 daemon", "210 1 9 9 40 other")
	if got := pidsOf(k.findIn(after)); got != "200 211" {
		t.Errorf("found %s", got)
	}
	// Also if all of them have ended but one.
	if got := pidsOf(k.findIn(tree(t, "1 0 1 1 0 init", "211 1 211 211 31 daemon", "230 211 211 211 90 sh"))); got != "211 230" {
		t.Errorf("found %s", got)
	}
}

func TestKinOfARealProcess(t *testing.T) {
	cmd := exec.Command("sh", "-c", "(sleep 60 & echo; wait) & sleep 60 & wait")
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	out.Read(make([]byte, 1))
	r, err := Identify(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	k, err := Follow(0, r)
	if err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	for {
		found, err := k.Find()
		if err != nil {
			t.Fatal(err)
		}
		if len(found) == 4 && slices.ContainsFunc(found, func(r Relative) bool { return r.PID == cmd.Process.Pid }) {
			for _, r := range found {
				p, err := os.FindProcess(r.PID)
				if err == nil {
					p.Kill()
				}
			}
			return
		}
	}
}

func TestNoProcessHasAPIDThatIsTooLarge(t *testing.T) {
	if _, err := Identify(1<<22 + 1); !errors.Is(err, unix.ESRCH) {
		t.Errorf("got %v", err)
	}
}
