package cgroup

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// namespaced runs helperFind in group g in a new cgroup namespace, and returns its
// output and PID. See helperNamespace for point and cover.
func namespaced(t *testing.T, g Group, point, cover string) (found string, pid int) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("a cgroup namespace needs root")
	}
	cmd := helper("namespace")
	var out bytes.Buffer
	cmd.Stdout = &out
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait() // a second call fails, which does no harm
	defer stdin.Close()
	move(t, cmd.Process.Pid, g)
	fmt.Fprintf(stdin, "%s\n%s\n", point, cover)
	if err := cmd.Wait(); strings.Contains(out.String(), unix.EPERM.Error()) {
		t.Skip("a cgroup namespace needs more rights than root has here")
	} else if err != nil {
		fmt.Fprintln(&out, err)
	}
	return out.String(), cmd.Process.Pid
}

// mountPoint makes a directory whose name the kernel escapes.
func mountPoint(t *testing.T) string {
	t.Helper()
	point := t.TempDir() + "/a mount"
	if err := os.Mkdir(point, 0o755); err != nil {
		t.Fatal(err)
	}
	return point
}

func TestRealNamespaceWithItsOwnMountIsFound(t *testing.T) {
	point := mountPoint(t)
	got, pid := namespaced(t, realGroup(t), point, "")
	if want := fmt.Sprintf("/ %s [%d]\n", point, pid); got != want {
		t.Errorf("found %q, want %q", got, want)
	}
}

// There the root of the mount from the parent namespace begins with /.. .
func TestRealNamespaceWithoutItsMountIsOutside(t *testing.T) {
	got, _ := namespaced(t, realGroup(t), "", "")
	if !strings.Contains(got, ErrOutside.Error()) {
		t.Errorf("found %q, want %q", got, ErrOutside)
	}
}

func TestRealMountUnderAnotherFileSystemIsIgnored(t *testing.T) {
	point := mountPoint(t)
	got, _ := namespaced(t, realGroup(t), point, point+"/..")
	if !strings.Contains(got, ErrOutside.Error()) {
		t.Errorf("found %q, want %q", got, ErrOutside)
	}
}
