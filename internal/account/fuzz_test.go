package account

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

// An entry is one line, and its parts are those of the line.
func FuzzParse(f *testing.F) {
	f.Add("alice:x:1000:1000:Alice,,,:/home/alice:/bin/bash")
	f.Add("audio:x:29:alice,bob")
	f.Add("alice:x:1000:1000::/:/bin/sh\nroot:x:0:0::/:/bin/sh\n")
	f.Fuzz(func(t *testing.T, line string) {
		if u, err := parsePasswd(line); err == nil {
			if u.Name == "" || !IsValid(u.UID) || !IsValid(u.GID) {
				t.Errorf("%q: %+v", line, u)
			}
			for _, part := range []string{u.Name, u.Home, u.Shell} {
				if strings.ContainsAny(part, ":\n") || !strings.Contains(line, part) {
					t.Errorf("%q has the part %q", line, part)
				}
			}
			u.Argument()
			if home, _ := u.HomeAndShell(); home != "" && !strings.HasPrefix(home, "/") {
				t.Errorf("%q has the home %q", line, home)
			}
		}
		if g, err := parseGroup(line); err == nil && (g.Name == "" || strings.ContainsAny(g.Name, ":\n") || !IsValid(g.GID)) {
			t.Errorf("%q: %+v", line, g)
		}
	})
}

// The groups are those of the user who was asked about, not of one whose name begins the same.
func FuzzParseInitgroups(f *testing.F) {
	f.Add("alice                 29 44 1000\n", "alice")
	f.Add("alice2 29", "alice")
	f.Add("Alice Smith", "Alice Smith")
	f.Fuzz(func(t *testing.T, line, name string) {
		gids, err := parseInitgroups(line, name)
		if err != nil {
			return
		}
		if !slices.Equal(strings.Fields(name+" "+strings.Join(gids, " ")), strings.Fields(line)) {
			t.Errorf("%q has the groups %q of %q", line, gids, name)
		}
	})
}

func FuzzNumber(f *testing.F) {
	for _, text := range []string{"0", "00", "+1", "1000", "65535", "4294967295", "4294967296", "1_0"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if id, ok := number(text); ok && (strconv.Itoa(id) != text || !IsValid(id) || !isDigits(text)) {
			t.Errorf("%q is taken for %d", text, id)
		}
	})
}

// A user of a namespace is a user outside of it.
func FuzzOutside(f *testing.F) {
	f.Add("         0       1000          1\n         1     100000      65536\n", 5)
	f.Add("0 4294967295 4294967295\n", 1<<31)
	f.Add("0 9223372036854775807 9\n", 1)
	f.Fuzz(func(t *testing.T, m string, uid int) {
		if outer, ok := outside(strings.NewReader(m), uid); ok && (outer < 0 || uid < 0) {
			t.Errorf("%d in %q is %d", uid, m, outer)
		}
	})
}
