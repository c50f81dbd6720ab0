package main

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"gorun/internal/cli"
	"gorun/internal/diagnose"
	"gorun/internal/helper"
	"gorun/internal/manage"
	"gorun/internal/supervise"
	"gorun/internal/text"
	"gorun/scope"

	"golang.org/x/sys/unix"
)

// manageTimeout bounds all questions about runs and the machine. It is for managers that
// hang.
const manageTimeout = 30 * time.Second

// management is an option that does something instead of running COMMAND.
type management struct {
	option string
	units  bool     // takes names of units
	sets   bool     // takes one unit, and assignments
	then   bool     // takes one unit, and after -- arguments for another program
	pids   bool     // takes IDs of processes
	any    bool     // takes names of units, or none
	takes  []string // the options that go with it, besides --json and --quiet
	usage  string
	brief  string // what the short help says; empty if it does not have the option
	values string // for completion: the kind of the words after it
	// do returns the exit status if nothing went wrong.
	do func(ctx context.Context, o *options, out io.Writer, tui *terminal) (status int, err error)
}

// managements are in the order of --help=all. The comment above an entry is the option's text in
// the manual.
func managements() []management {
	return []management{
		// Lists the runs that are running: how old each is, what is left of its time limit, what it uses,
		// whether it survives logout, and its command. At a terminal the lines are cut to its width.
		{option: "list", takes: []string{"user", "system", "embedded", "ended", "all-users", "all-runs"}, brief: "list the runs that are running",
			usage: "list the runs that are running", do: list},
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
			usage: "show the output of a run; after --, arguments for journalctl or tail", do: showLog},
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
		// Processes of another run need `--force`. The main process of a service is refused.
		{option: "adopt", pids: true, takes: append(scopeOptions(), "force"), brief: "move running processes into a new scope", values: cli.Processes,
			usage: "move running processes, with all that they have started, into a new scope, and print its name", do: adopt},
		// Lists your processes by what a logout does to them, and says why. For root it lists those of
		// all users.
		{option: "audit", brief: "list your processes by what a logout does to them", usage: "list your processes by what a logout does to them; as root, those of all users", do: audit},
		// Checks everything that survival, limits and reports depend on, and says how to fix what is
		// missing. The exit status is 1 if there is a problem.
		{option: "doctor", brief: "check this machine, and say how to fix it", usage: "check what survival and limits depend on, and say how to fix it", do: doctor},
		// Resets failed and empty scopes of runs, and removes old files of runs, saying what each was. For
		// root also scopes of sessions that failed because the login was over too soon. Others are only
		// cleaned if they are named.
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
		// With `--adopt`: also takes processes out of another run of gorun's.
		&cli.BoolFlag{Name: "force", Usage: "with --adopt: also take what is in another run of gorun's", Category: groupManage},
		// With what is printed instead of a run: prints JSON.
		&cli.BoolFlag{Name: "json", Usage: "print JSON", Category: groupManage},
		// With `--list`: shows the runs that have ended and are recorded, the newest first.
		&cli.BoolFlag{Name: "ended", Usage: "with --list: the recorded runs that have ended, newest first", Category: groupManage},
		// With `--list`, for root: shows the runs of all users.
		&cli.BoolFlag{Name: "all-users", Usage: "with --list, for root: the runs of all users", Category: groupManage},
		// With `--status`, `--log` and `--list --ended`: shows all runs of a name, not only the newest one.
		&cli.BoolFlag{Name: "all-runs", Usage: "with --status, --log and --list --ended: all runs, not only the newest", Category: groupManage},
		// With `--log`: prints control characters as they are. They may be commands to the terminal.
		&cli.BoolFlag{Name: "raw", Usage: "with --log: do not escape control characters", Category: groupManage},
		// With `--set-property`: changes nothing. A scope's properties last as long as the scope anyway.
		&cli.BoolFlag{Name: "runtime", Usage: "with --set-property: accepted; a scope's properties last as long as the scope", Category: groupManage},
	}
}

// readManagement finds the management that the options ask for, and refuses all options
// that do not go with it.
func (o *options) readManagement(c *cli.Context) error {
	for _, m := range managements() {
		switch {
		case !c.Bool(m.option):
		case o.manage != nil:
			return &usageError{option: "--" + m.option, reason: "cannot be used together with --" + o.manage.option}
		default:
			o.manage = &m
		}
	}
	o.json, o.allRuns, o.raw = c.Bool("json"), c.Bool("all-runs"), c.Bool("raw")
	o.ended, o.allUsers = c.Bool("ended"), c.Bool("all-users")
	o.force, o.dryRun = c.Bool("force"), c.Bool("dry-run")
	if o.manage != nil {
		if err := o.manage.check(c, o.command); err != nil {
			return err
		}
		return o.checkList()
	}
	return refuseAlone(c)
}

// refuseAlone refuses an option that goes with a management, if there is none.
func refuseAlone(c *cli.Context) error {
	for _, f := range companionFlags() {
		if name := f.Info().Name; c.IsSet(name) {
			return &usageError{option: "--" + name, reason: "needs " + managementsWith(name)}
		}
	}
	return nil
}

// managementsWith lists the managements that an option goes with, for a message.
func managementsWith(option string) string {
	var names []string
	for _, m := range managements() {
		if slices.Contains(m.takes, option) || option == "json" && !m.then {
			names = append(names, "--"+m.option)
		}
	}
	last := len(names) - 1
	if last == 0 {
		return names[0]
	}
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// checkList refuses what does not go with --list.
func (o *options) checkList() error {
	switch {
	case o.manage.option != "list":
	case o.allRuns && !o.ended:
		return &usageError{option: "--all-runs", reason: "needs --ended: --list lists all runs that are running"}
	case o.allUsers && !manage.MayListAllUsers():
		return &usageError{option: "--all-users", reason: "only root can ask the managers of all users"}
	}
	return nil
}

// check refuses what does not go with the management: words that are not units, and
// options for runs.
func (m *management) check(c *cli.Context, words []string) error {
	option := "--" + m.option
	if i := slices.Index(words, "--"); m.then && i == 1 {
		words = words[:i]
	}
	late := slices.IndexFunc(words, func(w string) bool { return strings.HasPrefix(w, "-") })
	switch {
	case m.pids:
		if _, err := readPIDs(words); err != nil {
			return err
		}
	case !m.units && len(words) > 0:
		return &usageError{option: option, reason: "takes no COMMAND, and got " + words[0]}
	case m.units && !m.any && len(words) == 0:
		return &usageError{option: option, reason: "needs the name of a unit"}
	case m.sets && len(words) == 1:
		return &usageError{option: option, reason: "needs NAME=VALUE after the unit"}
	case m.then && len(words) > 1:
		return &usageError{option: option, reason: "takes one unit, and further arguments after --"}
	case m.units && late >= 0:
		return &usageError{option: words[late], reason: "comes after the units; options come first"}
	}
	taken := m.taken()
	for _, f := range flags() {
		name := f.Names()[0]
		if c.IsSet(name) && !slices.Contains(taken, name) {
			return &usageError{option: "--" + name, reason: "cannot be used together with " + option}
		}
	}
	return nil
}

// taken are the options that go with the management.
func (m *management) taken() []string {
	taken := append([]string{m.option, "quiet"}, m.takes...)
	if !m.then {
		taken = append(taken, "json")
	}
	return taken
}

// run does what the management promises, within manageTimeout.
func (m *management) run(o *options, out io.Writer, tui *terminal) (status int, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), manageTimeout)
	defer cancel()
	status, err = m.do(ctx, o, out, tui)
	if err != nil {
		err = &managementError{err}
	}
	return status, err
}

// managementError means that a management failed.
type managementError struct{ error }

func (e *managementError) Unwrap() error { return e.error }

// showStatus prints how runs are.
func showStatus(ctx context.Context, o *options, out io.Writer, tui *terminal) (int, error) {
	code, list := 0, []*manage.Status{}
	for _, typed := range o.command {
		unit, err := o.resolve(ctx, typed)
		var none *manage.NoRunError
		if errors.As(err, &none) {
			tui.printf("gorun: error: %v\n", err)
			code = statusMissing
			continue
		}
		if err != nil {
			return 0, err
		}
		found, err := manage.Find(ctx, o.manager, unit, o.allRuns)
		if err != nil {
			return 0, err
		}
		list = append(list, found...)
	}
	if o.json {
		return code, text.JSON(out, list)
	}
	return code, manage.Print(out, list)
}

// resolve finds the unit that the caller wants to read about.
func (o *options) resolve(ctx context.Context, typed string) (string, error) {
	unit, err := manage.Resolve(ctx, o.manager, typed, manage.Reading)
	return unit, o.blameName(typed, err)
}

// blameName says that an error is about a name.
func (o *options) blameName(typed string, err error) error {
	var bad *scope.UnitNameError
	var ambiguous *manage.AmbiguousError
	switch option := "--" + o.manage.option + " " + typed; {
	case errors.As(err, &bad):
		return &usageError{option: option, reason: bad.Reason, cause: err}
	case errors.As(err, &ambiguous):
		return &usageError{option: option, reason: err.Error(), cause: err}
	}
	return err
}

// showLog prints a run's output. With further arguments journalctl(1), which gorun becomes, or
// tail(1) chooses what is printed. That may be long, and its reader slow: it has no time limit.
func showLog(ctx context.Context, o *options, out io.Writer, tui *terminal) (int, error) {
	unit, err := o.resolve(ctx, o.command[0])
	var none *manage.NoRunError
	if errors.As(err, &none) {
		err = &manage.NoLogError{Unit: none.Name}
	}
	if err != nil {
		return 0, err
	}
	args := o.command[1:]
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	log := &manage.Log{Unit: unit, Manager: o.manager, AllRuns: o.allRuns, Raw: o.raw}
	if err := log.Find(ctx); err != nil {
		return 0, err
	}
	switch {
	case len(args) == 0:
		return 0, log.Print(context.WithoutCancel(ctx), out)
	case log.InFile():
		return tailLog(ctx, log, args, out, tui)
	}
	for _, path := range log.Files() {
		tui.warn("journalctl does not show the output in " + path)
	}
	command, err := log.Journalctl(ctx, args)
	if err != nil {
		return 0, err
	}
	if closed, ok := out.(closedOutput); ok {
		return 0, closed
	}
	file, err := helper.Find(command[0])
	if err != nil {
		return 0, err
	}
	err = unix.Exec(file, command, os.Environ())
	return 0, &supervise.StartError{Name: command[0], Err: err}
}

// tailLog prints what tail(1) makes of the files with a run's output, or of those of all runs.
func tailLog(ctx context.Context, log *manage.Log, args []string, out io.Writer, tui *terminal) (int, error) {
	isInJournal, err := log.IsAlsoInJournal(ctx)
	if err != nil {
		return 0, err
	}
	if isInJournal {
		tui.warn("tail does not show the output in the journal")
	}
	unopened, none := log.Unopened()
	for i, why := range unopened {
		if none && i == len(unopened)-1 {
			return 0, why
		}
		tui.warn(why.Error())
	}
	return log.Tail(args, out)
}

// audit prints what a logout does to processes.
func audit(ctx context.Context, o *options, out io.Writer, tui *terminal) (int, error) {
	list, err := diagnose.Audit(ctx)
	if err != nil {
		return 0, err
	}
	if diagnose.MissesProcesses() {
		tui.warn("/proc hides processes (mount option hidepid): some of yours may be missing here")
	}
	if o.json {
		return 0, text.JSON(out, list)
	}
	if err := diagnose.PrintAudit(out, list); err != nil {
		return 0, err
	}
	for _, p := range list {
		if p.Multiplexer != nil && p.Ends() {
			tui.warnOfServer(diagnose.Server{Name: *p.Multiplexer, PID: p.PID, Why: p.Why, Fix: diagnose.Rescue(p)})
		}
	}
	for _, r := range diagnose.Risks(list) {
		tui.warn(r.What)
		tui.advise(r.Fix)
	}
	return 0, nil
}

// doctor prints what is missing on this machine. The status is 1 if there is a problem.
func doctor(ctx context.Context, o *options, out io.Writer, _ *terminal) (int, error) {
	list, status := diagnose.Examine(ctx), 0
	for _, f := range list {
		if f.Status == diagnose.Problem {
			status = 1
		}
	}
	if o.json {
		return status, text.JSON(out, list)
	}
	return status, diagnose.PrintFindings(out, list)
}
