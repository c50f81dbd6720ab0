package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gorun/internal/cause"
	"gorun/internal/diagnose"
	"gorun/internal/entry"
	"gorun/internal/hooks"
	"gorun/internal/logind"
	"gorun/internal/manage"
	"gorun/internal/output"
	"gorun/internal/report"
	"gorun/internal/run"
	"gorun/internal/supervise"
	"gorun/scope"
	"gorun/scope/property"
)

// update rewrites the golden file: go test ./cmd/gorun -run TestHints -update.
var update = flag.Bool("update", false, "rewrite testdata/hints.golden")

// The golden file has what the terminal prints for each error, and for each event of a run.
func TestHintsReadAsInTheGoldenFile(t *testing.T) {
	const golden = "testdata/hints.golden"
	var got strings.Builder
	for _, c := range slices.Concat(failures(), ofAdoptions(), ofCauses()) {
		fmt.Fprintf(&got, "# %s\n$ %s\n%s\n", c.name, c.line, c.print(t))
	}
	for _, c := range events() {
		fmt.Fprintf(&got, "# %s\n$ %s\n%s\n", c.name, c.line, c.print(t))
	}
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	before, after := strings.SplitAfter(string(want), "\n"), strings.SplitAfter(got.String(), "\n")
	for i := range max(len(before), len(after)) {
		if lineOf(before, i) != lineOf(after, i) {
			t.Fatalf("%s:%d: got %q, want %q (if that is meant, run the test with -update)", golden, i+1, lineOf(after, i), lineOf(before, i))
		}
	}
}

func lineOf(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "nothing"
}

// failure is an error and the command line that leads to it.
type failure struct {
	name string
	line string // what was typed
	err  error  // nil if the command line is wrong on each machine
}

// print returns the lines on the terminal, and the exit status.
func (c failure) print(t *testing.T) string {
	t.Helper()
	tui, printed := newRecorder()
	o, err := parseArgs(strings.Fields(c.line))
	if o == nil {
		o = &options{}
	}
	switch {
	case c.err != nil:
		tui.quiet, err = o.quiet, o.blame(c.err)
	case err == nil:
		var spec scope.Spec
		if spec, err = o.spec(); err == nil {
			err = o.check(spec)
		}
	}
	if err == nil {
		t.Fatalf("%s: no error", c.name)
	}
	tui.fail(err)
	return fmt.Sprintf("%sstatus %d\n", printed(), exitStatus(err))
}

// event is what happens during a run.
type event struct {
	name string
	line string // what was typed
	run.Event
}

// print returns the lines on the terminal.
func (c event) print(t *testing.T) string {
	t.Helper()
	o, err := parseArgs(strings.Fields(c.line))
	if err != nil {
		t.Fatalf("%s: %v", c.name, err)
	}
	spec, err := o.spec()
	if err != nil {
		t.Fatalf("%s: %v", c.name, err)
	}
	tui, printed := newRecorder()
	tui.quiet = o.quiet
	(&narrator{terminal: tui, options: o, spec: spec}).tell(c.Event)
	if text := printed(); text != "" {
		return text
	}
	return "(nothing)\n"
}

// newRecorder returns a terminal, and what was printed on it. The caller's name differs
// from machine to machine.
func newRecorder() (*terminal, func() string) {
	var b strings.Builder
	return &terminal{out: &b}, func() string {
		return strings.ReplaceAll(b.String(), "enable-linger "+callerName()+"'", "enable-linger alice'")
	}
}

const (
	unit    = "build.scope"
	pane    = "/user.slice/user-1000.slice/user@1000.service/app.slice/app-tmux.slice/tmux-spawn-1.scope"
	private = "/run/user/1000/systemd/private: no such file or directory"
)

// ofCauses has an example of each cause that package cause finds.
func ofCauses() []failure {
	const plain = "gorun --unit=build make -j8"
	unreachable := func(c cause.Cause) error {
		c.Manager = scope.UserManager
		return &cause.Error{Err: &scope.NoManagerError{Manager: c.Manager, Tried: []error{errors.New(private)}}, Cause: &c, Doing: "connect to the user manager"}
	}
	failed := func(c cause.Cause) error {
		return &cause.Error{Err: &scope.JobError{Unit: unit, Manager: c.Manager, Result: "failed"}, Cause: &c, Doing: "start " + unit}
	}
	const (
		manager  = "user@1000.service"
		dir      = "/run/user/1000"
		notMoved = "Couldn't move process 4711 to requested cgroup '/user.slice/build.scope' (directly or via the system bus): Permission denied"
	)
	return []failure{
		{"no systemd", plain, unreachable(cause.Cause{Kind: cause.NoSystemd})},
		{"WSL without systemd", plain, unreachable(cause.Cause{Kind: cause.WSL})},
		{"service without unix sockets", plain, unreachable(cause.Cause{Kind: cause.NoUnixSockets, Unit: "backup.service"})},
		{"process without unix sockets", plain, unreachable(cause.Cause{Kind: cause.NoUnixSockets})},
		{"UID without a user", plain, unreachable(cause.Cause{Kind: cause.NoEntry, UID: 5000})},
		{"dynamic user", plain, unreachable(cause.Cause{Kind: cause.DynamicUser, User: "backup", Unit: "backup.service"})},
		{"directory hidden by a setting", plain, unreachable(cause.Cause{Kind: cause.Hidden, Path: dir, Unit: "backup.service", Setting: "ProtectHome=yes", Mount: "/run/user", Runs: true})},
		{"directory hidden by a mount", plain, unreachable(cause.Cause{Kind: cause.Hidden, Path: dir, Mount: dir, Runs: true})},
		{"directory hidden in WSL", plain, unreachable(cause.Cause{Kind: cause.Hidden, Path: dir, Mount: dir, Runs: true, InWSL: true})},
		{"directory not mounted here", plain, unreachable(cause.Cause{Kind: cause.Hidden, Path: dir, Runs: true})},
		{"sockets removed", plain, unreachable(cause.Cause{Kind: cause.SocketsGone, Unit: manager, Path: dir})},
		{"socket that refuses", plain, unreachable(cause.Cause{Kind: cause.Refuses, Unit: manager, Path: dir + "/systemd/private", Detail: "permission denied"})},
		{"socket that nobody listens on", plain, unreachable(cause.Cause{Kind: cause.Refuses, Unit: manager, Path: dir + "/systemd/private", Detail: "connection refused"})},
		{"manager masked", plain, unreachable(cause.Cause{Kind: cause.Masked, Unit: manager})},
		{"manager killed", plain, unreachable(cause.Cause{Kind: cause.Ended, Unit: manager, Detail: "signal"})},
		{"manager that does not start", plain, unreachable(cause.Cause{Kind: cause.Ended, Unit: manager, Detail: "exit-code"})},
		{"account expired", plain, unreachable(cause.Cause{Kind: cause.AccountExpired, Unit: manager, User: "alice", Detail: "2026-03-04"})},
		{"password expired", plain, unreachable(cause.Cause{Kind: cause.PasswordExpired, Unit: manager, User: "alice", Detail: "must be changed"})},
		{"refused by PAM", plain, unreachable(cause.Cause{Kind: cause.PAM, Unit: manager, User: "alice", Says: "pam_sss(systemd-user:account): Access denied for user alice: 6 (Permission denied)"})},
		{"no system bus", plain, unreachable(cause.Cause{Kind: cause.NoSystemBus, Detail: "connection refused"})},
		{"directory full", plain, &cause.Error{
			Err:   &scope.ManagerError{Unit: unit, Manager: scope.UserManager, Message: "Unit " + unit + " not found."},
			Cause: &cause.Cause{Kind: cause.Full, Manager: scope.UserManager, Path: dir, Detail: "the files of units"}, Doing: "start " + unit,
		}},
		{"processes not moved", plain, failed(cause.Cause{Kind: cause.NotMoved, Manager: scope.UserManager, Detail: "Sender is not authorized to send message", Says: notMoved})},
		{"job failed", plain, failed(cause.Cause{Kind: cause.Failed, Manager: scope.UserManager, Unit: unit, Says: notMoved})},
		{"job of the system failed", "gorun --system --unit=build make", failed(cause.Cause{Kind: cause.Failed, Manager: scope.SystemManager, Unit: unit, Says: "Failed to add PIDs to scope's control group: No such process"})},
	}
}

func TestEachCauseIsInTheGoldenFile(t *testing.T) {
	shown := map[cause.Kind]bool{}
	for _, f := range ofCauses() {
		var c *cause.Cause
		if errors.As(f.err, &c) {
			shown[c.Kind] = true
		}
	}
	for _, k := range cause.Kinds() {
		if !shown[k] {
			t.Errorf("%s has no example", k)
		}
	}
}

// failures has an example of each error that [hintFor], [exitStatus] or [options.blame]
// distinguish.
func failures() []failure {
	const plain = "gorun --unit=build make -j8"
	started := func(errno unix.Errno) error { return &supervise.StartError{Name: "make", Err: errno} }
	noManager := func(m scope.Manager, tried ...error) error { return &scope.NoManagerError{Manager: m, Tried: tried} }
	exists := &scope.UnitExistsError{Unit: unit, Manager: scope.UserManager}
	refusedLease := &scope.LeaseError{Reason: "Could not enable linger: Access denied (exit status 1)"}
	limit := func(e scope.LimitError) error { e.Unit = unit; return &e }
	return []failure{
		{"no command", "gorun", nil},
		{"unknown option", "gorun --nope make", nil},
		{"option of systemd-run that has no meaning for a scope", "gorun --wait make", nil},
		{"invalid value of a property's option", "gorun --runtime-max=2x make", nil},
		{"invalid value of a property", "gorun -p MemoryMax=lots make", nil},
		{"unknown property", "gorun -p MemroyMax=1G make", nil},
		{"property of services, with another way", "gorun -p Nice=5 make", nil},
		{"property of services, without another way", "gorun -p GuessMainPID=yes make", nil},
		{"property of timers", "gorun -p Persistent=yes make", nil},
		{"property of slices", "gorun -p ConcurrencyHardMax=3 make", nil},
		{"slice without room for the run's own", "gorun --own-slice --unit=build --slice=" + strings.Repeat("a-", 118) + "a -p MemoryMax=1G make", nil},
		{"invalid unit name", "gorun --unit=build.service make", nil},
		{"option that needs another", "gorun --if-running=wait make", nil},
		{"options that exclude each other", "gorun --exec --report make", nil},
		{"only root becomes another user", "gorun --uid=bob make", &notRootError{user: "bob"}},
		{"only root takes another group", "gorun --gid=wheel make", &notRootError{group: "wheel"}},
		{"gorun's file is setuid", plain, &entry.RightsError{File: "/usr/bin/gorun"}},
		{"gorun's file has capabilities", plain, &entry.RightsError{File: "/opt/my tools/gorun", Capabilities: true}},

		{"command not found", plain, started(unix.ENOENT)},
		{"command line of a shell", "gorun 'make && make install'", &supervise.StartError{Name: "make && make install", Err: unix.ENOENT}},
		{"option without its dashes", "gorun doctor", &supervise.StartError{Name: "doctor", Err: unix.ENOENT}},
		{"command not executable", plain, started(unix.EACCES)},
		{"command not executable in its directory", "gorun --working-directory=/srv/build ./make", &supervise.StartError{Name: "./make", Dir: "/srv/build", Err: unix.EACCES}},
		{"no memory for the command", plain, started(unix.ENOMEM)},
		{"report of an earlier run that cannot be replaced", "gorun --report-json=/tmp/report make", &run.ReportError{Err: &os.PathError{Op: "write", Path: "/tmp/report", Err: unix.EIO}}},
		{"no room for gorun", "gorun -p MemoryHigh=1M make", &run.LittleRoomError{Err: &property.Error{Name: "MemoryHigh", Value: "1M", Reason: "leaves no room for gorun itself; the least that works is 2M"}, Exec: true}},
		{"no room for gorun, in bytes", "gorun -p MemoryMax=500 make", &run.LittleRoomError{Err: &property.Error{Name: "MemoryMax", Value: "500", Reason: "leaves no room for gorun itself; the least that works is 2M"}, Guess: "500M"}},
		{"no room for gorun, with --exec", "gorun --exec -p MemoryMax=1K make", &run.LittleRoomError{Err: &property.Error{Name: "MemoryMax", Value: "1K", Reason: "leaves no room for gorun itself; the least that works is 256K"}}},
		{"no room for the command", "gorun --tasks-max=3 make", &run.NoRoomError{Err: started(unix.EAGAIN)}},
		{"nice value refused", "gorun --nice=-5 make", &supervise.SetupError{Doing: "set the niceness to -5", Err: unix.EACCES, Of: supervise.Niceness}},
		{"hook that does not exist", "gorun --exec-stop-post=no-such-hook make", nil},
		{"unit for the end that does not exist", "gorun --on-failure=mail make", &run.HookUnitError{Unit: "mail.service", OnFailure: true, Err: &scope.UnusableUnitError{Unit: "mail.service", Manager: scope.UserManager, Load: "not-found"}}},
		{"unit for the end that is masked", "gorun --on-success=mail make", &run.HookUnitError{Unit: "mail.service", Err: &scope.UnusableUnitError{Unit: "mail.service", Manager: scope.UserManager, Load: "masked"}}},
		{"unit for the end that is a scope", "gorun --on-failure=x.scope make", nil},
		{"hooks that the manager cannot run", "gorun --on-failure=mail make", &run.HookError{Unit: unit, Err: &scope.AfterError{Unit: "gorun-hooks-1.service", Manager: scope.UserManager, File: "/mnt/gorun", Result: "failed"}}},
		{"lock that does not exist", "gorun --inhibit=slep make", nil},
		{"OOM score refused", "gorun --oom-score-adjust=-5 make", &supervise.SetupError{Doing: "set the OOM score to -5", Err: unix.EACCES, Of: supervise.OOMScore}},
		{"OOM score out of range", "gorun --oom-score-adjust=1001 make", nil},
		{"working directory refused", "gorun --working-directory=/root make", &supervise.SetupError{Doing: "change the working directory", Err: unix.EACCES, Of: supervise.Directory}},

		{"no user manager", plain, noManager(scope.UserManager, errors.New(private))},
		{"user manager that refuses the connection", "gorun --list", &managementError{noManager(scope.UserManager, fmt.Errorf("/run/user/1000/systemd/private: %w", unix.ECONNREFUSED), errors.New("user@1000.service is active, and cannot be reached"))}},
		{"no user manager, and no lingering", plain, noManager(scope.UserManager, errors.New(private), refusedLease)},
		{"no system manager", "gorun --system make", noManager(scope.SystemManager, errors.New("/run/systemd/private: connection refused"))},
		{"start refused by polkit", "gorun --system make", &scope.RefusedError{Unit: unit, Reason: "Interactive authentication required."}},
		{"start refused by the manager", plain, &scope.ManagerError{Unit: unit, Message: "Unit build.slice is masked."}},
		{"manager silent", plain, &scope.TimeoutError{Doing: "start " + unit, After: 90 * time.Second}},
		{"condition not met", "gorun -p ConditionACPower=yes make", &scope.NotPlacedError{Unit: unit, Cgroup: "/user.slice/user-1000.slice/session-2.scope"}},
		{"process that another program moves", plain, &scope.MovedError{Unit: unit, Cgroup: pane}},
		{"assertion not met", "gorun -p AssertPathExists=/nowhere make", &scope.JobError{Unit: unit, Result: "assert"}},
		{"required unit did not start", "gorun -p Requires=database.service make", &scope.JobError{Unit: unit, Result: "dependency"}},
		{"start canceled", plain, &scope.JobError{Unit: unit, Result: "canceled"}},
		{"start failed", plain, &scope.JobError{Unit: unit, Manager: scope.UserManager, Result: "failed"}},
		{"start failed on the whole machine", "gorun --system --unit=build make", &scope.JobError{Unit: unit, Manager: scope.SystemManager, Result: "timeout"}},
		{"job mode that this systemd lacks", "gorun --job-mode=lenient make", &property.Error{Name: "JobMode", Value: "lenient", Reason: "this systemd does not support the mode"}},
		{"property that this systemd lacks", "gorun -p MemoryZSwapWriteback=no make", &property.Error{Name: "MemoryZSwapWriteback", Value: "no", Reason: "this systemd does not support it for scopes; systemd 256 does"}},

		{"unit exists", plain, exists},
		{"unit of the system exists", "gorun --system --unit=build make", &scope.UnitExistsError{Unit: unit, Manager: scope.SystemManager}},
		{"unit exists and is not gorun's", "gorun --unit=build --if-running=skip make", &run.NotOursError{Exists: exists}},
		{"leftover processes keep the unit", "gorun --unit=build --if-running=skip make", &run.LeftoverError{Unit: unit, Manager: scope.UserManager, Processes: []string{"sleep (process 4711)"}}},
		{"server of a multiplexer keeps the unit", "gorun --unit=build --if-running=skip tmux", &run.LeftoverError{Unit: unit, Manager: scope.UserManager, Processes: []string{"tmux: server (process 4711)"}, Multiplexer: "tmux"}},
		{"run of another user is not joined", "gorun --system --unit=build --if-running=join make", &run.OtherUserError{Unit: unit, UID: 0}},
		{"run that is stopped and waits for this one", "gorun --unit=build tmux", &run.OwnRunError{IfRunning: run.JoinSame, Unit: unit}},
		{"run of another's scope that may not be entered", "gorun --system --unit=build --if-running=join make", &scope.CallError{Doing: "join", Unit: unit, Name: "org.freedesktop.DBus.Error.AccessDenied", Message: "it is a scope of the system manager's, and this process is not root's"}},
		{"run that would wait for itself", "gorun --unit=build --if-running=wait make", &run.OwnRunError{IfRunning: run.Wait, Unit: unit}},
		{"other run that is not stopped", "gorun --unit=build --if-running=replace make", &scope.CallError{Doing: "stop", Unit: unit, Name: "canceled", Message: "the result of the job is canceled"}},

		{"limit without its controller", "gorun --memory-max=2G make", limit(scope.LimitError{Manager: scope.UserManager, Name: "MemoryMax", Value: "2G", Controller: "memory"})},
		{"limit without its controller on the whole machine", "gorun --system --cpu-quota=50% make", limit(scope.LimitError{Manager: scope.SystemManager, Name: "CPUQuota", Value: "50%", Controller: "cpu"})},
		{"limit that needs privilege", "gorun -p IPAddressDeny=any make", limit(scope.LimitError{Manager: scope.UserManager, Name: "IPAddressDeny", Value: "any", Controller: property.BPF})},
		{"limit that this kernel lacks", "gorun -p MemoryZSwapMax=1G make", limit(scope.LimitError{Manager: scope.UserManager, Name: "MemoryZSwapMax", Value: "1G", File: "memory.zswap.max"})},
		{"limit that the kernel shows otherwise", "gorun -p AllowedCPUs=500 make", limit(scope.LimitError{Manager: scope.SystemManager, Name: "AllowedCPUs", Value: "500", File: "cpuset.cpus", Shows: "nothing"})},

		{"limit that the joined run lacks", "gorun --unit=build --if-running=join --memory-max=2G make", limit(scope.LimitError{Manager: scope.UserManager, Name: "MemoryMax", Value: "2G", Running: true})},
		{"run that does not survive", "gorun --must-survive make", &run.LogoutError{Unit: unit, Reason: errors.New("the user manager stops: alice does not linger"), Delay: 10 * time.Second}},
		{"run that may not survive this systemd", "gorun --must-survive make", &run.LogoutError{Unit: unit, Reason: &logind.RiskError{Version: "255.4-1ubuntu8"}, Delay: -1}},
		{"run that may not survive", "gorun --must-survive make", &run.LogoutError{Unit: unit, Reason: refusedLease, Delay: -1}},
		{"run in a cgroup namespace", "gorun --must-survive make", &run.UnknownSurvivalError{Unit: unit, Verdict: logind.NamespaceVerdict()}},
		{"lingering refused", "gorun --must-survive make", refusedLease},

		{"log that cannot be opened", "gorun -b --log-to=file:/root/log make", &output.TargetError{Target: &output.Target{Kind: output.File, Path: "/root/log"}, Asked: true, Err: unix.EACCES}},
		{"no place for the log", "gorun -b make", &output.TargetError{Err: errors.New("there is no home directory for a file, and no journal that you can read")}},
		{"default log that cannot be opened", "gorun -b make", &output.TargetError{Target: &output.Target{Kind: output.File, Path: "/home/alice/.local/state/gorun/x.scope.log"}, Err: unix.EISDIR}},
		{"log of a run that was not started", "gorun --log build", &manage.NoLogError{Unit: "build.scope", Why: "./job: no such file or directory"}},
		{"name that cannot be printed", "gorun -b make", unprinted("build.scope", unix.ENOSPC)},
		{"report that cannot be written", "gorun --report-json=/root/report make", (&options{reportJSON: "/root/report"}).blameReport(&os.PathError{Op: "open", Path: "/root/report", Err: unix.EACCES})},

		{"log that is gone", "gorun --log build", &managementError{&output.GoneError{Unit: unit, Path: "/tmp/log"}}},
		{"run that does not exist", "gorun --status build", &manage.NoRunError{Name: unit}},
		{"part of a word of a name", "gorun --stop make", &manage.NoRunError{Name: "make.scope", Near: []string{"gorun-cmake-7b9d.scope"}}},
		{"processes that the manager leaves", "gorun --stop build", &managementError{&manage.LeftError{Unit: unit, Dir: "/sys/fs/cgroup/app.slice/" + unit}}},
		{"processes that a stop without a manager leaves", "gorun --embedded --stop build", &managementError{&manage.LeftError{Unit: unit, Embedded: true}}},
		{"run with a name that cannot be noted", "gorun --embedded --unit=build make", &run.UnkeptError{Unit: unit, Err: errors.New("the state directory belongs to UID 1")}},
		{"part of several names", "gorun --stop make", &usageError{option: "--stop make", reason: "2 runs have that in their name: a-make.scope, b-make.scope", cause: &manage.AmbiguousError{Name: "make.scope", Units: []string{"a-make.scope", "b-make.scope"}}}},
		{"stop of a scope of somebody else's", "gorun --stop session-3", &managementError{&manage.ForeignError{Unit: "session-3.scope", Manager: scope.SystemManager}}},
		{"stop that is refused", "gorun --system --stop build", &managementError{&scope.CallError{Doing: "stop", Unit: unit, Name: "org.freedesktop.DBus.Error.AccessDenied", Message: "Access denied"}}},
		{"freeze of the own run", "gorun --freeze build", &managementError{&manage.OwnRunError{Unit: unit, What: "be frozen with it"}}},
		{"run without a record", "gorun --wait-for build", &waitError{&manage.UnknownEndError{Unit: unit, Why: "ended; exit status unknown (no journal record)"}}},
		{"log of an unknown run", "gorun --log build", &managementError{&manage.NoLogError{Unit: unit}}},
		{"management that fails", "gorun --audit", &managementError{errors.New("ask logind: connection refused")}},
		{"management with a bad name", "gorun --status a/b.service", &managementError{&usageError{option: "--status a/b.service", reason: "a scope must have a name that ends in .scope"}}},
		{"management with a COMMAND", "gorun --audit make", nil},
		{"hints with --quiet", "gorun -q --memory-max=2G make", limit(scope.LimitError{Manager: scope.UserManager, Name: "MemoryMax", Value: "2G", Controller: "memory"})},
	}
}

// events has each event of a run, with each kind of warning.
func events() []event {
	const plain = "gorun --unit=build make -j8"
	s := &scope.Scope{Unit: unit, Manager: scope.UserManager, InvocationID: "5d0cd0e5f4e94e34a2e4b5ad9ec1a1d3"}
	with := func(change func(*scope.Scope)) run.Event {
		changed := *s
		change(&changed)
		return run.Started{Scope: &changed}
	}
	code, name := 0, unit
	begin := time.Date(2026, 3, 4, 5, 6, 7, 0, time.Local)
	ended := &report.Report{
		Unit: &name, Command: []string{"make", "-j8"}, StartedAt: begin, EndedAt: new(begin.Add(90 * time.Second)), Duration: new(90.0),
		Outcome: report.Exited, ExitCode: &code,
	}
	mortal := &run.LogoutError{Unit: unit, Reason: errors.New("the user manager stops: alice does not linger")}
	return []event{
		{"skipped", "gorun --unit=build --if-running=skip make", run.Skipped{Unit: unit}},
		{"skipped, with --verbose", "gorun -v --unit=build --if-running=skip make", run.Skipped{Unit: unit}},
		{"started", plain, run.Started{Scope: s}},
		{"started, with --verbose", "gorun -v --unit=build make", run.Started{Scope: s}},
		{"joined", "gorun --unit=work tmux new -A -s main", run.Joined{Scope: s}},
		{"joined, with --verbose", "gorun -v --unit=build --if-running=join make", run.Joined{Scope: s}},
		{"joined with limits that a drop-in has changed", "gorun --unit=build --if-running=join --memory-max=2G make", run.Joined{Scope: &scope.Scope{Unit: unit, Overridden: []scope.Override{{Name: "MemoryMax", Value: "2G"}}}}},
		{"leftover processes in the scope of another run", "gorun --unit=build --if-running=join --at-end=stop make", run.Warning{Err: &run.AtEndError{AtEnd: run.Stop, Err: errors.New("left alone in the scope of another run, where they cannot be told from that run's")}}},
		{"started without a safe lease", "gorun --user --job-mode=fail make", run.Started{Scope: s}},
		{"property without effect", "gorun -p StartLimitBurst=5 make", run.Started{Scope: s}},
		{"drop-in that wins", "gorun --memory-max=2G make", with(func(s *scope.Scope) { s.Overridden = []scope.Override{{Name: "MemoryMax", Value: "2G"}} })},
		{"limit that is not in force", "gorun --best-effort --memory-max=2G make", with(func(s *scope.Scope) {
			s.Unenforced = []*scope.LimitError{{Unit: unit, Manager: scope.UserManager, Name: "MemoryMax", Value: "2G", Controller: "memory"}}
		})},
		{"limit that changes nothing", "gorun --slice=work --memory-max=2G make", with(func(s *scope.Scope) {
			s.Moot = []scope.Moot{{Name: "MemoryMax", Value: "2G", Why: "work.slice has 1G in memory.max, which is less"}}
		})},
		{"limit that leaves swap open", "gorun --memory-max=2G make", with(func(s *scope.Scope) { s.Swap = 4 << 30 })},
		{"property that is left out", "gorun --best-effort -p MemoryZSwapWriteback=no make", with(func(s *scope.Scope) { s.Dropped = []string{"MemoryZSwapWriteback"} })},
		{"output in a file that nobody asked for", "gorun -b make", run.Redirected{File: "/home/alice/.local/state/gorun/" + unit + ".log"}},
		{"run without a scope", "gorun --best-effort make", run.Warning{Err: &run.NoScopeError{Err: &scope.NoManagerError{Manager: scope.UserManager, Tried: []error{errors.New(private)}}}}},
		{"run that does not survive", plain, run.Warning{Err: mortal}},
		{"run that does not survive, with --quiet", "gorun -q make", run.Warning{Err: mortal}},
		{"variables that are not set", "gorun --expand-environment=yes make $JOBS", run.Warning{Err: &run.UnsetError{Names: []string{"JOBS", "TARGET"}}}},
		{"leftover processes without a scope", "gorun --best-effort --at-end=wait make", run.Warning{Err: &run.AtEndError{AtEnd: run.WaitFor}}},
		{"leftover processes that cannot be observed", "gorun --at-end=stop make", run.Warning{Err: &run.AtEndError{AtEnd: run.Stop, Err: errors.New("open /sys/fs/cgroup/user.slice/build.scope/cgroup.events: permission denied")}}},
		{"hook that fails", "gorun --exec-stop-post=curl make", run.Warning{Err: &run.HookError{Unit: unit, Hook: &hooks.Failure{Command: "curl", Why: "exit status 6"}}}},
		{"unit that cannot be started at the end", "gorun --on-failure=mail make", run.Warning{Err: &run.HookError{Unit: unit, Hook: &hooks.Failure{Unit: "mail.service", OnFailure: true, Why: "the result of the job is failed"}}}},
		{"property that knows less of the end", "gorun -p OnFailure=mail.service make", run.Started{Scope: s}},
		{"lock that polkit refuses", "gorun --inhibit=sleep make", run.Warning{Err: &run.InhibitError{What: "sleep", Err: &logind.RefusedError{What: "sleep"}}}},
		{"command that another program has moved", plain, run.Warning{Err: &run.StrayError{Unit: unit, Cgroup: pane, Command: true, Err: unix.EACCES}}},
		{"supervisor that another program has moved", plain, run.Warning{Err: &run.StrayError{Unit: unit, Cgroup: pane, Err: unix.EACCES}}},
		{"caller released", "gorun -b make", run.CallerReleased{}},
		{"time limit", "gorun --runtime-max=2h make", run.Ending{Unit: unit, Why: "time limit of 2h reached"}},
		{"time limit, with --quiet", "gorun -q --runtime-max=2h make", run.Ending{Unit: unit, Why: "time limit of 2h reached"}},
		{"leftover processes killed", "gorun --at-end=stop make", run.Left{Unit: unit, Killed: true}},
		{"leftover processes that stay", "gorun --at-end=stop make", run.Left{Unit: unit, PIDs: []int{4711, 4712}}},
		{"ended", plain, run.Ended{Report: ended}},
		{"ended, with --report", "gorun --report make -j8", run.Ended{Report: ended}},
		{"report that cannot be written", "gorun --report-json=/tmp/report make", run.ReportFailed{Err: &os.PathError{Op: "write", Path: "/tmp/report", Err: unix.ENOSPC}}},
	}
}

func TestWarningsOutsideOfARunNameWhatToDo(t *testing.T) {
	tui, printed := newRecorder()
	tui.warnOfServer(diagnose.Server{Name: "tmux", PID: 4711, Why: "logind kills it with session 2: KillUserProcesses=yes", Fix: diagnose.Rescue(diagnose.Process{PID: 4711, UID: os.Getuid()})})
	const want = "gorun: warning: the tmux server, process 4711, is already running outside a gorun scope; attaching does not protect it: " +
		"logind kills it with session 2: KillUserProcesses=yes\n" +
		"gorun: hint: 'gorun --adopt 4711' moves it into a scope that survives, with all that runs in it\n"
	if got := printed(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
