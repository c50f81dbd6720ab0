package account

import (
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"

	"gorun/internal/helper"
	"gorun/internal/smallfile"
)

// User is an entry of the user database.
type User struct {
	UID, GID int
	Name     string
	Home     string
	Shell    string
}

// ByUID finds the user with a UID.
func ByUID(uid int) (User, error) {
	return find("passwd", strconv.Itoa(uid), parsePasswd, func(u User) bool { return u.UID == uid })
}

// ByName finds a user by name or, in decimal digits, by UID.
func ByName(name string) (User, error) {
	if uid, ok := number(name); ok {
		return ByUID(uid)
	}
	return find("passwd", name, parsePasswd, func(u User) bool { return u.Name == name })
}

// HomeAndShell returns the user's home directory and shell. It returns empty strings for
// placeholders, as system users have them.
func (u User) HomeAndShell() (home, shell string) {
	home, shell = u.Home, u.Shell
	if !strings.HasPrefix(home, "/") || strings.Trim(home, "/") == "" {
		home = ""
	}
	switch path.Base(shell) {
	case "nologin", "false", "true", ".", "/":
		shell = ""
	}
	return home, shell
}

// find looks a line up in /etc/DATABASE, then with getent.
func find[T any](database, key string, parse func(string) (T, error), wanted func(T) bool) (T, error) {
	data, err := smallfile.Read("/etc/" + database)
	if err == nil { // otherwise only getent is used
		for line := range strings.Lines(string(data)) {
			entry, err := parse(line)
			var invalid *InvalidError
			if (err == nil || errors.As(err, &invalid)) && wanted(entry) {
				return entry, err
			}
		}
	}
	var none T
	out, err := getent(database, "--", key)
	var exit *helper.ExitError
	var missing *helper.MissingError
	if errors.As(err, &exit) && exit.ExitCode() == notFound || errors.As(err, &missing) {
		return none, &UnknownError{Database: database, Key: key}
	}
	var entry T
	if err == nil {
		entry, err = parse(string(out))
	}
	switch {
	case err != nil:
		return none, fmt.Errorf("look up %s in %s: %w", key, database, err)
	case isDigits(key) && !wanted(entry):
		return none, &UnknownError{Database: database, Key: key}
	}
	return entry, nil
}

// number reads a UID or GID as systemd does (parse_uid in user-util.c): without a
// sign, and without a leading zero, which may be meant as octal.
func number(text string) (id int, ok bool) {
	n, err := strconv.ParseUint(text, 10, 32)
	return int(n), err == nil && (text == "0" || text[0] != '0') && IsValid(int(n))
}

// isDigits reports whether getent(1) takes key for a number. It cuts off the excess bits,
// so 4294967296 would be root, and the entry has to be checked. An entry for a name is
// trusted.
func isDigits(key string) bool { return strings.Trim(key, " \t\n+-0123456789") == "" }

// UnknownError means that the user database has no such entry.
type UnknownError struct {
	Database string // passwd or group
	Key      string // a name or a number
}

func (e *UnknownError) Error() string {
	return map[string]string{"passwd": "no such user: ", "group": "no such group: "}[e.Database] + e.Key
}

// Argument names the user in a command line that is shown to people: the UID if a shell
// or a program would take the name for something else.
func (u User) Argument() string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"
	if strings.Trim(u.Name, plain) != "" || isDigits(u.Name) || u.Name[0] == '-' {
		return strconv.Itoa(u.UID)
	}
	return u.Name
}

// fieldsOf splits a line of the user database as libc does (nss/nss_files/files-parse.c
// in glibc): it skips blanks at the start, comments, and the entries of the compat
// service, which begin with "+" or "-".
func fieldsOf(line string, n int) (fields []string, ok bool) {
	line = strings.TrimLeft(strings.TrimSuffix(line, "\n"), " \t\v\f\r")
	fields = strings.Split(line, ":")
	isOne := !strings.Contains(line, "\n")
	return fields, isOne && len(fields) >= n && fields[0] != "" && strings.IndexByte("#+-", line[0]) < 0
}

// parsePasswd reads a line of passwd(5):
//
//	alice:x:1000:1000:Alice,,,:/home/alice:/bin/bash
func parsePasswd(line string) (User, error) {
	fields, ok := fieldsOf(line, 7)
	if !ok {
		return User{}, fmt.Errorf("not a line of passwd: %q", line)
	}
	uid, err := strconv.ParseUint(fields[2], 10, 32)
	if err != nil {
		return User{}, fmt.Errorf("not a line of passwd: %q", line)
	}
	gid, err := strconv.ParseUint(fields[3], 10, 32)
	if err != nil {
		return User{}, fmt.Errorf("not a line of passwd: %q", line)
	}
	u := User{UID: int(uid), GID: int(gid), Name: fields[0], Home: fields[5], Shell: fields[6]}
	switch {
	case !IsValid(u.UID):
		return u, &InvalidError{"user " + u.Name, "UID", u.UID}
	case !IsValid(u.GID):
		return u, &InvalidError{"user " + u.Name, "GID", u.GID}
	}
	return u, nil
}
