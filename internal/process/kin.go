package process

import (
	"cmp"
	"errors"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// Kin are processes and those that descend from them, found anew by each [Kin.Find], while
// they start and end others.
//
// A process whose parent ends gets another one, and its descent cannot be seen any more. It is
// still found if it was found before, or if it is in a session or a process group that one of
// the others leads. If it was started since [Follow], it is also found in a process group that
// a stranger leads, as the shell of a script does. One that has become a daemon, in a session
// of its own, is not found.
type Kin struct {
	since   uint64 // when it began, as [StartTicks]
	without int    // a process that is left out, with those that it starts; 0 for none
	known   map[Relative]bool
	groups  map[int]bool // the process groups of those that were found
	led     map[int]bool // the process groups and sessions that one of them leads, or has led
}

// Relative is one process, which no other one is equal to.
type Relative struct {
	PID   int
	Start uint64 // as [StartTicks]
}

// stat is what a scan reads of each process.
type stat struct {
	Relative
	name                   string
	parent, group, session int
	ended                  bool // it is a zombie
}

// Identify finds the process that has a PID now. The error is [unix.ESRCH] if there is none.
func Identify(pid int) (Relative, error) {
	s, err := readRelative(pid)
	return s.Relative, err
}

// Follow begins with some processes, which may have ended. What the process without has started
// is left out, and so is that itself; 0 means none.
func Follow(without int, list ...Relative) (*Kin, error) {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &now); err != nil {
		return nil, os.NewSyscallError("clock_gettime", err)
	}
	k := &Kin{
		since: uint64(now.Nano()) / (1e9 / TicksPerSecond), without: without,
		known: map[Relative]bool{}, groups: map[int]bool{}, led: map[int]bool{},
	}
	for _, r := range list {
		k.known[r] = true
	}
	return k, nil
}

// Find lists those that live, in the order of their PIDs. Zombies are left out. It looks at all
// processes one after the other: one that is started meanwhile, by one that then ends, can be
// missed. The next call finds it.
func (k *Kin) Find() ([]Relative, error) {
	list, err := scan()
	if err != nil {
		return nil, err
	}
	return k.findIn(list), nil
}

// findIn finds them among all processes.
func (k *Kin) findIn(list map[int]stat) (found []Relative) {
	for more := true; more; { // what is found may show more: its children, and its group's orphans
		more = false
		for _, s := range list {
			if !k.known[s.Relative] && !k.isLeftOut(list, s) && k.isOne(list, s) {
				k.known[s.Relative], more = true, true
			}
			if k.known[s.Relative] {
				k.groups[s.group] = true
				k.led[s.PID] = k.led[s.PID] || s.group == s.PID // the leader of a session leads a group
			}
		}
	}
	for _, s := range list {
		if k.known[s.Relative] && !s.ended {
			found = append(found, s.Relative)
		}
	}
	slices.SortFunc(found, func(a, b Relative) int { return cmp.Compare(a.PID, b.PID) })
	maps.DeleteFunc(k.known, func(r Relative, _ bool) bool { return list[r.PID].Relative != r })
	return found
}

// isOne reports whether a process is a child of one that is known, or an orphan of theirs.
func (k *Kin) isOne(list map[int]stat, s stat) bool {
	parent := list[s.parent]
	if k.known[parent.Relative] && parent.Start <= s.Start {
		return true
	}
	isOrphan := s.parent == 1 || parent.name == "systemd" // PID 1, or a user's manager
	return isOrphan && (k.led[s.group] || k.led[s.session] || s.Start >= k.since && k.groups[s.group])
}

// isLeftOut reports whether a process is the one that is left out, or was started by it. No way
// up is longer than the list.
func (k *Kin) isLeftOut(list map[int]stat, s stat) bool {
	for range list {
		if s.PID == k.without {
			return true
		}
		parent, ok := list[s.parent]
		if !ok {
			return false
		}
		s = parent
	}
	return false
}

// scan reads the stat of all processes. It reads each as soon as it has its PID: the PIDs
// ascend, and those of new processes mostly come later in the list.
func scan() (map[int]stat, error) {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	list := map[int]stat{}
	for {
		const few = 64
		names, err := dir.Readdirnames(few)
		for _, name := range names {
			pid, err := strconv.Atoi(name)
			if err != nil {
				continue // another entry
			}
			if s, err := readRelative(pid); err == nil { // else it has ended
				list[pid] = s
			}
		}
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// readRelative reads one process. The error is [unix.ESRCH] if there is none.
func readRelative(pid int) (stat, error) {
	text, err := readStat(pid)
	if err != nil {
		return stat{}, err
	}
	return parseRelative(pid, text)
}

// parseRelative reads /proc/PID/stat; see splitStat.
func parseRelative(pid int, text []byte) (s stat, err error) {
	name, fields, err := splitStat(text)
	if err != nil {
		return stat{}, err
	}
	s.PID, s.name = pid, name
	for i, field := range []*int{&s.parent, &s.group, &s.session} {
		if *field, err = strconv.Atoi(fields[1+i]); err != nil {
			return stat{}, err
		}
	}
	if s.Start, err = parseStartTicks(text); err != nil {
		return stat{}, err
	}
	const threads = 17 // num_threads; the first thread may end before the others
	s.ended = (fields[0] == "Z" || fields[0] == "X") && (fields[threads] == "0" || fields[threads] == "1")
	return s, nil
}
