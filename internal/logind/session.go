package logind

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"

	"gorun/internal/smallfile"
)

// session is a login as logind records it.
type session struct {
	class  string // user, background, greeter, user-light, ...
	leader int    // the process that asked for the session: sshd, login, cron
}

// readSession reads logind's record of a session:
//
//	UID=1000
//	CLASS=user
//	LEADER=412
func readSession(id string) (session, error) {
	file, err := sessionFile(id)
	if err != nil {
		return session{}, err
	}
	notes, err := readNotes(file)
	if err != nil {
		return session{}, err
	}
	leader, _ := strconv.Atoi(notes["LEADER"]) // absent while the session begins or ends
	return session{class: notes["CLASS"], leader: leader}, nil
}

// sessionsDir has a file for each session.
const sessionsDir = "/run/systemd/sessions"

// sessionFile is the file of a session. An ID has letters and digits only (session_id_valid in
// login-util.c). One from the environment may have anything.
func sessionFile(id string) (string, error) {
	if id == "" || strings.ContainsFunc(id, func(c rune) bool { return c > unicode.MaxASCII || !unicode.IsLetter(c) && !unicode.IsDigit(c) }) {
		return "", fmt.Errorf("not the ID of a session: %q", id)
	}
	return filepath.Join(sessionsDir, id), nil
}

// holdsManager reports whether the session keeps the user's manager running. Since 258
// some classes do not need one, such as logins of root and system users without a
// terminal.
func (s session) holdsManager() bool {
	switch s.class {
	case "user-light", "background-light", "user-incomplete", "manager", "manager-early", "none":
		return false
	}
	return true
}

// HasSession reports whether a user is logged in, so that the user's manager keeps
// running for now. It is false for a user who only lingers, or whose sessions are all
// closing.
func HasSession(uid int) bool {
	state := userState(uid)
	if state["STATE"] != "active" && state["STATE"] != "online" {
		return false
	}
	for id := range strings.FieldsSeq(state["ONLINE_SESSIONS"]) {
		// A session that is just ending counts as ended.
		if s, err := readSession(id); err == nil && s.holdsManager() {
			return true
		}
	}
	return false
}

// userState is logind's record of a user, empty if logind does not know the user:
//
//	NAME=alice
//	STATE=active
//	ONLINE_SESSIONS=3 5
func userState(uid int) map[string]string {
	notes, err := readNotes(filepath.Join("/run/systemd/users", strconv.Itoa(uid)))
	if err != nil {
		return nil
	}
	return notes
}

// readNotes reads a file of KEY=VALUE lines. A value is as logind has it, without quotes: a
// name may begin or end with a blank.
func readNotes(file string) (map[string]string, error) {
	data, err := smallfile.Read(file)
	if err != nil {
		return nil, err
	}
	return parseNotes(string(data)), nil
}

func parseNotes(text string) map[string]string {
	notes := map[string]string{}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		notes[name] = value
	}
	return notes
}
