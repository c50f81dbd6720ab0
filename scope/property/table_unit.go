package property

import (
	"errors"

	"gorun/internal/unitname"
)

// actions are what the manager can do with the whole system (systemd.unit(5)). A user's
// manager has the first three.
var actions = []string{
	"none", "exit", "exit-force", "reboot", "reboot-force", "reboot-immediate",
	"poweroff", "poweroff-force", "poweroff-immediate", "soft-reboot", "soft-reboot-force",
	"kexec", "kexec-force", "halt", "halt-force", "halt-immediate",
}

func actionSyntax() syntax { return oneOf(actions...).named("ACTION") }

// jobModeSyntax is how a job is queued with others.
func jobModeSyntax() syntax {
	return oneOf(JobModes()...).named("MODE")
}

// JobModes lists how a manager can deal with conflicting jobs, in its own words
// (systemctl(1), --job-mode). Not every manager supports all of them, and some have no
// meaning for scopes.
func JobModes() []string {
	return []string{"fail", "lenient", "replace", "replace-irreversibly", "isolate", "flush",
		"ignore-dependencies", "ignore-requirements", "triggering", "restart-dependencies"}
}

// argumentSyntax is the argument of a reboot.
func argumentSyntax() syntax { return checked("ARGUMENT", checkASCII).orEmpty("") }

// notStarted refuses what would keep the scope from starting.
func notStarted(value any) error {
	if value == true {
		return errors.New("the manager would then refuse to start the scope")
	}
	return nil
}

// noStartLimit is why a start limit has no effect.
const noStartLimit = "scopes start once and have no start limit"

// unitRows are the properties that units of all types have (systemd.unit(5)).
var unitRows = []Info{
	{Name: "AllowIsolate", syntax: boolSyntax, Help: "whether systemctl isolate takes the scope",
		futile: "scopes cannot be started, and so not isolated"},
	{Name: "CollectMode", syntax: func() syntax { return oneOf("inactive", "inactive-or-failed") }, Help: "whether a failed unit is unloaded"},
	{Name: "DefaultDependencies", syntax: boolSyntax, Help: "whether the scope is stopped before the system goes down"},
	{Name: "Description", syntax: textSyntax, Help: "what the unit is, in words for people"},
	{Name: "Documentation", syntax: func() syntax { return wordsSyntax("URI", checkURI) }, List: true, Reset: true, Help: "where to read about it"},
	{Name: "FailureAction", syntax: actionSyntax, Since: 236, Help: "what to do with the system when the scope fails",
		caveat: failsRarely},
	{Name: "FailureActionExitStatus", syntax: exitStatusSyntax, Since: 240, Reset: true, Help: "the exit status of FailureAction=exit"},
	{Name: "IgnoreOnIsolate", syntax: boolSyntax, Help: "whether systemctl isolate leaves the scope running; on by default"},
	{Name: "JobRunningTimeoutSec", wire: "JobRunningTimeoutUSec", syntax: spanSyntax, Help: "how long starting or stopping may take"},
	{Name: "JobTimeoutAction", syntax: actionSyntax, Since: 240, Help: "what to do with the system after JobRunningTimeoutSec"},
	{Name: "JobTimeoutRebootArgument", syntax: argumentSyntax, Since: 240, Reset: true, Help: "the argument of JobTimeoutAction=reboot"},
	{Name: "Markers", syntax: func() syntax { return wordsSyntax("[+|-]MARKER", checkMarker).refuse(notMixed) }, Since: 248, Reset: true,
		Help: "what systemctl is to do with the unit later"},
	{Name: "OnFailureJobMode", syntax: jobModeSyntax, Help: "how the jobs of OnFailure are queued"},
	// D-Bus has it; systemd-run(1) does not know it.
	{Name: "OnSuccessJobMode", syntax: jobModeSyntax, Since: 249, Help: "how the jobs of OnSuccess are queued"},
	{Name: "RebootArgument", syntax: argumentSyntax, Reset: true, Help: "the argument of FailureAction=reboot and the like"},
	{Name: "RefuseManualStart", syntax: func() syntax { return boolSyntax().refuse(notStarted) }, Help: "whether only a dependency may start the unit"},
	{Name: "RefuseManualStop", syntax: boolSyntax, Help: "whether only a dependency may stop the unit"},
	{Name: "Slice", syntax: sliceSyntax, Help: "the slice that the scope is placed in"},
	{Name: "SourcePath", syntax: func() syntax { return checked("PATH", checkAbsolute).orEmpty("") }, Reset: true, Help: "the file that the unit was made from"},
	{Name: "StartLimitAction", syntax: actionSyntax, Help: "what to do with the system at the start limit", futile: noStartLimit},
	{Name: "StartLimitBurst", syntax: countSyntax, Help: "how many starts the start limit allows", futile: noStartLimit},
	{Name: "StartLimitIntervalSec", wire: "StartLimitIntervalUSec", syntax: spanSyntax, Help: "the time of the start limit",
		futile: noStartLimit},
	{Name: "StopWhenUnneeded", syntax: boolSyntax, Help: "stop the scope when no unit needs it any more"},
	{Name: "SuccessAction", syntax: actionSyntax, Since: 236, Help: "what to do with the system when the scope ends well",
		caveat: endsWellAlways},
	{Name: "SuccessActionExitStatus", syntax: exitStatusSyntax, Since: 240, Reset: true, Help: "the exit status of SuccessAction=exit"},
	{Name: "SurviveFinalKillSignal", syntax: boolSyntax, Since: 255, Help: "keep the processes running through a soft reboot"},
}

// addsOnly says what an empty list of dependencies does.
var addsOnly = []surprise{{"", "an empty value removes no dependency: they cannot be removed"}}

// What a manager knows of a scope's end: that the time limit was reached, that the OOM
// killer came, or that a stop took too long; but not COMMAND's status (scope.c).
const (
	failsRarely    = "a scope fails at its time limit, at a stop that takes too long, and with OOMPolicy=stop or kill at an OOM kill; that the command fails is not known to the manager"
	endsWellAlways = "a scope also ends well if the command fails, which is not known to the manager"
	noReload       = "scopes cannot be reloaded"
)

// without is the row of a property without an effect.
func (r Info) without(why string) Info {
	r.futile = why
	return r
}

// warned is a row with a caveat.
func (r Info) warned(caveat string) Info {
	r.caveat = caveat
	return r
}

// dependency is the row of a dependency on other units.
func dependency(name string, since int, help string) Info {
	return Info{Name: name, syntax: func() syntax { return wordsSyntax("UNIT", unitname.CheckDependency) }, Since: since, List: true, Help: help, surprising: addsOnly}
}

// dependencyRows are the dependencies between the scope and other units
// (systemd.unit(5)).
func dependencyRows() []Info {
	return []Info{
		dependency("After", 0, "units that are started before the scope, and stopped after it"),
		dependency("Before", 0, "units that are started after the scope, and stopped before it"),
		dependency("BindsTo", 0, "units that are started too; the scope is stopped when they end"),
		dependency("Conflicts", 0, "units that are stopped when the scope starts, and the other way round"),
		dependency("JoinsNamespaceOf", 0, "units whose namespaces a service would share").without("scopes have no namespaces of their own"),
		dependency("OnFailure", 0, "units that are started when the scope fails").warned(failsRarely),
		dependency("OnSuccess", 249, "units that are started when the scope ends well").warned(endsWellAlways),
		dependency("PartOf", 0, "units that stop the scope when they stop"),
		dependency("PropagatesReloadTo", 0, "units that are reloaded with the scope").without(noReload),
		dependency("PropagatesStopTo", 249, "units that are stopped with the scope"),
		dependency("ReloadPropagatedFrom", 0, "units that reload the scope when they are reloaded").without(noReload),
		dependency("Requires", 0, "units that are started too; without them the scope does not start"),
		{Name: "RequiresMountsFor", syntax: func() syntax { return wordsSyntax("PATH", checkMountPath) }, List: true,
			Help: "paths whose file systems have to be mounted", surprising: addsOnly},
		dependency("Requisite", 0, "units that have to be running already"),
		dependency("StopPropagatedFrom", 249, "units that stop the scope when they stop"),
		dependency("Upholds", 249, "units that are kept running as long as the scope is"),
		dependency("Wants", 0, "units that are started too"),
		{Name: "WantsMountsFor", syntax: func() syntax { return wordsSyntax("PATH", checkMountPath) }, Since: 256, List: true,
			Help: "paths whose file systems are mounted if they can be", surprising: addsOnly},
	}
}
