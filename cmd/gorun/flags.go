package main

import (
	"fmt"
	"slices"
	"strings"

	"gorun/internal/cli"
	"gorun/internal/logind"
	"gorun/scope/property"
)

// propertyOptions are the properties that have an option of their own. The table of properties
// has the name of the value, and what the option does in a line. The comment above an entry is
// the option's text in the manual.
var propertyOptions = []struct {
	option, property string
	aliases          []string
	brief            string
}{
	// What an OOM kill in the scope means for its other processes: `continue` leaves them
	// running, as in a login session; `stop` stops the scope; `kill` kills all of its processes,
	// gorun too. The default is `continue`.
	{option: "oom-policy", property: "OOMPolicy"},
	// Stops the scope after *SPAN*, such as `90`, `2h30m` or `1h 30min`. gorun then exits with
	// 124, or with 137 if COMMAND did not end within `--stop-timeout`. The clock does not run while the
	// machine is suspended. The span must not be 0. `infinity` means no limit.
	{option: "runtime-max", property: "RuntimeMaxSec", aliases: []string{"timeout"}, brief: "stop the run after SPAN: 90, 2h30m"},
	// Adds up to *SPAN* to the time limit, at random. It needs a time limit.
	{option: "runtime-randomized-extra", property: "RuntimeRandomizedExtraSec"},
	// The time from the stop signal to SIGKILL. The manager's default is usually 90 s.
	{option: "stop-timeout", property: "TimeoutStopSec"},
	// The signal that stops the scope, such as `SIGINT`. The default is SIGTERM.
	{option: "stop-signal", property: "KillSignal"},
	// Memory above which the OOM killer kills: a number of bytes, `512M`, `1.5G`, `50%` of the
	// machine's, or `infinity`. Swap is not counted: see `-p MemorySwapMax=0`.
	{option: "memory-max", property: "MemoryMax", brief: "memory it may use: 512M, 50%"},
	// CPU time that the scope may use, in percent of one CPU: `200%` is two CPUs.
	{option: "cpu-quota", property: "CPUQuota"},
	// How many processes and threads the scope may have. gorun's own are about ten of them.
	{option: "tasks-max", property: "TasksMax"},
}

// The groups of --help=all.
const (
	groupScope   = "The scope"
	groupLimits  = "Limits"
	groupCommand = "COMMAND"
	groupRun     = "The run"
	groupManage  = "Instead of a run"
	groupOther   = "Other"
)

// flags lists all options. Help, manual and completion are made from these entries. A usage
// text begins with the name of the value, in backquotes. The comment above an entry is the
// option's text in the manual, in Markdown.
func flags() []cli.Flag {
	list := []cli.Flag{
		// Asks the user manager to make the scope. This is the default for all users but root.
		&cli.BoolFlag{Name: "user", Usage: "use the user manager (default unless root)", Category: groupScope},
		// Asks the system manager to make the scope. This is root's default. For other users polkit asks
		// for an administrator's password, if standard input is a terminal.
		&cli.BoolFlag{Name: "system", Usage: "use the system manager (root's default)", Category: groupScope},
		// Uses no service manager: gorun holds the run itself, in a cgroup of its own if it may make one.
		// This is the default where systemd does not run. Limits hold, or are an error. What needs a
		// manager, such as a slice or a dependency, is refused.
		&cli.BoolFlag{Name: "embedded", Usage: "use no manager (default where systemd does not run): a cgroup, and gorun, hold the run", Category: groupScope},
		// Changes nothing. It is there for command lines of **systemd-run**(1).
		&cli.BoolFlag{Name: "scope", Usage: "accepted; gorun always makes a scope", Category: groupScope},
		// Names the scope. `.scope` is added if it is missing. Without this option the name is
		// `gorun-COMMAND-ID.scope`. A name can be used again as soon as its run has ended;
		// `--if-running` says what happens before that.
		&cli.StringFlag{Name: "unit", Aliases: []string{"u"}, Usage: "`NAME`name the scope", Category: groupScope, Brief: "name the scope", Values: cli.Units},
		// Describes the scope to people, in `systemctl status` and in the journal. The default is the
		// command line. For system scopes and with `--no-record` it is COMMAND's name.
		&cli.StringFlag{Name: "description", Usage: "`TEXT`describe the scope", Category: groupScope, MayBeEmpty: true},
		// Places the scope in this slice. The slice is made if it does not exist, and its limits hold
		// for all that is in it.
		&cli.StringFlag{Name: "slice", Usage: "`SLICE`place the scope in this slice", Category: groupScope, Values: cli.Slices},
		// Makes a slice for this run, and puts the limits on the slice. They then also hold for
		// processes that leave the scope for another one in the slice, as tmux's panes do.
		&cli.BoolFlag{Name: "own-slice", Usage: "put the limits on a slice for this run alone: they then also hold for tmux's panes", Category: groupScope},
		// Places the scope in the slice that gorun was called in, or with `--slice` in a slice below it.
		&cli.BoolFlag{Name: "slice-inherit", Usage: "place the scope in the caller's slice, or in SLICE below it", Category: groupScope},
		// Sets a property of the scope, in systemd's own syntax. The option can be repeated. `gorun
		// --help=-p` lists the properties. An option of the same meaning, such as `--memory-max`, wins.
		&cli.StringSliceFlag{Name: "property", Aliases: []string{"p"},
			Usage: "`NAME=VALUE`set a property of the scope; repeatable", Category: groupScope, Brief: "set a property of the scope", Values: cli.Properties},
		// Has the manager forget the unit as soon as it ends, even if it failed. This is the default.
		// `--collect=false` keeps a failed unit until `systemctl reset-failed`.
		&cli.BoolFlag{Name: "collect", Aliases: []string{"G"}, Value: true,
			Usage: "unload the unit even if it failed; =false keeps it", Category: groupScope},
		// Has the manager send SIGHUP right after the stop signal. Interactive shells ignore SIGTERM, and
		// end with SIGHUP.
		&cli.BoolFlag{Name: "send-sighup", Usage: "also send SIGHUP when the scope is stopped", Category: groupScope},
		// What the manager does with jobs that conflict with the start of the scope, as in
		// **systemctl**(1). The default is `replace`. Some modes may start the scope without lingering:
		// gorun says so.
		&cli.StringFlag{Name: "job-mode", Usage: "`MODE`what to do with conflicting jobs (default replace)", Category: groupScope,
			Values: "fail|replace|replace-irreversibly|isolate|flush|ignore-dependencies|ignore-requirements|triggering|restart-dependencies|lenient"},
		// Sets a variable in COMMAND's environment. Without a value it takes the caller's. The option
		// can be repeated.
		&cli.StringSliceFlag{Name: "setenv", Aliases: []string{"E"},
			Usage: "`NAME[=VALUE]`set a variable for COMMAND; repeatable", Category: groupCommand, Values: cli.Variables},
		// Runs COMMAND with this nice value, from -20 to 19. Lowering it needs a
		// privilege.
		&cli.StringFlag{Name: "nice", Usage: "`N`run COMMAND with this nice value, -20 to 19", Category: groupCommand},
		// Sets COMMAND's rank for the kernel's OOM killer, from -1000, never, to 1000, first. gorun keeps
		// its own, so that it lives to say what happened. To lower it needs a privilege.
		&cli.StringFlag{Name: "oom-score-adjust", Usage: "`N`run COMMAND with this rank for the OOM killer, -1000 to 1000", Category: groupCommand},
		// Runs COMMAND as this user, with the user's groups, and with `USER`, `LOGNAME`, `HOME` and
		// `SHELL` set. Only root may do it. The manager stays root's: `sudo -u USER gorun` uses the
		// user's.
		&cli.StringFlag{Name: "uid", Usage: "`USER`run COMMAND as USER, with USER's groups, HOME and SHELL", Category: groupCommand, Values: cli.Users},
		// Runs COMMAND with this group. Only root may do it.
		&cli.StringFlag{Name: "gid", Usage: "`GROUP`run COMMAND as GROUP", Category: groupCommand, Values: cli.Groups},
		// Runs COMMAND in this directory.
		&cli.StringFlag{Name: "working-directory", Usage: "`DIR`run COMMAND in DIR", Category: groupCommand, Values: cli.Directories},
		// Changes nothing: COMMAND runs in the caller's directory anyway.
		&cli.BoolFlag{Name: "same-dir", Aliases: []string{"d"}, Usage: "accepted; COMMAND runs in the caller's directory", Category: groupCommand},
		// Runs the user's shell. There is then no COMMAND.
		&cli.BoolFlag{Name: "shell", Aliases: []string{"S"}, Usage: "run the user's shell", Category: groupCommand},
		// With `yes`, replaces `$NAME` and `${NAME}` in COMMAND's arguments by the variables of its
		// environment, as **systemd-run**(1) does. The default is `no`: the arguments stay as they are.
		&cli.StringFlag{Name: "expand-environment", Usage: "`BOOL`replace $NAME and ${NAME} in COMMAND (default no)", Category: groupCommand, Values: "yes|no"},
		// Keeps polkit from asking for a password at the terminal.
		&cli.BoolFlag{Name: "no-ask-password", Usage: "do not let polkit ask for a password", Category: groupScope},
		// Returns as soon as COMMAND runs, and prints the unit's name. COMMAND has a session of its own,
		// ignores SIGHUP, and does not keep the terminal, a pipe or a socket of the caller's open: its
		// output goes to `--log-to`, and its input is empty if it was a terminal. The exit status says
		// whether COMMAND was started. `--status` and `--report-json` say how it ended.
		&cli.BoolFlag{Name: "detach", Aliases: []string{"b"}, Usage: "return when COMMAND is running, and print the unit's name", Category: groupRun, Brief: "return when COMMAND runs; print the unit"},
		// Starts COMMAND with SIGHUP ignored. If its input is a terminal, the input is empty instead.
		// Output to a terminal goes to `--log-to`. gorun waits for COMMAND as usual.
		&cli.BoolFlag{Name: "nohup", Usage: "make COMMAND ignore SIGHUP, and redirect its input and output away from the terminal", Category: groupRun},
		// Prints COMMAND's output only if the run does not end well: if gorun exits with another status
		// than 0, or is killed, or an OOM kill ends the run. Until then it is in a file that only you can read, in
		// `~/.local/state/gorun`: `gorun --log` shows it, and it is removed after a good end. A line at
		// the end says why it is printed. Standard output and standard error are printed in the order in
		// which they came if they go to the same place, and each for itself otherwise. For crontabs: cron
		// mails only what is printed.
		&cli.BoolFlag{Name: "chronic", Usage: "print COMMAND's output only if the run does not end well", Category: groupRun, Brief: "print the output only if the run does not end well"},
		// With `-b` or `--nohup`: where COMMAND's output goes. `file:PATH` empties the file first,
		// `append:PATH` does not. The default is `journal` if you can read it back, else a file that
		// only you can read, in `~/.local/state/gorun`. `gorun --log` shows the output.
		&cli.StringFlag{Name: "log-to", Usage: "`WHERE`with -b or --nohup, send output to journal, null, file:PATH or append:PATH", Category: groupRun, Values: "journal|null|file:|append:"},
		// With `--unit`: what to do if a run of that name is still running. Without this option that is an
		// error, and so is a failed unit that is kept. `fail` is an error only if the run is running; it
		// resets a failed unit. `skip` exits with 0 at once. `wait` waits until it has ended. `replace` stops it
		// first. `join` starts COMMAND in its scope; this is the default if COMMAND and that run are the
		// same terminal multiplexer, which then attaches. The exit status of a `skip` for leftover
		// processes of an ended COMMAND is 125.
		&cli.StringFlag{Name: "if-running", Usage: "`HOW`if the unit is still running: fail, skip, wait, replace or join (default for tmux, screen, ...)", Category: groupRun, Brief: "if it still runs: fail, skip, wait, replace, join", Values: "fail|skip|wait|replace|join"},
		// Replaces gorun by COMMAND, which then has gorun's PID. There is no report, and no exit status
		// of gorun's own once COMMAND runs. `-b`, `--nohup`, `--at-end` and the reports are refused.
		&cli.BoolFlag{Name: "exec", Usage: "replace gorun by COMMAND instead of supervising it", Category: groupRun},
		// What happens to processes that COMMAND leaves behind. `leave` lets them run in the scope.
		// `wait` waits for them; a signal ends the wait. `stop` sends the stop signal, and after
		// `--stop-timeout` SIGKILL. The exit status is COMMAND's. If a signal ends the wait, gorun dies of
		// that signal.
		&cli.StringFlag{Name: "at-end", Usage: "`HOW`when COMMAND ends, leave its leftover processes (default), wait for them, or stop them", Category: groupRun, Values: "leave|wait|stop"},
		// Keeps the machine from doing *WHAT* while the run lasts: `sleep`, `idle`, `shutdown`, or another
		// word of **systemd-inhibit**(1), with colons in between. gorun holds the lock, and the
		// description is its reason. Without the permission of polkit, which it mostly refuses over ssh,
		// the run goes on with a warning.
		&cli.StringFlag{Name: "inhibit", Usage: "`WHAT`while it runs, keep the machine from sleep, idle, shutdown, ...; WHAT:WHAT for several", Category: groupRun, Values: strings.Join(logind.Inhibited(), "|")},
		// Runs this command when COMMAND has ended, also if the time limit or a stop has ended it, and also
		// with `-b`. Words, quotes, escapes and `$NAME` are systemd's; there is no shell. It gets COMMAND's
		// environment, with `SERVICE_RESULT` (`success`, `exit-code`, `signal`, `timeout`, `oom-kill`, or
		// `unknown` if nobody saw the end), `EXIT_CODE` (`exited`, `killed`, `dumped`), `EXIT_STATUS` (a number,
		// or the name of a signal),
		// `UNIT` and `INVOCATION_ID`, and the report as JSON on its standard input. The option can be
		// repeated; the commands run in their order. A service of the manager's runs them, outside of the
		// scope and its limits, so that they also run if gorun was killed: each once. gorun waits for
		// them, unless the scope is being stopped. Their output goes to the journal. One that takes
		// longer than `--stop-timeout` is killed. A failure is a warning, and changes no exit status; a
		// `-` in front leaves the warning out.
		&cli.StringSliceFlag{Name: "exec-stop-post", Usage: "`COMMANDLINE`run this after COMMAND's end, whatever ended it; repeatable", Category: groupRun},
		// Starts this unit of the same manager when the run has ended well: gorun exits with 0, and no OOM
		// kill has ended the run. The option can be repeated. A name without a suffix is a service.
		&cli.StringSliceFlag{Name: "on-success", Usage: "`UNIT`start this unit when the run has ended well; repeatable", Category: groupRun, Values: cli.UnitFiles},
		// Starts this unit of the same manager when the run has not ended well: by COMMAND's status, a
		// signal, a limit, an OOM kill or a stop, or because COMMAND could not be executed. It is started
		// once, also if gorun was killed. gorun waits until the unit has started, but not longer than
		// `--stop-timeout`, and not if the scope is being stopped. A unit that does not exist is an error,
		// and COMMAND is not run.
		&cli.StringSliceFlag{Name: "on-failure", Usage: "`UNIT`start this unit when the run has not ended well; repeatable", Category: groupRun, Values: cli.UnitFiles},
		// How the run survives logout. With `lease` the user lingers as long as gorun scopes exist. With
		// `no` gorun leaves lingering alone. A user manager that does not run is then an error.
		&cli.StringFlag{Name: "linger", Usage: "`lease|no`linger while gorun scopes exist (default), or do not linger", Category: groupRun, Values: "lease|no"},
		// Makes sure that the run will survive logout, before COMMAND starts. If it will not, COMMAND is
		// not run, and the exit status is 125.
		&cli.BoolFlag{Name: "must-survive", Usage: "refuse to start unless the run will survive logout", Category: groupRun, Brief: "run COMMAND only if it will survive logout"},
		// Runs COMMAND even if a limit is not in force, a property is not supported or there is no
		// manager. Each is a warning, which `-q` hides.
		&cli.BoolFlag{Name: "best-effort", Usage: "run COMMAND even if a limit, a property or the manager is missing; warn", Category: groupRun},
		// Prints at the end how the run ended and what it used, on standard error.
		&cli.BoolFlag{Name: "report", Usage: "print how the run ended and what it used", Category: groupRun},
		// Writes the report as one JSON object. The file is written completely or not at all; until the
		// end it has the invocation ID and `"outcome": null`. `-` is standard output.
		&cli.StringFlag{Name: "report-json", Usage: "`FILE`write the report as JSON; - is standard output", Category: groupRun, Values: cli.Files},
		// Writes no record of how the run ended: `--status` and `--wait-for` cannot know it. The manager
		// still logs the unit's start and end. The unit's description and gorun's
		// own command line then have no arguments of COMMAND's either.
		&cli.BoolFlag{Name: "no-record", Usage: "write no journal entry about the run", Category: groupRun},
		// Prints the unit and its invocation ID when the run begins.
		&cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Usage: "print the unit and its invocation ID", Category: groupRun},
		// Prints no hints and no warnings, also none about missing limits or survival. Errors, leftover
		// processes that were killed, and the line that says why a run ended, are still printed.
		&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "print no hints and no warnings", Category: groupRun},
		// Prints the options that people use most. `--help=all` prints all of them, and `--help=-p` the
		// properties with their syntax and what they need.
		&cli.BoolFlag{Name: "help", Aliases: []string{"h"}, Usage: "print this text; =all prints all options, =-p the properties", Category: groupOther, Values: "all|-p"},
		// Prints the version, the commit if it is known, and the version of Go.
		&cli.BoolFlag{Name: "version", Usage: "print the version, the commit and the Go version", Category: groupOther},
	}
	return slices.Concat(list, propertyFlags(), managementFlags(), withoutEffect())
}

// propertyFlags makes the flags of propertyOptions from the table of properties.
func propertyFlags() []cli.Flag {
	var list []cli.Flag
	for _, o := range propertyOptions {
		p, _ := property.Named(o.property) // the table has it
		list = append(list, &cli.StringFlag{
			Name: o.option, Aliases: o.aliases, Category: groupLimits, Brief: o.brief, Values: cli.PropertyValue,
			Usage: fmt.Sprintf("`%s`%s (%s)", p.Metavar(), p.Help, p.Name),
		})
	}
	return list
}
