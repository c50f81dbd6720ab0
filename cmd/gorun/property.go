package main

import (
	"slices"
	"strings"

	"gorun/scope/property"
)

// instead says how gorun or the shell does what a property does that scopes do not
// have. A "*" stands for any text.
var instead = map[string]string{
	"Environment":           "-E NAME=VALUE does it",
	"EnvironmentFile":       "read the file in a shell in front of the command: sh -c '. FILE; exec \"$0\" \"$@\"' COMMAND",
	"PassEnvironment":       "the command has gorun's whole environment",
	"UnsetEnvironment":      "put 'env -u NAME' in front of the command",
	"Nice":                  "--nice=N does it",
	"WorkingDirectory":      "--working-directory=DIR does it",
	"SupplementaryGroups":   "--uid=USER gives the command the groups of USER",
	"PAMName":               "--uid=USER runs the command as USER, without a session",
	"Standard*":             "redirect it in the shell, or see --log-to",
	"Syslog*":               "put 'systemd-cat' in front of the command",
	"Limit*":                "put 'prlimit --nofile=N' or the like in front of the command, or use the shell's ulimit",
	"UMask":                 "use the shell's umask",
	"OOMScoreAdjust":        "--oom-score-adjust=N does it",
	"CPUScheduling*":        "put 'chrt' in front of the command",
	"CPUAffinity":           "-p AllowedCPUs=LIST does it, or 'taskset' in front of the command",
	"NUMA*":                 "-p AllowedMemoryNodes=LIST does it, or 'numactl' in front of the command",
	"IOScheduling*":         "put 'ionice' in front of the command",
	"IgnoreSIGPIPE":         "use the shell's trap: sh -c 'trap \"\" PIPE; exec \"$0\" \"$@\"' COMMAND",
	"RootDirectory":         "put 'chroot' in front of the command",
	"CapabilityBoundingSet": "put 'setpriv' in front of the command",
	"AmbientCapabilities":   "put 'setpriv' in front of the command",
	"NoNewPrivileges":       "put 'setpriv --no-new-privs' in front of the command",
	"SecureBits":            "put 'setpriv' in front of the command",
	"SELinuxContext":        "put 'runcon' in front of the command",
	"AppArmorProfile":       "put 'aa-exec' in front of the command",
	"TimeoutSec":            "--stop-timeout=SPAN is the time to stop; a scope has none to start",
	"ExecPaths":             sandbox,
	"ExecSearchPath":        "set PATH for gorun: it finds the command with it",
	"Exec*":                 "the command is what follows gorun's options",
	"Restart*":              "a scope runs once: repeat it in the shell, or use a service",
	"Type":                  "a scope has processes and no type",
	"RemainAfterExit":       "a scope ends with its last process",
	"On*Sec":                "a timer starts services: use one, or cron",
	"OnCalendar":            "a timer starts services: use one, or cron",
	"Private*":              sandbox,
	"Protect*":              sandbox,
	"Restrict*":             sandbox,
	"ReadOnly*":             sandbox,
	"ReadWrite*":            sandbox,
	"Inaccessible*":         sandbox,
	"Bind*":                 sandbox,
	"TemporaryFileSystem":   sandbox,
	"SystemCall*":           sandbox,
	"DynamicUser":           sandbox,
}

// ofOwners says what to do with a property that only other units have.
var ofOwners = map[string]string{
	"services": "leave it out, or use systemd-run without --scope: that starts a service",
	"timers":   "a timer starts services: use one, or cron",
	"slices":   "set it in the file of the slice that --slice names",
}

const sandbox = "systemd sandboxes services only: use systemd-run without --scope, or put 'bwrap' in front of the command"

// hintForProperty says what does the same as a property that scopes do not have. It is
// empty if there is nothing to say.
func hintForProperty(name string) string {
	if hint, ok := instead[name]; ok {
		return hint
	}
	if isKnown(name) {
		return ""
	}
	for pattern, hint := range instead {
		before, after, isPattern := strings.Cut(pattern, "*")
		if isPattern && strings.HasPrefix(name, before) && strings.HasSuffix(name, after) {
			return hint
		}
	}
	return ofOwners[property.OwnersOf(name)]
}

func isKnown(name string) bool {
	return slices.ContainsFunc(property.All(), func(p property.Info) bool { return p.Name == name })
}
