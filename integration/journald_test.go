package integration

// journaldConf overrides the machine's settings of journald.
const journaldConf = "/etc/systemd/journald.conf.d/zz-test.conf"

// storeJournal gives journald another Storage=, until restoreJournal.
func (s *session) storeJournal(storage string) {
	s.t.Helper()
	s.ok("mkdir -p $(dirname " + journaldConf + "); printf '[Journal]\nStorage=" + storage + "\n' >" + journaldConf + "; systemctl restart systemd-journald; journalctl --flush")
}

func (s *session) restoreJournal() {
	s.t.Helper()
	s.ok("rm -f " + journaldConf + "; systemctl reset-failed systemd-journald; systemctl restart systemd-journald; journalctl --flush")
}
