package embedded

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
)

// wanted are the controllers that a run has for its figures, if that costs nothing.
var wanted = []string{"memory", "pids"}

// delegated is the name of a group that is used rather than the one that it is in: an
// administrator has made it for runs, and given it controllers.
const delegated = "gorun"

// place is the group in which a run's group is made.
type place struct {
	parent cgroup.Group
	lacks  map[string]string // controllers that are needed, and why they are missing
}

// findPlace finds the place that has the controllers: in the caller's group or, if that cannot
// share its controllers, in the nearest above. If none has all, it is the nearest in which a group
// may be made. The error says why there is none.
func findPlace(needed []string) (place, error) {
	own, err := cgroup.Of(0)
	if err != nil {
		return place{}, err
	}
	may := usable()
	var nearest *place
	for at, ok := own, true; ok; at, ok = at.Parent() {
		if why := may(at); why != nil {
			if err == nil {
				err = why
			}
			continue
		}
		for _, parent := range []cgroup.Group{below(at, delegated), at} {
			if may(parent) != nil {
				continue
			}
			p := place{parent, lacking(parent, needed)}
			if len(p.lacks) == 0 {
				return p, nil
			}
			if nearest == nil {
				nearest = &p
			}
		}
	}
	if nearest == nil {
		return place{}, err
	}
	return *nearest, nil
}

// below is the group of a name below another one, which may not exist.
func below(g cgroup.Group, name string) cgroup.Group {
	return cgroup.Group{Dir: filepath.Join(g.Dir, name), Path: strings.TrimSuffix(g.Path, "/") + "/" + name}
}

// lacking enables controllers for the groups below one, and says why some cannot be.
func lacking(parent cgroup.Group, needed []string) map[string]string {
	enabled, _ := parent.Enabled() // what cannot be read is tried
	lacks := map[string]string{}
	for _, controller := range needed {
		if slices.Contains(enabled, controller) {
			continue
		}
		err := error(unix.EBUSY)
		if mayShare(parent) {
			err = parent.Enable(controller)
		}
		if err != nil {
			lacks[controller] = whyLacking(parent, controller, err)
		}
	}
	return lacks
}

// mayShare reports whether a group can give controllers to those below it and is no process's own:
// the root, or a group without processes. The kernel would let some controllers be shared by a
// group with processes, which then takes no other group's (a thread root, cgroup-v2.rst).
func mayShare(g cgroup.Group) bool {
	if _, err := os.Stat(filepath.Join(g.Dir, "cgroup.type")); errors.Is(err, fs.ErrNotExist) {
		return true // the root
	}
	procs, err := os.ReadFile(filepath.Join(g.Dir, "cgroup.procs"))
	return err == nil && len(procs) == 0
}

// enableWanted enables the controllers for the figures where no process is disturbed by that.
func (p place) enableWanted() {
	available, _ := p.parent.Controllers() // without an answer, none
	for _, controller := range wanted {
		if slices.Contains(available, controller) {
			lacking(p.parent, []string{controller}) // without it, a figure is missing
		}
	}
}

// whyLacking says why a controller cannot be enabled.
func whyLacking(parent cgroup.Group, controller string, err error) string {
	available, _ := parent.Controllers() // without an answer, none
	isThere := slices.Contains(available, controller)
	switch {
	case errors.Is(err, unix.EBUSY) && isThere:
		return fmt.Sprintf("the cgroup %s has processes of its own, and so cannot share its %s controller", parent.Path, controller)
	case isVersion1(controller):
		return fmt.Sprintf("the %s controller belongs to cgroup v1 on this machine", controller)
	case !isThere:
		return fmt.Sprintf("the cgroup %s does not have the %s controller", parent.Path, controller)
	}
	return fmt.Sprintf("the %s controller cannot be enabled in the cgroup %s: %v", controller, parent.Path, errnoOf(err))
}

// errnoOf is what the system says, without the name of the file.
func errnoOf(err error) error {
	var errno unix.Errno
	if errors.As(err, &errno) {
		return errno
	}
	return err
}

// isVersion1 reports whether a controller is in a hierarchy of cgroup v1:
//
//	8:pids:/
//	2:cpu,cpuacct:/
func isVersion1(controller string) bool {
	data, _ := os.ReadFile("/proc/self/cgroup") // without it nothing is known
	for line := range strings.Lines(string(data)) {
		if fields := strings.SplitN(line, ":", 3); len(fields) == 3 && slices.Contains(strings.Split(fields[1], ","), controller) {
			return true
		}
	}
	return false
}

// makeGroup makes a group of a name. One of that name is not used: what an earlier run has left has
// been removed with its record. The error is an [*ExistsError] if it has processes: nobody can note
// them, or they were noted where this environment does not look.
func (p place) makeGroup(name string) (cgroup.Group, error) {
	made, err := p.parent.Make(name)
	if errors.Is(err, os.ErrExist) && isPopulated(made) {
		return made, &ExistsError{Unit: name, Unknown: made}
	}
	if errors.Is(err, os.ErrExist) {
		return made, fmt.Errorf("%s exists, and no run of gorun's is known there; 'rmdir %s' removes it if it is empty", made.Path, made.Dir)
	}
	if err != nil {
		return made, err
	}
	if kind, _ := os.ReadFile(filepath.Join(made.Dir, "cgroup.type")); strings.TrimSpace(string(kind)) != "domain" {
		made.Remove() // it is empty
		return made, fmt.Errorf("a cgroup in %s is %q, and takes no process", p.parent.Path, strings.TrimSpace(string(kind)))
	}
	return made, nil
}

// Look says, without changing anything, in which group a run's own group would be made, and which
// controllers its limits could have, of version 2 or 1.
func Look() (at string, controllers []string, err error) {
	p, err := findPlace(nil)
	if err != nil {
		return "", nil, err
	}
	own, err := cgroup.Of(0)
	if err != nil {
		return "", nil, err
	}
	may := usable()
	for at, ok := own, true; ok; at, ok = at.Parent() {
		for _, parent := range []cgroup.Group{below(at, delegated), at} {
			if may(parent) != nil || may(at) != nil {
				continue
			}
			list, _ := parent.Enabled() // what cannot be read is not there
			if mayShare(parent) {
				list, _ = parent.Controllers()
			}
			controllers = append(controllers, list...)
		}
	}
	for controller, dir := range legacyRoots() {
		if slices.Contains(legacyControllers, controller) && unix.Access(dir, unix.W_OK) == nil {
			controllers = append(controllers, controller)
		}
	}
	slices.Sort(controllers)
	return p.parent.Path, slices.Compact(controllers), nil
}
