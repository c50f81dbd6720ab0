package main

import "gorun/internal/cli"

// managements are in the order of --help=all. The comment above an entry is the option's text in
// the manual.
func managements() []management {
	return []management{
		// Lists the runs that are running: how old each is, what is left of its time limit, what it uses,
		// whether it survives logout, and its command. At a terminal the lines are cut to its width.
		{option: "list", takes: []string{"user", "system", "embedded", "ended", "all-users", "all-runs"}, brief: "list the runs that are running",
			usage: "list the runs that are running", do: within(list)},
		// Shows how the newest run of each name is, or how it ended: state, result, limits, what it
		// uses, its processes, and whether it survives logout. A launch that failed after its scope had
		// started is a run. If there is no such run, the exit status is 4.
		{option: "status", units: true, takes: []string{"user", "system", "embedded", "all-runs"}, brief: "show how runs are, or how they ended", values: cli.Units,
			usage: "show how runs are, or how they ended", do: showStatus},
		// Waits until these runs have ended, and exits with the status of the last one named, as gorun
		// itself does at that run's end. A run that has ended already counts, if there is a record of it.
		{option: "wait-for", units: true, takes: []string{"user", "system", "embedded"}, values: cli.Units,
			usage: "wait for the end of runs; exit with the status of the last one named", do: waitFor},
		// Stops these runs, waits until they have ended, and says which had to be killed. To stop a run
		// that has ended is no error.
		{option: "stop", units: true, takes: []string{"user", "system", "embedded"}, brief: "stop runs, and wait for their end", values: cli.Units,
			usage: "stop runs, and wait until they have ended", do: stop},
		// Shows what the newest run of that name has printed, if gorun has sent it to the journal or a
		// file: see `--log-to`. Arguments after `--` are for **journalctl**(1), or **tail**(1) if it is a
		// file: `gorun --log build -- -f`.
		{option: "log", units: true, then: true, takes: []string{"user", "system", "embedded", "all-runs", "raw"}, brief: "show what a run has printed", values: cli.Units,
			usage: "show the output of a run; after --, arguments for journalctl or tail", do: within(showLog)},
		// Suspends all processes of these runs, gorun's own too. Their time limits run on. A frozen run
		// that is stopped, or reaches its time limit, ends.
		{option: "freeze", units: true, takes: []string{"user", "system", "embedded"}, values: cli.Units,
			usage: "suspend all processes of runs; their time limits run on", do: freeze},
		// Resumes frozen runs.
		{option: "thaw", units: true, takes: []string{"user", "system", "embedded"}, values: cli.Units,
			usage: "resume frozen runs", do: thaw},
		// Changes limits of a run while it runs: `gorun --set-property build MemoryMax=2G`. gorun reads
		// back what the kernel does, as for a new run. If a value is refused, it says which.
		{option: "set-property", units: true, sets: true, takes: []string{"user", "system", "embedded", "runtime"}, values: cli.Units,
			usage: "change a run's limits", do: setProperty},
		// Moves running processes, with all that they have started, into a new scope that survives logout,
		// and prints its name. The options of a scope, such as `--unit` and `--runtime-max`, go with it.
		// Processes of another run need `--force`. What they have started in other units stays there, such
		// as a **systemd-run** with limits: gorun says so, and `--force` takes it, out of its limits. If one
		// of several processes ends meanwhile, gorun says so and adopts the others. The main process of a
		// service is refused.
		{option: "adopt", pids: true, takes: append(scopeOptions(), "force"), brief: "move running processes into a new scope", values: cli.Processes,
			usage: "move running processes, with all that they have started, into a new scope, and print its name", do: adopt},
		// Lists your processes by what a logout does to them, and says why. For root it lists those of
		// all users.
		{option: "audit", brief: "list your processes by what a logout does to them", usage: "list your processes by what a logout does to them; as root, those of all users", do: within(audit)},
		// Checks everything that survival, limits and reports depend on, and says how to fix what is
		// missing. It also ends lingering that a crash of the machine has left. The exit status is 1 if there
		// is a problem.
		{option: "doctor", brief: "check this machine, and say how to fix it", usage: "check what survival and limits depend on, and say how to fix it", do: within(doctor)},
		// Resets failed and empty scopes of runs, and removes old files of runs, saying what each was. For
		// root also scopes of sessions that failed because the login was over too soon, if the journal
		// says that it was that. Others are only cleaned if they are named. A file stays if a process uses
		// it, if another machine or container may have written it, or if only a clock that nobody keeps
		// right says that it is old.
		{option: "clean", units: true, any: true, takes: []string{"user", "system", "embedded", "dry-run"}, values: cli.Units,
			usage: "reset failed and empty scopes, and remove old files of runs, saying what each was", do: clean},
	}
}

// args are the words that follow the option.
func (m *management) args() string {
	switch {
	case m.pids:
		return "PID..."
	case m.any:
		return "[UNIT...]"
	case m.sets:
		return "UNIT NAME=VALUE..."
	case m.then:
		return "UNIT [-- ARG...]"
	case m.units:
		return "UNIT..."
	}
	return ""
}

// managementFlags makes flags for the managements, and for what goes with them.
func managementFlags() []cli.Flag {
	var list []cli.Flag
	for _, m := range managements() {
		list = append(list, &cli.BoolFlag{Name: m.option, Usage: m.usage, Category: groupManage, Brief: m.brief, Args: m.args()})
	}
	return append(list, companionFlags()...)
}

// companionFlags are options that go with managements only.
func companionFlags() []cli.Flag {
	return []cli.Flag{
		// With `--clean`: says what would be cleaned, and changes nothing.
		&cli.BoolFlag{Name: "dry-run", Usage: "with --clean: only say what would be cleaned", Category: groupManage},
		// With `--adopt`: also takes processes out of another run of gorun's, and what they have started
		// out of other units. They lose the limits that they have there.
		&cli.BoolFlag{Name: "force", Usage: "with --adopt: also take what is in another run of gorun's, or in another unit", Category: groupManage},
		// With the options that are used instead of a run, except `--log`: prints JSON.
		&cli.BoolFlag{Name: "json", Usage: "print JSON", Category: groupManage},
		// With `--list`: shows the runs that have ended and are recorded, the newest first.
		&cli.BoolFlag{Name: "ended", Usage: "with --list: the recorded runs that have ended, newest first", Category: groupManage},
		// With `--list`, for root: shows the runs of all users.
		&cli.BoolFlag{Name: "all-users", Usage: "with --list, for root: the runs of all users", Category: groupManage},
		// With `--status` and `--log`: shows all runs of a name, not only the newest one. With `--list
		// --ended`: lists all runs, not only the newest thousand.
		&cli.BoolFlag{Name: "all-runs", Usage: "with --status, --log and --list --ended: all runs, not only the newest", Category: groupManage},
		// With `--log`: prints control characters as they are. They may be commands to the terminal.
		&cli.BoolFlag{Name: "raw", Usage: "with --log: do not escape control characters", Category: groupManage},
		// With `--set-property`: changes nothing. A scope's properties last as long as the scope anyway.
		&cli.BoolFlag{Name: "runtime", Usage: "with --set-property: accepted; a scope's properties last as long as the scope", Category: groupManage},
	}
}
