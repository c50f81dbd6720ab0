package cause

import (
	"context"
	"slices"
	"strings"
	"time"

	"gorun/internal/journal"
	"gorun/internal/text"
	"gorun/scope"
)

// Session is why the scope of a login has failed.
type Session struct {
	// Race reports whether the process that logged in was gone before it could be moved into
	// the scope. That does no harm.
	Race bool
	// Unknown reports whether nothing says if it was that: the result fits, and the journal has
	// nothing about the scope, or the caller may not read it.
	Unknown bool
	// Says is what the manager said of it. Empty if the journal does not have it, or the
	// caller may not read it.
	Says string
	// Result is the scope's.
	Result string
}

// sessionsTimeout bounds the wait for journalctl(1), which may have much to read.
const sessionsTimeout = 20 * time.Second

// OfSessions finds out why the scopes of sessions have failed, by unit.
func OfSessions(ctx context.Context, failed []scope.Kept) map[string]Session {
	messages := sessionMessages(ctx, failed)
	sessions := map[string]Session{}
	for _, k := range failed {
		sessions[k.Unit] = sessionIn(k.Result, messages[k.Unit])
	}
	return sessions
}

// sessionMessages reads what the manager has said of scopes in this boot, oldest first. What
// the journal does not have, or the caller may not read, is missing.
func sessionMessages(ctx context.Context, failed []scope.Kept) map[string][]string {
	if len(failed) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sessionsTimeout)
	defer cancel()
	const each = 20 // more than a scope's entries
	matches := []string{"-b", "_PID=1"}
	for _, k := range failed {
		matches = append(matches, "UNIT="+k.Unit)
	}
	entries, err := journal.Find(ctx, each*len(failed), matches...)
	if err != nil {
		return nil // then only the results are known
	}
	return messagesOf(failed, entries)
}

// messagesOf sorts entries, newest first, into messages of each scope, oldest first. IDs of
// sessions are used again: what the manager has said of an earlier scope of the name is left out.
func messagesOf(failed []scope.Kept, entries []map[string]string) map[string][]string {
	ids := map[string]string{}
	for _, k := range failed {
		ids[k.Unit] = k.InvocationID
	}
	messages := map[string][]string{}
	for _, e := range slices.Backward(entries) {
		unit, id := e["UNIT"], e["INVOCATION_ID"]
		if id == "" || ids[unit] == "" || id == ids[unit] {
			messages[unit] = append(messages[unit], strings.TrimPrefix(e["MESSAGE"], unit+": "))
		}
	}
	return messages
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
	fits := result == string(scope.NoResources)
	s.Race, s.Unknown = s.Race && fits, s.Says == "" && fits
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
	case s.Unknown:
		return "has failed with result " + s.Result + ", as it does in the harmless login race; no journal that you can read says whether it was that"
	case s.Race:
		return "has failed in the login race: what logged in was gone before systemd could move it" + says + ". Harmless"
	}
	return "has failed with result " + s.Result + ", which is not the harmless login race" + says
}
