package cause

import (
	"context"
	"strings"

	"gorun/internal/journal"
	"gorun/internal/text"
	"gorun/scope"
)

// Session is why the scope of a login has failed.
type Session struct {
	// Race reports whether the process that logged in was gone before it could be moved into
	// the scope. That does no harm.
	Race bool
	// Says is what the manager said of it. Empty if the journal does not have it, or the
	// caller may not read it.
	Says string
	// Result is the scope's.
	Result string
}

// OfSession finds out why a session's scope has failed.
func OfSession(ctx context.Context, k scope.Kept) Session {
	const enough = 20 // the last run's entries are fewer
	entries, err := journal.Find(ctx, enough, "-b", "UNIT="+k.Unit, "_PID=1")
	if err != nil {
		entries = nil // then only the result is known
	}
	var messages []string
	for _, e := range entries { // newest first
		messages = append([]string{strings.TrimPrefix(e["MESSAGE"], k.Unit+": ")}, messages...)
	}
	return sessionIn(k.Result, messages)
}

// sessionIn judges by a scope's result and by what the manager said, oldest first.
func sessionIn(result string, messages []string) Session {
	s := Session{Result: result}
	for _, m := range messages {
		switch {
		case isRace(m):
			s.Race, s.Says = true, text.Printable(m)
		case isFailure(m) && !s.Race:
			s.Says = text.Printable(m)
		}
	}
	if s.Says == "" { // the journal says nothing
		s.Race = true
	}
	s.Race = s.Race && result == string(scope.NoResources)
	return s
}

// isRace reports whether a message says that a process was gone. Until 254 only the second
// kind says so, since 255 the others do.
//
//	PID 812 vanished before we could move it to target cgroup '/user.slice/user-1000.slice/session-3.scope', skipping: No such process
//	Couldn't move process 812 to requested cgroup '/user.slice/user-1000.slice/session-3.scope': No such process
//	No PIDs left to attach to the scope's control group, refusing.
//	Failed to add PIDs to scope's control group: No such process
func isRace(message string) bool {
	return strings.Contains(message, "vanished before we could move it") || strings.HasPrefix(message, "No PIDs left to attach") ||
		isFailure(message) && strings.HasSuffix(message, ": No such process")
}

// isFailure reports whether a message says that something failed, and what.
func isFailure(message string) bool {
	for _, begin := range []string{"Couldn't ", "Cannot ", "Failed to "} {
		if strings.HasPrefix(message, begin) {
			return true
		}
	}
	return false
}

// String says it in a sentence about the scope.
func (s Session) String() string {
	says := ""
	if s.Says != "" {
		says = ` ("` + s.Says + `")`
	}
	switch {
	case s.Race && s.Says == "":
		return "has failed in the login race, as far as the result tells: what logged in was gone before systemd could move it. Harmless"
	case s.Race:
		return "has failed in the login race: what logged in was gone before systemd could move it" + says + ". Harmless"
	}
	return "has failed with result " + s.Result + ", which is not the harmless login race" + says
}
