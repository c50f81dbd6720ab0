package logind

import (
	"strconv"
	"strings"
)

// Place is where in the tree of units a process is.
type Place struct {
	// Unit is the scope or service: session-3.scope, cron.service. Empty for
	// what is in none, such as a kernel thread.
	Unit string
	// Session is the session's ID if that unit is a session's scope.
	Session string
	// User is the UID of the user whose sessions or whose manager has the unit,
	// -1 if it is the system's.
	User int
	// Managed tells that the unit is one of the user's manager, or that manager.
	Managed bool
}

// PlaceOf reads a path of a cgroup as systemd makes them:
//
//	/user.slice/user-1000.slice/session-3.scope
//	/user.slice/user-1000.slice/user@1000.service/app.slice/gorun-make-1f2e.scope
//	/system.slice/cron.service
//
// A unit may have groups of its own below.
func PlaceOf(cgroup string) Place {
	place := Place{User: -1}
	inUserSlice := -1
	for name := range strings.SplitSeq(strings.Trim(cgroup, "/"), "/") {
		name = strings.TrimPrefix(name, "_") // systemd's escape of names that the kernel uses, too
		if uid, ok := number(name, "user-", ".slice"); ok {
			inUserSlice = uid
		}
		if strings.HasSuffix(name, ".slice") {
			continue
		}
		if uid, ok := number(name, "user@", ".service"); ok && uid == inUserSlice && !place.Managed {
			place.Unit, place.User, place.Managed = name, uid, true
			continue // its own units follow
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
