package embedded

import (
	"strings"
	"testing"
)

// A group of a process is in the hierarchy that is mounted, or not used.
func FuzzParseLegacy(f *testing.F) {
	f.Add("/", "/user/7")
	f.Add("/user", "/user7")
	f.Add("/", "/../../memory")
	f.Add("/a/..", "/a/../b")
	f.Fuzz(func(t *testing.T, root, path string) {
		if len(strings.Fields("a"+root+path+"a")) != 1 || root == "" {
			return
		}
		const point = "/sys/fs/cgroup/memory"
		mounts := "35 31 0:32 " + root + " " + point + " rw,relatime - cgroup cgroup rw,memory\n"
		for controller, dir := range parseLegacy(mounts, "4:memory:"+path+"\n") {
			if dir != point && !strings.HasPrefix(dir, point+"/") || controller != "memory" {
				t.Errorf("%q below %q is %s of %s", path, root, dir, controller)
			}
			if strings.TrimRight(path, "/") == strings.TrimRight(root, "/") && dir != point {
				t.Errorf("the root %q is %s", root, dir)
			}
		}
	})
}
