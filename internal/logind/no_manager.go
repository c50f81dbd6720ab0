package logind

// NoManager is the verdict on a run that has no service manager: whether it survives a logout
// depends on what ends the login, such as a container's end.
func NoManager() Verdict { return unknown("no service manager") }
