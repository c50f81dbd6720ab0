package cgroup

import (
	"errors"
	"testing"
)

func TestParseMounts(t *testing.T) {
	const (
		hybrid = "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n"
		pure   = "31 23 0:27 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot\n"
	)
	testParser(t, parseMounts, []parserTest[[]mount]{
		{name: "hybrid host", file: "proc/mountinfo-hybrid", want: []mount{{"/", "/sys/fs/cgroup/unified"}}},
		{name: "new namespaces", file: "proc/mountinfo-namespace",
			want: []mount{{"/../..", "/sys/fs/cgroup/unified"}, {"/", "/tmp/m n"}, {"/", "/mnt"}}},
		{name: "v2 host", text: pure, want: []mount{{"/", "/sys/fs/cgroup"}}},
		{name: "bind mount", text: "9 8 0:27 /system.slice/docker-7.scope /sys/fs/cgroup ro shared:1 master:2 - cgroup2 cgroup rw\n",
			want: []mount{{"/system.slice/docker-7.scope", "/sys/fs/cgroup"}}},
		{name: "escapes", text: `9 8 0:27 /a\040b /m\011n\134\012\0400\477 rw - cgroup2 none rw` + "\n",
			want: []mount{{"/a b", "/m\tn\\\n 0\\477"}}},
		{name: "empty source", text: "9 8 0:27 / /m rw - cgroup2  rw\n", want: []mount{{"/", "/m"}}},
		{name: "later one hides", text: "9 8 0:27 /a /m rw - cgroup2 none rw\n10 9 0:27 /b /m rw - cgroup2 none rw\n",
			want: []mount{{"/b", "/m"}}},
		{name: "other file systems", text: "22 27 0:21 / /cgroup2 rw - proc cgroup2 rw\n9 8 0:9 / /x rw - cgroup cgroup2 rw\n"},
		{name: "no mounts", text: ""},
		{name: "too short", text: pure + "9 8 0:27 / - cgroup2 none rw\n", err: "line 2"},
		{name: "relative", text: "9 8 0:27 x /m rw - cgroup2 none rw\n", err: `line 1 "9 8 0:27 x /m rw - cgroup2 none rw": want root`},
	})
}

func TestDirectoryOfAGroupFromItsPath(t *testing.T) {
	namespace := []mount{{"/../..", "/sys/fs/cgroup/unified"}, {"/", "/m"}}
	tests := []struct {
		name   string
		mounts []mount
		path   string
		want   string // empty for ErrOutside
	}{
		{"root", []mount{{"/", "/sys/fs/cgroup"}}, "/", "/sys/fs/cgroup"},
		{"group", []mount{{"/", "/sys/fs/cgroup"}}, "/user.slice/x y.scope", "/sys/fs/cgroup/user.slice/x y.scope"},
		{"bind mount, at its root", []mount{{"/a/b", "/m"}}, "/a/b", "/m"},
		{"bind mount, below", []mount{{"/a/b", "/m"}}, "/a/b/c", "/m/c"},
		{"bind mount, beside", []mount{{"/a/b", "/m"}}, "/a/bc", ""},
		{"bind mount, above", []mount{{"/a/b", "/m"}}, "/a", ""},
		{"bind mount, and a whole one", []mount{{"/a/b", "/m"}, {"/", "/n"}}, "/c", "/n/c"},
		{"own group in a namespace", namespace, "/", "/m"},
		{"group in a namespace", namespace, "/x/y", "/m/x/y"},
		{"root of the host seen from a namespace", namespace, "/../..", "/sys/fs/cgroup/unified"},
		{"host's group seen from a namespace", namespace, "/../../init.scope", "/sys/fs/cgroup/unified/init.scope"},
		{"beside the namespace, name of the parent unknown", namespace, "/../x", ""},
		{"own group, names unknown", namespace[:1], "/", ""},
		{"outside of the container", []mount{{"/", "/sys/fs/cgroup"}}, "/../x", ""},
		{"further up than the mount", namespace[:1], "/../../../x", ""},
		{"never above the mount point", []mount{{"/", "/m"}}, "/a/../../etc", ""},
		{"a name that begins with dots", []mount{{"/", "/m"}}, "/..x", "/m/..x"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := directory(tt.mounts, tt.path)
			if got != tt.want || errors.Is(err, ErrOutside) != (tt.want == "") {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestMountUnderAnotherFileSystemIsHidden(t *testing.T) {
	if !(mount{"/", t.TempDir()}).hidden() {
		t.Error("a directory of another file system is taken for a mount of cgroup2")
	}
	if !(mount{"/", t.TempDir() + "/none"}).hidden() {
		t.Error("a missing directory is taken for a mount of cgroup2")
	}
}

func TestAtRefusesARelativePath(t *testing.T) {
	for _, path := range []string{"", "user.slice"} {
		if _, err := At(path); err == nil {
			t.Errorf("At(%q) returned no error", path)
		}
	}
}

func TestNameIsTheLastElementOfThePath(t *testing.T) {
	tests := []struct {
		group Group
		want  string
	}{
		{Group{Dir: "/sys/fs/cgroup/a.slice/b.scope", Path: "/a.slice/b.scope"}, "b.scope"},
		{Group{Dir: "/sys/fs/cgroup", Path: "/"}, "/"},
		{Group{Dir: "/sys/fs/cgroup/a.slice"}, "a.slice"},
	}
	for _, tt := range tests {
		if got := tt.group.Name(); got != tt.want {
			t.Errorf("%+v has the name %q, want %q", tt.group, got, tt.want)
		}
	}
}

func BenchmarkOf(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Of(0); err != nil {
			b.Skip(err)
		}
	}
}
