package integration

// polkitRule adds a rule to polkit's.
func (s *session) polkitRule(rule string) (undo func()) {
	s.t.Helper()
	const (
		file = "/etc/polkit-1/rules.d/10-gorun.rules"
		// systemd limits the starts within ten seconds. reset-failed forgets them, and
		// complains if polkit is not loaded.
		restart = "systemctl reset-failed polkit 2>/dev/null; systemctl restart polkit"
	)
	s.ok("printf '%s\n' " + quote(rule) + " >" + file + "; " + restart)
	return func() { s.ok("rm " + file + "; " + restart) }
}
