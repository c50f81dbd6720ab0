package integration

import (
	"strings"
	"testing"
)

// mail is the file with a job's mail.
const mail = "/tmp/mail/come"

// cronJob adds an entry to bob's crontab, and restarts cron. remove removes it. An
// @reboot entry runs when cron starts, and so at once. cron runs all entries the same
// way.
func (s *session) cronJob(entry string) (remove func()) {
	s.t.Helper()
	s.ok(`mkdir -m 1777 /tmp/mail
		printf '#!/bin/sh\ncat >/tmp/mail/new && mv /tmp/mail/new ` + mail + `\n' >/usr/sbin/sendmail; chmod 755 /usr/sbin/sendmail
		crontab -u bob - <<'END'
` + entry + `
END
		rm -f /run/crond.reboot; systemctl restart cron`)
	return func() { s.ok("crontab -u bob -r; rm -r /usr/sbin/sendmail /tmp/mail") }
}

// cron mails a job's output. The user has never logged in.
func TestCrontabEntryRunsLimitedAndMailsItsOutput(t *testing.T) {
	long(t)
	const entry = `@reboot gorun --unit=job -p MemoryMax=100M sh -c 'cat /sys/fs/cgroup$(sed -n s/^0:://p /proc/self/cgroup)/memory.max; tail -n1 /proc/self/cgroup; ls /var/lib/systemd/linger'`
	eachSuite(t, vm, func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		root.nobodyLingers()
		root.ok("rm -rf /home/bob/.local")
		defer root.cronJob(entry)()

		root.waitFor("come", "test -e "+mail+" && echo come || true")
		header, body, _ := strings.Cut(root.ok("cat "+mail), "\n\n")
		if !strings.Contains(header, "To: bob") {
			t.Errorf("the mail's header: %s", header)
		}
		if want := "104857600\n0::" + bobSlice + "/job.scope\nbob"; body != want {
			t.Errorf("the mail says %q, want %q", body, want)
		}
		root.waitFor("", "pgrep -u bob || true")
		root.nobodyLingers()
		root.nothingLeft("systemctl")
	})
}

// cron does not wait for a detached job, and mails the unit's name. Nobody lingers
// before or after.
func TestDetachedCrontabEntryKeepsRunningAfterItsMail(t *testing.T) {
	const entry = `@reboot gorun -b --unit=night --log-to=file:night.log sh -c 'read line </tmp/dawn; echo $line; tty; ls /var/lib/systemd/linger'`
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		root.nobodyLingers()
		root.ok("rm -f /tmp/dawn; mkfifo -m 666 /tmp/dawn")
		defer root.cronJob(entry)()
		root.waitFor("night.scope", "sed '1,/^$/d' "+mail+" 2>/dev/null || true")
		root.ok("echo morning >/tmp/dawn")
		root.waitFor("morning\nnot a tty\nbob", "cat /home/bob/night.log")
		root.nobodyLingers()
		root.nothingLeft("systemctl")
	})
}
