package logind

// nameOf is a user's name from logind's record, if there is one. This needs no user
// database.
func nameOf(uid int) (string, bool) {
	name := userState(uid)["NAME"]
	return name, name != ""
}
