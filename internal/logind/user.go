package logind

import (
	"fmt"
	"os/exec"
	"os/user"
	"strconv"
	"strings"
)

// User is an account.
type User struct {
	UID  int
	Name string
	Home string // from the user database, not from the environment
}

// LookUp finds the account of a UID. logind is asked first, then the files of the
// user database, then getent(1): a static program has no NSS of its own. The
// environment is not asked: after su(1) it may name somebody else.
func LookUp(uid int) (User, error) {
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return User{uid, u.Username, u.HomeDir}, nil
	}
	line, err := exec.Command("getent", "passwd", strconv.Itoa(uid)).Output()
	if err != nil {
		return User{}, fmt.Errorf("look up UID %d: no such user", uid)
	}
	return parsePasswd(uid, strings.TrimSpace(string(line)))
}

// parsePasswd reads a line of passwd(5):
//
//	alice:x:1000:1000:Alice,,,:/home/alice:/bin/bash
func parsePasswd(uid int, line string) (User, error) {
	fields := strings.Split(line, ":")
	if len(fields) < 7 || fields[0] == "" || fields[2] != strconv.Itoa(uid) {
		return User{}, fmt.Errorf("look up UID %d: not a line of passwd: %q", uid, line)
	}
	return User{uid, fields[0], fields[5]}, nil
}

// nameOf is logind's name for a user that it knows, for which no database has to
// be read.
func nameOf(uid int) (string, bool) {
	name := userState(uid)["NAME"]
	return name, name != ""
}
