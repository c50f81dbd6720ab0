package integration

import "strings"

// propertySample is a valid value of a property, other than the default, and an invalid
// one.
type propertySample struct {
	good, bad string
	with      []string // assignments before it
	show      string   // the manager's NAME=VALUE, if systemd-run does not know the property
	unseen    string   // why the manager shows the same without it
	fails     string   // why both launchers may be stopped before the command runs
	oneOfMany bool     // another row tries the empty value
	lenient   string   // why systemd-run accepts the bad value
}

// propertySampleOf is the sample of a row. Some groups share a sample.
func propertySampleOf(row propertyInfo) propertySample {
	if s, ok := propertySamples[row.Name]; ok {
		return s
	}
	switch row.Group {
	case "Dependencies":
		return propertySample{good: "trial-none.service", bad: "trial-none"}
	case "Conditions", "Asserts":
		prefix := strings.TrimSuffix(row.Group, "s")
		// One true condition is enough.
		s := propertySample{good: "|!/trial", bad: "|!", with: []string{prefix + "PathExists=|/"}}
		s.oneOfMany = row.Name != prefix+"PathExists"
		return s
	}
	return propertySample{}
}

const noProgram = "there is no such program to attach"

var propertySamples = map[string]propertySample{
	"Group":                     {good: "audio", bad: "a:b"},
	"OOMPolicy":                 {good: "kill", bad: "maybe"},
	"RuntimeMaxSec":             {good: "2h 30min", bad: "2x"},
	"RuntimeRandomizedExtraSec": {good: "5min", bad: "x", with: []string{"RuntimeMaxSec=1h"}},
	"TimeoutStopSec":            {good: "1.5s", bad: "-1"},
	"User":                      {good: "1000", bad: "a/b"},

	"AllowedCPUs":               {good: "0-2,9", bad: "x"},
	"AllowedMemoryNodes":        {good: "0", bad: "1-"},
	"CPUQuota":                  {good: "250.5%", bad: "infinity"},
	"CPUQuotaPeriodSec":         {good: "10ms", bad: "x"},
	"CPUSetPartition":           {good: "isolated", bad: "alone"},
	"CPUWeight":                 {good: "idle", bad: "0"},
	"StartupAllowedCPUs":        {good: "0 1", bad: "8192"},
	"StartupAllowedMemoryNodes": {good: "0", bad: "a-b"},
	"StartupCPUWeight":          {good: "10000", bad: "10001"},
	"TasksAccounting":           {good: "no", bad: ""},
	"TasksMax":                  {good: "50%", bad: "100%"},

	"MemoryAccounting":      {good: "OFF", bad: "2"},
	"MemoryHigh":            {good: "1.5G", bad: "0"},
	"MemoryLow":             {good: "1M", bad: "1Q"},
	"MemoryMax":             {good: "50%", bad: "0%"},
	"MemoryMin":             {good: "1 M", bad: "101%"},
	"MemorySwapMax":         {good: "0", bad: "-1"},
	"MemoryZSwapMax":        {good: "10%", bad: "1m"},
	"MemoryZSwapWriteback":  {good: "no", bad: "never"},
	"StartupMemoryHigh":     {good: "1G", bad: "0", show: "StartupMemoryHigh=1073741824"},
	"StartupMemoryLow":      {good: "1M", bad: "50%", show: "StartupMemoryLow=1048576"},
	"StartupMemoryMax":      {good: "1G", bad: "0", show: "StartupMemoryMax=1073741824"},
	"StartupMemorySwapMax":  {good: "0", bad: "x", show: "StartupMemorySwapMax=0"},
	"StartupMemoryZSwapMax": {good: "1K", bad: "x", show: "StartupMemoryZSwapMax=1024"},

	"IOAccounting":             {good: "yes", bad: "x"},
	"IODeviceLatencyTargetSec": {good: "/dev/null 25ms", bad: "/dev/null"},
	"IODeviceWeight":           {good: "/dev/null 200", bad: "/dev/null 0"},
	"IOReadBandwidthMax":       {good: "/dev/null 5M", bad: "/dev/../null 5M"},
	"IOReadIOPSMax":            {good: "/dev/null 1K", bad: "/dev/null"},
	"IOWeight":                 {good: "200", bad: "idle"},
	"IOWriteBandwidthMax":      {good: "/ 1.5G", bad: "/dev//null 5M"},
	"IOWriteIOPSMax":           {good: "/dev/null 7", bad: "/dev/null 7%"},
	"StartupIOWeight":          {good: "1", bad: "0"},

	"DeviceAllow":  {good: "/dev/null rw", bad: "/dev/null x"},
	"DevicePolicy": {good: "closed", bad: ""},

	"BPFProgram":                {good: "egress:/sys/fs/bpf/trial", bad: "out:/x"},
	"BindNetworkInterface":      {good: "lo", bad: "7"},
	"IPAccounting":              {good: "yes", bad: "x"},
	"IPAddressAllow":            {good: "10.0.0.0/8 ::1", bad: "10.0.0.0/33"},
	"IPAddressDeny":             {good: "any", bad: "everyone"},
	"IPEgressFilterPath":        {good: "/sys/fs/bpf/trial", bad: "x", fails: noProgram},
	"IPIngressFilterPath":       {good: "/sys/fs/bpf/trial", bad: "/x/../y", fails: noProgram},
	"NFTSet":                    {good: "cgroup:inet:filter:trial", bad: "cgroup:inet:f"},
	"RestrictNetworkInterfaces": {good: "~lo", bad: "a/b", show: "RestrictNetworkInterfaces=~lo"},
	"SocketBindAllow":           {good: "ipv6:udp:1024-65535", bad: "0"},
	"SocketBindDeny":            {good: "any", bad: "tcp:ipv4:22"},

	"CoredumpReceive":    {good: "yes", bad: "x"},
	"Delegate":           {good: "memory pids", bad: "ram"},
	"DelegateSubgroup":   {good: "main", bad: "a/b"},
	"DisableControllers": {good: "pids", bad: "processes"},

	"CPUPressureThresholdSec":             {good: "1s", bad: "x"},
	"CPUPressureWatch":                    {good: "yes", bad: "maybe"},
	"IOPressureThresholdSec":              {good: "1s", bad: "x"},
	"IOPressureWatch":                     {good: "skip", bad: "2"},
	"ManagedOOMMemoryPressure":            {good: "kill", bad: "maybe"},
	"ManagedOOMMemoryPressureDurationSec": {good: "20s", bad: "999ms"},
	"ManagedOOMMemoryPressureLimit":       {good: "99.5%", bad: "x"},
	"ManagedOOMPreference":                {good: "avoid", bad: "maybe"},
	"ManagedOOMSwap":                      {good: "kill", bad: "maybe"},
	"MemoryPressureThresholdSec":          {good: "250ms", bad: "x"},
	"MemoryPressureWatch":                 {good: "yes", bad: "maybe"},
	"OOMRules":                            {good: "a b", bad: "a/b"},

	"FinalKillSignal":   {good: "SIGQUIT", bad: "QUIT2"},
	"KillMode":          {good: "mixed", bad: "x"},
	"KillSignal":        {good: "RTMIN+3", bad: "0"},
	"RestartKillSignal": {good: "2", bad: "x"},
	"SendSIGHUP":        {good: "y", bad: "x"},
	"SendSIGKILL":       {good: "f", bad: "x"},
	"WatchdogSignal":    {good: "KILL", bad: "65"},

	"AllowIsolate":             {good: "yes", bad: "x"},
	"CollectMode":              {good: "inactive", bad: "x"},
	"DefaultDependencies":      {good: "no", bad: "x"},
	"Description":              {good: "a=b  c"},
	"Documentation":            {good: "man:a(1) 'file:/a'", bad: "foo"},
	"FailureAction":            {good: "reboot", bad: "panic"},
	"FailureActionExitStatus":  {good: "255", bad: "256"},
	"IgnoreOnIsolate":          {good: "no", bad: "x"},
	"JobRunningTimeoutSec":     {good: "1min", bad: "x"},
	"JobTimeoutAction":         {good: "reboot", bad: "x"},
	"JobTimeoutRebootArgument": {good: "x", bad: "é"},
	"Markers":                  {good: "needs-reload", bad: "reload"},
	"OnFailureJobMode":         {good: "fail", bad: "now"},
	"OnSuccessJobMode":         {good: "replace", bad: "now", show: "OnSuccessJobMode=replace"},
	"RebootArgument":           {good: "x", bad: "é"},
	"RefuseManualStart":        {good: "no", bad: "yes", unseen: "it is the default"},
	"RefuseManualStop":         {good: "yes", bad: "x"},
	"Slice":                    {good: "trial.slice", bad: "trial"},
	"SourcePath":               {good: "/etc/hostname", bad: "x"},
	"StartLimitAction":         {good: "reboot", bad: "x"},
	"StartLimitBurst":          {good: "7", bad: "4294967296"},
	"StartLimitIntervalSec":    {good: "7", bad: "x"},
	"StopWhenUnneeded":         {good: "yes", bad: "x", fails: "nothing needs the scope"},
	"SuccessAction":            {good: "none", bad: "x", unseen: "it is the default"},
	"SuccessActionExitStatus":  {good: "7", bad: "x"},
	"SurviveFinalKillSignal":   {good: "yes", bad: "x"},

	"BindsTo":           {good: "basic.target", bad: "basic"},
	"Requires":          {good: "basic.target dbus.socket", bad: "basic"},
	"Requisite":         {good: "basic.target", bad: "basic"},
	"Upholds":           {good: "basic.target", bad: "basic"},
	"RequiresMountsFor": {good: "/tmp //var/", bad: "tmp"},
	"WantsMountsFor":    {good: "/tmp", bad: "/a/../b"},

	"BlockIOAccounting":       {good: "yes", bad: "x"},
	"BlockIODeviceWeight":     {good: "/dev/null 10", bad: "/dev/null 9"},
	"BlockIOReadBandwidth":    {good: "/dev/null 1K", bad: "x"},
	"BlockIOWeight":           {good: "1000", bad: "1001"},
	"BlockIOWriteBandwidth":   {good: "/dev/null 1K", bad: "x"},
	"CPUAccounting":           {good: "no", bad: "x"},
	"CPUShares":               {good: "2", bad: "1"},
	"DefaultMemoryLow":        {good: "10%", bad: "x"},
	"DefaultMemoryMin":        {good: "10M", bad: "x"},
	"DefaultStartupMemoryLow": {good: "1M", bad: "1%", show: "DefaultStartupMemoryLow=1048576"},
	"MemoryLimit":             {good: "1G", bad: "0"},
	"StartupBlockIOWeight":    {good: "10", bad: "9"},
	"StartupCPUShares":        {good: "262144", bad: "262145"},
}
