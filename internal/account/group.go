package account

import (
	"errors"
	"fmt"
	"os/user"
	"strconv"
	"strings"

	"gorun/internal/helper"
)

// Group is an entry of the group database.
type Group struct {
	GID  int
	Name string
}

// GroupByName finds a group by name or, in decimal digits, by GID.
func GroupByName(name string) (Group, error) {
	gid, isNumber := number(name)
	return find("group", name, parseGroup, func(g Group) bool { return g.Name == name || isNumber && g.GID == gid })
}

// parseGroup reads a line of group(5):
//
//	audio:x:29:alice,bob
func parseGroup(line string) (Group, error) {
	fields, ok := fieldsOf(line, 4)
	if !ok {
		return Group{}, fmt.Errorf("not a line of group: %q", line)
	}
	gid, err := strconv.ParseUint(fields[2], 10, 32)
	if err != nil {
		return Group{}, fmt.Errorf("not a line of group: %q", line)
	}
	g := Group{GID: int(gid), Name: fields[0]}
	if !IsValid(g.GID) {
		return g, &InvalidError{"group " + g.Name, "GID", g.GID}
	}
	return g, nil
}

// Groups lists the user's groups as initgroups(3) does, with first in front.
func (u User) Groups(first int) ([]int, error) {
	listed, err := u.initgroups()
	if err != nil {
		return nil, fmt.Errorf("groups of %s: %w", u.Name, err)
	}
	groups := []int{first}
	for _, text := range listed {
		gid, err := strconv.ParseUint(text, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("groups of %s: %w", u.Name, err)
		}
		if !IsValid(int(gid)) {
			return nil, &InvalidError{"a group of user " + u.Name, "GID", int(gid)}
		}
		if int(gid) != first {
			groups = append(groups, int(gid))
		}
	}
	return groups, nil
}

// initgroups runs getent, or reads the files if it is not installed:
//
//	alice                 29 44 1000
//
// The name may have blanks.
func (u User) initgroups() ([]string, error) {
	out, err := getent("initgroups", "--", u.Name)
	var missing *helper.MissingError
	if errors.As(err, &missing) {
		return (&user.User{Username: u.Name, Gid: strconv.Itoa(u.GID)}).GroupIds()
	}
	if err != nil {
		return nil, err
	}
	return parseInitgroups(string(out), u.Name)
}

// parseInitgroups reads the groups from a line about a user.
func parseInitgroups(line, name string) ([]string, error) {
	gids, ok := strings.CutPrefix(line, name)
	if !ok || strings.Trim(gids[:min(1, len(gids))], " \n") != "" {
		return nil, fmt.Errorf("not a line of initgroups about %s: %q", name, line)
	}
	return strings.Fields(gids), nil
}
