package main

import (
	"errors"
	"os"

	"gorun/internal/account"
	"gorun/internal/supervise"
)

// identity is the user and groups of --uid and --gid.
type identity struct {
	supervise.Identity
	user *account.User // nil without --uid
}

// newIdentity looks up the user and the group. It returns nil if neither is given.
func newIdentity(user, group string) (*identity, error) {
	if user == "" && group == "" {
		return nil, nil
	}
	id := &identity{Identity: supervise.Identity{UID: os.Getuid(), GID: os.Getgid()}}
	if user != "" {
		u, err := account.ByName(user)
		if err != nil {
			return nil, &usageError{option: "--uid=" + user, reason: err.Error()}
		}
		id.UID, id.GID, id.user = u.UID, u.GID, &u
	}
	if group != "" {
		g, err := account.GroupByName(group)
		if err != nil {
			return nil, &usageError{option: "--gid=" + group, reason: err.Error()}
		}
		id.GID = g.GID
	}
	if os.Geteuid() != 0 && (id.UID != os.Getuid() || id.GID != os.Getgid()) {
		return nil, &notRootError{user, group}
	}
	if id.user == nil {
		return id, nil // --gid alone keeps no other groups
	}
	var err error
	id.Groups, err = id.user.Groups(id.GID)
	return id, err
}

// notRootError means that only root can change user and group.
type notRootError struct{ user, group string }

func (e *notRootError) Error() string {
	if e.user == "" {
		return "--gid=" + e.group + ": only root can take another group"
	}
	return "--uid=" + e.user + ": only root can become another user"
}

// environment has the variables that describe the user.
func (id *identity) environment() []string {
	if id == nil || id.user == nil {
		return nil
	}
	env := []string{"USER=" + id.user.Name, "LOGNAME=" + id.user.Name}
	home, shell := id.user.HomeAndShell()
	if home != "" {
		env = append(env, "HOME="+home)
	}
	if shell != "" {
		env = append(env, "SHELL="+shell)
	}
	return env
}

// shell is what --shell runs: the shell of the --uid user, else the caller's.
func (id *identity) shell() (string, error) {
	if id != nil && id.user != nil {
		if _, shell := id.user.HomeAndShell(); shell != "" {
			return shell, nil
		}
		return "/bin/sh", nil
	}
	if shell := os.Getenv("SHELL"); shell != "" {
		return shell, nil
	}
	u, err := account.ByUID(os.Getuid())
	var unknown *account.UnknownError
	if err != nil && !errors.As(err, &unknown) {
		return "", err
	}
	if u.Shell != "" {
		return u.Shell, nil
	}
	return "/bin/sh", nil
}
