package logind

// nameOf is a user's name from logind's record, if there is one. This needs no user
// database.
func nameOf(uid int) (string, bool) {
	name := userState(uid)["NAME"]
	return name, name != ""
}

// Knows reports whether logind knows a user: somebody who is logged in or lingers, or was
// until a moment ago.
func Knows(uid int) bool { return userState(uid) != nil }
