package property

import (
	"slices"
	"strings"
)

// foreign are the properties of units of other types that scopes do not support
// (bus-unit-util.c).
var foreign = []struct{ owners, names string }{
	{"services", serviceNames},
	{"timers", timerNames},
	{"slices", "ConcurrencyHardMax ConcurrencySoftMax ActivatingConcurrencyMax"},
}

// OwnersOf are the units that have a property that scopes do not support, such as "services". It is
// empty if there are none.
func OwnersOf(name string) string {
	for _, f := range foreign {
		if slices.Contains(strings.Fields(f.names), name) {
			return f.owners
		}
	}
	return ""
}

const serviceNames = `
	AmbientCapabilities AppArmorProfile BPFDelegateAttachments BPFDelegateCommands BPFDelegateMaps
	BPFDelegatePrograms BindLogSockets BindPaths BindReadOnlyPaths BusName CPUAffinity CPUSchedulingPolicy
	CPUSchedulingPriority CPUSchedulingResetOnFork CacheDirectory CacheDirectoryAccounting CacheDirectoryMode
	CacheDirectoryQuota CapabilityBoundingSet ConfigurationDirectory ConfigurationDirectoryMode CoredumpFilter
	DelegateNamespaces DynamicUser Environment EnvironmentFile ExecCondition ExecPaths ExecReload ExecReloadPost
	ExecSearchPath ExecStart ExecStartPost ExecStartPre ExecStop ExecStopPost ExitType ExtensionDirectories
	ExtensionImagePolicy ExtensionImages FileDescriptorStoreMax FileDescriptorStorePreserve GuessMainPID
	IOSchedulingClass IOSchedulingPriority IPCNamespacePath IgnoreSIGPIPE ImportCredential InaccessibleDirectories
	InaccessiblePaths KeyringMode LUOSession LimitAS LimitCORE LimitCPU LimitDATA LimitFSIZE LimitLOCKS
	LimitMEMLOCK LimitMSGQUEUE LimitNICE LimitNOFILE LimitNPROC LimitRSS LimitRTPRIO LimitRTTIME LimitSIGPENDING
	LimitSTACK LoadCredential LoadCredentialEncrypted LockPersonality LogExtraFields LogFilterPatterns LogLevelMax
	LogNamespace LogRateLimitBurst LogRateLimitIntervalSec LogsDirectory LogsDirectoryAccounting LogsDirectoryMode
	LogsDirectoryQuota MemoryDenyWriteExecute MemoryKSM MemoryTHP MountAPIVFS MountFlags MountImagePolicy
	MountImages NUMAMask NUMAPolicy NetworkNamespacePath Nice NoExecPaths NoNewPrivileges NotifyAccess
	OOMScoreAdjust OpenFile PAMName PIDFile PassEnvironment PermissionsStartOnly Personality PrivateBPF
	PrivateDevices PrivateIPC PrivateMounts PrivateNetwork PrivatePIDs PrivateTmp PrivateUsers ProcSubset
	ProtectClock ProtectControlGroups ProtectHome ProtectHostname ProtectKernelLogs ProtectKernelModules
	ProtectKernelTunables ProtectProc ProtectSystem ReadOnlyDirectories ReadOnlyPaths ReadWriteDirectories
	ReadWritePaths RefreshOnReload ReloadSignal RemainAfterExit RemoveIPC Restart RestartForceExitStatus
	RestartMaxDelaySec RestartMode RestartPreventExitStatus RestartRandomizedDelaySec RestartSec RestartSteps
	RestrictAddressFamilies RestrictFileSystems RestrictNamespaces RestrictRealtime RestrictSUIDSGID RootDirectory
	RootDirectoryStartOnly RootEphemeral RootHash RootHashSignature RootImage RootImageOptions RootImagePolicy
	RootMStack RootVerity RuntimeDirectory RuntimeDirectoryMode RuntimeDirectoryPreserve SELinuxContext SecureBits
	SetCredential SetCredentialEncrypted SetLoginEnvironment SmackProcessLabel StandardError StandardInput
	StandardInputData StandardInputText StandardOutput StateDirectory StateDirectoryAccounting StateDirectoryMode
	StateDirectoryQuota SuccessExitStatus SupplementaryGroups SyslogFacility SyslogIdentifier SyslogLevel
	SyslogLevelPrefix SystemCallArchitectures SystemCallErrorNumber SystemCallFilter SystemCallLog TTYColumns
	TTYPath TTYReset TTYRows TTYVHangup TTYVTDisallocate TemporaryFileSystem TimeoutAbortSec TimeoutSec
	TimeoutStartFailureMode TimeoutStartSec TimeoutStopFailureMode TimerSlackNSec Type UMask
	USBFunctionDescriptors USBFunctionStrings UnsetEnvironment UserNamespacePath UtmpIdentifier UtmpMode
	WatchdogSec WorkingDirectory`

const timerNames = `
	AccuracySec DeferReactivation FixedRandomDelay OnActiveSec OnBootSec OnCalendar OnClockChange OnStartupSec
	OnTimezoneChange OnUnitActiveSec OnUnitInactiveSec Persistent RandomizedDelaySec RandomizedOffsetSec
	RemainAfterElapse WakeSystem`
