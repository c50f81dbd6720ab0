package cgroup

import "testing"

func TestContains(t *testing.T) {
	for _, c := range []struct {
		outer, inner string
		want         bool
	}{
		{"/a", "/a", true},
		{"/a", "/a/b", true},
		{"/a", "/ab", false},
		{"/a/b", "/a", false},
		{"/", "/", true},
		{"/", "/a", true},
		{"/..", "/../a", true},
		{"", "/a", false},
		{"", "", false},
	} {
		if got := Contains(c.outer, c.inner); got != c.want {
			t.Errorf("%q, %q: got %t", c.outer, c.inner, got)
		}
	}
}
