package logind

// nameOf is logind's name for a user that it knows, for which no database has to
// be read.
func nameOf(uid int) (string, bool) {
	name := userState(uid)["NAME"]
	return name, name != ""
}
