package main

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// snapshot lists what gorun may leave behind or take away: units of the user's manager, cgroups
// of scopes, processes, files, IPC objects, and who lingers. It is sorted.
type snapshot []string

func takeSnapshot() (s snapshot, err error) {
	for _, kind := range []struct {
		name string
		list func() ([]string, error)
	}{
		{"unit", units}, {"cgroup", scopeGroups}, {"process", processes}, {"file", files}, {"IPC object", objects}, {"lingering", lingering},
	} {
		list, err := kind.list()
		if err != nil {
			return nil, fmt.Errorf("%ss: %w", kind.name, err)
		}
		for _, item := range list {
			s = append(s, kind.name+" "+item)
		}
	}
	slices.Sort(s)
	return s, nil
}

// calmSnapshot waits until the lease of the runs before has been given back. What they leave for
// later ones, such as the lease's script, is in the snapshot.
func calmSnapshot() (snapshot, error) {
	for deadline := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		s, err := takeSnapshot()
		if err != nil || !slices.ContainsFunc(s, func(item string) bool { return strings.HasPrefix(item, "unit gorun-") }) {
			return s, err
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("a run without a fault leaves %q", s)
		}
	}
}

// difference says what is in only one of two snapshots.
func difference(before, after snapshot) (list []string) {
	for _, item := range after {
		if _, found := slices.BinarySearch(before, item); !found {
			list = append(list, "left: "+item)
		}
	}
	for _, item := range before {
		if _, found := slices.BinarySearch(after, item); !found {
			list = append(list, "gone: "+item)
		}
	}
	return list
}

// patience is how long the manager may take to forget what has ended.
const patience = 30 * time.Second

// awaitSnapshot waits until all is as before. It returns what is not.
func awaitSnapshot(before snapshot, patience time.Duration) (list []string) {
	for deadline := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		after, err := takeSnapshot()
		if err != nil {
			list = []string{err.Error()}
		} else if list = difference(before, after); len(list) == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return list
		}
	}
}

// units lists gorun's units, and all that have failed, with their states.
func units() (list []string, err error) {
	for _, args := range [][]string{{"--all", "gorun-*", "kept-*"}, {"--failed"}} {
		out, err := exec.Command("systemctl", slices.Concat([]string{"--user", "list-units", "--plain", "--no-legend"}, args)...).Output()
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(out)) {
			list = append(list, strings.Join(strings.Fields(line)[:4], " "))
		}
	}
	return list, nil
}

// scopeGroups lists the cgroups of scopes of this user's manager.
func scopeGroups() (list []string, err error) {
	root := fmt.Sprintf("/sys/fs/cgroup/user.slice/user-%d.slice/user@%[1]d.service", os.Getuid())
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return nil // it has just gone
		}
		if strings.HasSuffix(path, ".scope") && d.Name() != "init.scope" { // that one is the manager's own
			procs, _ := os.ReadFile(path + "/cgroup.procs") // it may have just gone
			list = append(list, fmt.Sprintf("%s with processes %q", strings.TrimPrefix(path, root), strings.Fields(string(procs))))
		}
		return nil
	})
	return list, err
}

// processes lists the user's processes that gorun may have started or ended. The program's own
// children have ended.
func processes() (list []string, err error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || e.Name()[0] < '0' || e.Name()[0] > '9' || !isOwn(info) || e.Name() == fmt.Sprint(os.Getpid()) {
			continue
		}
		name, err := os.ReadFile("/proc/" + e.Name() + "/comm")
		if err == nil && !slices.Contains(passing, strings.TrimSpace(string(name))) {
			list = append(list, e.Name()+" "+strings.TrimSpace(string(name)))
		}
	}
	return list, nil
}

// isOwn reports whether the user owns a file.
func isOwn(info fs.FileInfo) bool { return int(info.Sys().(*syscall.Stat_t).Uid) == os.Getuid() }

// passing are the names of processes that come and go by themselves.
var passing = []string{"systemctl", "(sd-pam)", "systemd", "dbus-daemon", "sshd", "sshd-session", "sleep"}

// files lists gorun's files, and all that lies where they are.
func files() (list []string, err error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return nil, err
	}
	runtime := os.Getenv("XDG_RUNTIME_DIR")
	for _, dir := range []string{runtime + "/gorun", runtime + "/systemd/transient", home + "/.local/state/gorun", "/dev/shm"} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				list = append(list, path)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

// objects lists the IPC objects of System V.
func objects() (list []string, err error) {
	for _, kind := range []string{"msg", "sem", "shm"} {
		data, err := os.ReadFile("/proc/sysvipc/" + kind)
		if err != nil {
			return nil, err
		}
		for i, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
			if words := strings.Fields(line); i > 0 {
				list = append(list, kind+" "+words[0]+" "+words[1])
			}
		}
	}
	return list, nil
}

// lingering lists the users who linger.
func lingering() (list []string, err error) {
	entries, err := os.ReadDir("/var/lib/systemd/linger")
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list, err
}
