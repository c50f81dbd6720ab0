package logind

import (
	"strconv"
	"strings"

	"gorun/cgroup"
)

// Place is a process's place in the tree of units.
type Place struct {
	// Unit is the scope or service: session-3.scope, cron.service. It is empty for a
	// process outside of units, such as a kernel thread.
	Unit string
	// Session is the session's ID if the unit is a session's scope.
	Session string
	// User is the UID of the user whose session or manager has the unit, -1 if the
	// unit belongs to the system.
	User int
	// Managed reports whether the unit is a user's manager or belongs to it.
	Managed bool
}

// OwnPlace is the place of this process. Without cgroup v2 it is outside of all units.
func OwnPlace() Place {
	path, _ := cgroup.PathOf(0) // empty on an error
	return PlaceOf(path)
}

// PlaceOf parses the path of a systemd cgroup:
//
//	/user.slice/user-1000.slice/session-3.scope
//	/user.slice/user-1000.slice/user@1000.service/app.slice/gorun-make-1f2e.scope
//	/system.slice/cron.service
//
// A unit may have subgroups.
func PlaceOf(path string) Place {
	place := Place{User: -1}
	inUserSlice := -1
	for name := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		name = strings.TrimPrefix(name, "_") // systemd's escape for names of kernel files
		if uid, ok := number(name, "user-", ".slice"); ok {
			inUserSlice = uid
		}
		if strings.HasSuffix(name, ".slice") {
			continue
		}
		if uid, ok := number(name, "user@", ".service"); ok && uid == inUserSlice && !place.Managed {
			place.Unit, place.User, place.Managed = name, uid, true
			continue // the manager's own units follow
		}
		if !strings.HasSuffix(name, ".scope") && !strings.HasSuffix(name, ".service") {
			break
		}
		place.Unit = name
		if id, ok := between(name, "session-", ".scope"); ok && !place.Managed && inUserSlice >= 0 {
			place.Session, place.User = id, inUserSlice
		}
		break
	}
	return place
}

// number reads the number between prefix and suffix.
func number(s, prefix, suffix string) (int, bool) {
	text, ok := between(s, prefix, suffix)
	n, err := strconv.ParseUint(text, 10, 32)
	return int(n), ok && err == nil
}

// between returns what is between prefix and suffix.
func between(s, prefix, suffix string) (string, bool) {
	s, ok := strings.CutPrefix(s, prefix)
	if !ok {
		return "", false
	}
	return strings.CutSuffix(s, suffix)
}
