package scope

import (
	"path"

	"gorun/cgroup"
)

// placed makes sure that the processes are in the scope: a job is done also when
// a condition of the unit failed, and then nothing was moved. It returns the
// scope's cgroup, as in /proc/PID/cgroup.
func placed(spec Spec) (group string, err error) {
	if len(spec.PIDs) == 0 {
		return placedPID(spec.Unit, 0)
	}
	for _, pid := range spec.PIDs {
		if group, err = placedPID(spec.Unit, pid); err != nil {
			return "", err
		}
	}
	return group, nil
}

func placedPID(unit string, pid int) (string, error) {
	group, err := cgroup.PathOf(pid)
	if err != nil {
		return "", err
	}
	// Names that the kernel's files have, too, get an underscore (cg_escape in
	// cgroup-util.c).
	if base := path.Base(group); base != unit && base != "_"+unit {
		return "", &NotPlacedError{Unit: unit, PID: pid, Cgroup: group}
	}
	return group, nil
}
