package main

import "fmt"

const home = "/home/alice"

// disks are cases in which files cannot be written, or directories are not there.
var disks = []testCase{
	{
		name: "full-home", atATime: 8, vary: writes, restore: "umount -l " + home + "/.local",
		prepare: "mkdir -p " + home + "/.local; mount -t tmpfs -o size=64k,uid=1000,gid=1000,mode=700 full " + home + "/.local; " + fill(home+"/.local/fill"),
	},
	{
		name: "full-runtime", atATime: 8, mayRefuse: true,
		prepare: "mount -o remount,size=$(($(df -k --output=used /run/user/1000 | tail -n1) + 64))k /run/user/1000; " + fill("/run/user/1000/fill"),
		restore: "rm -f /run/user/1000/fill; mount -o remount,size=50% /run/user/1000",
	},
	{name: "read-only-home", atATime: 8, prepare: "mount --bind " + home + " " + home + "; mount -o remount,bind,ro " + home, restore: "umount -l " + home},
	{name: "no-home", atATime: 8, prepare: "mount -t tmpfs -o mode=755 none /home", restore: "umount -l /home"},
	{name: "no-directory", atATime: 8, vary: inDeletedDirectory},
	{name: "closed", atATime: 8, vary: closed},
	{name: "broken-pipe", options: []string{"-v"}, atATime: 8, vary: brokenPipe},
}

// fill fills a file system by a file. That fails.
func fill(file string) string { return "head -c 1G /dev/zero 2>/dev/null >" + file + " || true" }

// writes makes some launches write reports, and output that goes to a file, to a full disk.
func writes(l *launch) {
	switch l.n % 3 {
	case 1:
		l.more = []string{fmt.Sprintf("--report-json=%s/.local/report-%d", home, l.n)}
	case 2:
		l.more = []string{"--nohup", "--log-to=file:/dev/full"}
	}
}

func inDeletedDirectory(l *launch) {
	l.prefix = []string{"bash", "-c", `dir=$(mktemp -d) && cd "$dir" && rmdir "$dir" && exec "$@"`, "-"}
}

// closed closes the standard descriptors, in all combinations.
func closed(l *launch) {
	redirections := ""
	for fd := range 3 {
		if (l.n+1)>>fd&1 != 0 {
			redirections += fmt.Sprintf(" %d>&-", fd)
		}
	}
	l.prefix = []string{"bash", "-c", `exec "$@"` + redirections, "-"}
}

// brokenPipe makes standard error, and for every other launch also output, a pipe that nobody reads.
func brokenPipe(l *launch) {
	l.prefix = []string{"python3", "-c", `import os, sys
r, w = os.pipe()
os.close(r)
for fd in sys.argv[1]:
    os.dup2(w, int(fd))
os.execvp(sys.argv[2], sys.argv[2:])`, []string{"2", "12"}[l.n%2]}
}
