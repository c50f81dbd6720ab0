package integration

import (
	"strings"
	"testing"
)

// startSlurm makes the machine a cluster of one node. Slurm wants an address that is not of the
// loopback network. Its plugin for cgroup v2 does not start on a machine that has mounted cgroup v1 as
// well, as some test hosts have. So it knows a job's processes by their parents. Slurm 22 cannot do
// without a plugin.
const startSlurm = `
	cat >/etc/slurm/slurm.conf <<END
ClusterName=test
SlurmctldHost=$(hostname)
SlurmUser=slurm
StateSaveLocation=/var/lib/slurm/state
SlurmdSpoolDir=/var/lib/slurm/spool
SlurmdLogFile=/var/log/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SchedulerParameters=sched_interval=1
NodeName=$(hostname) NodeAddr=127.0.0.1 RealMemory=4096
PartitionName=main Nodes=ALL Default=YES
END
	case $(slurmd -V) in *\ 22.*) plugin=cgroup/v1 ;; *) plugin=disabled ;; esac
	echo CgroupPlugin=$plugin >/etc/slurm/cgroup.conf
	ip address add 192.0.2.1/32 dev lo
	echo 192.0.2.1 $(hostname) >>/etc/hosts
	mkdir -p /var/lib/slurm/state /var/lib/slurm/spool
	chown slurm: /var/lib/slurm/state
	systemctl start munge slurmctld slurmd`

// What the recipe says of a job with --embedded, and of one without. That scancel does not end the one
// without needs Slurm's plugin for cgroup v2, and was seen in a virtual machine.
func TestRecipeForSlurm(t *testing.T) {
	long(t)
	line := strings.TrimSpace(recipes(t, "UNDER SLURM")[0])
	eachSuite(t, equipped(t, engines...), func(t *testing.T, g *guest) {
		root, alice := g.login(t, "root"), g.login(t, "alice")
		root.ok(startSlurm)
		root.waitFor("idle", "sinfo -h -o %T")
		root.ok("mkfifo -m 666 /tmp/dawn")
		defer alice.program("train", ownScope+" >place; read status </tmp/dawn; exit $status")()
		defer alice.ok("rm -f place report.json slurm-*.out")
		const job = "squeue -h -o %T"

		alice.ok(line)
		alice.waitFor("slurmd.service", "cat place 2>/dev/null || true")
		root.ok("echo 3 >/tmp/dawn")
		alice.waitFor("", job)
		if got := alice.ok(`grep -o '"exit_code": *[0-9]*' report.json`); got != `"exit_code": 3` {
			t.Errorf("the report: %s", got)
		}

		alice.ok("rm place; " + line)
		alice.waitFor("slurmd.service", "cat place 2>/dev/null || true")
		alice.ok("scancel -u alice")
		alice.waitFor("", "pgrep -u alice -x train || true")

		alice.ok("rm place; " + strings.Replace(line, "--embedded", "-b", 1))
		alice.waitFor("train.scope", "cat place 2>/dev/null || true")
		alice.waitFor("", job)
		root.ok("pgrep -u alice -x train >/dev/null && echo 0 >/tmp/dawn")
		alice.waitFor("", "pgrep -u alice -x train || true")
	})
}
