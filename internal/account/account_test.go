package account

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
)

func TestRootIsFoundByNameAndByNumber(t *testing.T) {
	for _, name := range []string{"root", "0"} {
		u, err := ByName(name)
		if err != nil || u.UID != 0 || u.Name != "root" || u.Home == "" {
			t.Errorf("%s: got %+v, %v", name, u, err)
		}
		g, err := GroupByName(name)
		if err != nil || g != (Group{0, "root"}) {
			t.Errorf("%s: got %+v, %v", name, g, err)
		}
	}
	u, err := ByUID(os.Getuid())
	if err != nil || u.UID != os.Getuid() {
		t.Errorf("got %+v, %v", u, err)
	}
	if groups, err := u.Groups(4711); err != nil || groups[0] != 4711 {
		t.Errorf("groups %v, %v", groups, err)
	}
}

func TestUnknownUserOrGroupIsAnUnknownError(t *testing.T) {
	var unknown *UnknownError
	if _, err := ByName("no such user"); !errors.As(err, &unknown) || err.Error() != "no such user: no such user" {
		t.Errorf("got %v", err)
	}
	if _, err := GroupByName("-h"); !errors.As(err, &unknown) || err.Error() != "no such group: -h" {
		t.Errorf("got %v", err)
	}
}

// getent(1) takes all of these for numbers, and cuts off the excess bits.
func TestInvalidNumbersAreUnknown(t *testing.T) {
	for _, name := range []string{"4294967295", "65535", "4294967296", "18446744073709551616", "-1", "+0", "00", " 0", "0 ", "", "-0"} {
		var unknown *UnknownError
		if u, err := ByName(name); !errors.As(err, &unknown) {
			t.Errorf("user %q: got %+v, %v", name, u, err)
		}
		if g, err := GroupByName(name); !errors.As(err, &unknown) {
			t.Errorf("group %q: got %+v, %v", name, g, err)
		}
	}
}

func TestPlaceholderHomesAndShellsAreEmpty(t *testing.T) {
	for _, c := range []struct{ u, want User }{
		{User{Home: "/home/alice", Shell: "/bin/bash"}, User{Home: "/home/alice", Shell: "/bin/bash"}},
		{User{Home: "/", Shell: "/usr/sbin/nologin"}, User{}},
		{User{Home: "", Shell: "/bin/false"}, User{}},
	} {
		if home, shell := c.u.HomeAndShell(); home != c.want.Home || shell != c.want.Shell {
			t.Errorf("%+v: got %q, %q", c.u, home, shell)
		}
	}
}

func TestParsePasswd(t *testing.T) {
	u, err := parsePasswd("alice:x:1000:1001:Alice,,,:/home/alice:/bin/bash")
	if err != nil || u != (User{1000, 1001, "alice", "/home/alice", "/bin/bash"}) {
		t.Errorf("got %+v, %v", u, err)
	}
	for _, line := range []string{"", "alice", "alice:x:x:1000::/home/alice:/bin/bash", ":x:1000:1000::/:/bin/sh", "+::::::"} {
		if u, err := parsePasswd(line); err == nil {
			t.Errorf("%q: got %+v", line, u)
		}
	}
}

// The manual page of passwd(5) allows few characters, directory services nearly all.
func TestNamesMayHaveAnyPrintableCharacter(t *testing.T) {
	names := []string{"Alice Smith", "x ", "jürgen", "алиса", "a  b"}
	for c := ' '; c < 127; c++ {
		if c != ':' {
			names = append(names, "a"+string(c)+"b")
		}
	}
	for _, name := range names {
		u, err := parsePasswd(name + ":x:1000:1001::/home/x:/bin/sh\n")
		if err != nil || u.Name != name {
			t.Errorf("%q: got %+v, %v", name, u, err)
		}
		groups, err := parseInitgroups(fmt.Sprintf("%-21s 29 44 1001\n", name), name)
		if err != nil || strings.Join(groups, ",") != "29,44,1001" {
			t.Errorf("%q: groups %q, %v", name, groups, err)
		}
	}
	if groups, err := parseInitgroups("nobody               \n", "nobody"); err != nil || len(groups) != 0 {
		t.Errorf("no groups: got %q, %v", groups, err)
	}
	if groups, err := parseInitgroups("alice 29\n", "bob"); err == nil {
		t.Errorf("another user's: got %q", groups)
	}
}

// As "getent passwd" does on glibc.
func TestCommentsAndCompatEntriesAreNoUsers(t *testing.T) {
	for _, line := range []string{"#bob:x:1001:1001::/:/bin/sh", " # bob:x:1001:1001::/:/bin/sh", "+bob:x:1001:1001::/:/bin/sh", "-bob:x:1001:1001::/:/bin/sh", "+::::::"} {
		if u, err := parsePasswd(line); err == nil {
			t.Errorf("%q: got %+v", line, u)
		}
	}
	if u, err := parsePasswd(" \tbob:x:1001:1001::/:/bin/sh"); err != nil || u.Name != "bob" {
		t.Errorf("blanks in front: got %+v, %v", u, err)
	}
}

func TestArgumentCanBeCopiedToAShell(t *testing.T) {
	for name, want := range map[string]string{"alice": "alice", "a.b_c-d": "a.b_c-d", "Alice Smith": "1000", "1234": "1000", "-x": "1000", "a$b": "1000", "é": "1000", "a'b": "1000"} {
		if got := (User{UID: 1000, Name: name}).Argument(); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

func TestEntriesWithInvalidNumbersAreRefused(t *testing.T) {
	for _, line := range []string{"eve:x:4294967295:1000::/:/bin/sh", "eve:x:65535:1000::/:/bin/sh", "eve:x:1000:4294967295::/:/bin/sh", "eve:x:1000:65535::/:/bin/sh"} {
		var invalid *InvalidError
		if u, err := parsePasswd(line); !errors.As(err, &invalid) || !strings.HasPrefix(err.Error(), "user eve has an invalid ") {
			t.Errorf("%s: got %+v, %v", line, u, err)
		}
	}
	for _, line := range []string{"eves:x:4294967295:", "eves:x:65535:"} {
		var invalid *InvalidError
		if g, err := parseGroup(line); !errors.As(err, &invalid) || !strings.HasPrefix(err.Error(), "group eves has an invalid GID: ") {
			t.Errorf("%s: got %+v, %v", line, g, err)
		}
	}
	for _, id := range []int{0, 1000, 65534, 65536, 4294967294} {
		if !IsValid(id) {
			t.Errorf("%d is not valid", id)
		}
	}
}
