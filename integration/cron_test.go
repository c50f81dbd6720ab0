package integration

import (
	"strings"
	"testing"
)

// cron mails what a job prints. The user has never logged in. An entry for @reboot
// runs when cron starts, and so at once: cron runs all entries in the same way.
func TestCrontabEntryRunsLimitedAndMailsItsOutput(t *testing.T) {
	const entry = `@reboot gorun --unit=job -p MemoryMax=100M sh -c 'cat /sys/fs/cgroup$(sed -n s/^0:://p /proc/self/cgroup)/memory.max; tail -n1 /proc/self/cgroup; ls /var/lib/systemd/linger'`
	eachSuite(t, vm, func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		root.nobodyLingers()
		root.ok(`rm -rf /home/bob/.local; mkdir -m 1777 /tmp/mail
			printf '#!/bin/sh\ncat >/tmp/mail/new && mv /tmp/mail/new /tmp/mail/come\n' >/usr/sbin/sendmail; chmod 755 /usr/sbin/sendmail
			crontab -u bob - <<'END'
` + entry + `
END
			rm -f /run/crond.reboot; systemctl restart cron`)
		defer root.ok("crontab -u bob -r; rm -r /usr/sbin/sendmail /tmp/mail")

		mail := root.ok("for i in $(seq 600); do [ -e /tmp/mail/come ] && break; sleep 0.1; done; cat /tmp/mail/come")
		header, body, _ := strings.Cut(mail, "\n\n")
		if !strings.Contains(header, "To: bob") {
			t.Errorf("the mail's header: %s", header)
		}
		if want := "104857600\n0::" + bobSlice + "/job.scope\nbob"; body != want {
			t.Errorf("the mail says %q, want %q", body, want)
		}
		root.ok("for i in $(seq 300); do pgrep -u bob >/dev/null || break; sleep 0.1; done")
		root.nobodyLingers()
		root.nothingLeft("systemctl")
	})
}
