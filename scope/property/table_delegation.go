package property

import (
	"fmt"
	"slices"
	"strings"
)

// controllers are the manager's names for cgroup controllers, and for what it does in
// their place (cgroup-util.c).
var controllers = []string{
	"cpu", "cpuacct", "cpuset", "io", "blkio", "memory", "devices", "pids",
	"bpf-firewall", "bpf-devices", "bpf-foreign", "bpf-socket-bind", "bpf-restrict-network-interfaces",
	"bpf-bind-network-interface",
}

// checkController wants the name of a controller.
func checkController(name string) error {
	if !slices.Contains(controllers, name) {
		return fmt.Errorf("not a controller; these are %s", strings.Join(controllers[:8], ", "))
	}
	return nil
}

// delegateSyntax is a boolean (b), or a list of controllers (as, in the property
// with Controllers).
func delegateSyntax() syntax {
	list := wordsSyntax("CONTROLLER", checkController)
	return syntax{"BOOL|CONTROLLER...", func(text string) (any, string, error) {
		if yes, err := ParseBool(text); err == nil {
			return yes, "", nil
		}
		names, _, err := list.parse(text)
		return names, "Controllers", err
	}}
}

// delegationRows let processes manage the scope's cgroup themselves.
var delegationRows = []Info{
	{Name: "CoredumpReceive", syntax: boolSyntax, Since: 255, Help: "with Delegate, take the core dumps of containers"},
	{Name: "Delegate", syntax: delegateSyntax, List: true,
		Help: "let the processes make cgroups below the scope's, with these controllers",
		surprising: []surprise{
			{"", "an empty value does not end the delegation: it delegates the cgroup without controllers; use no to end it"},
		}},
	{Name: "DelegateSubgroup", syntax: func() syntax { return checked("NAME", checkFileName).orEmpty("") }, Since: 254, Reset: true,
		Help: "the cgroup below that processes are started in", futile: "the manager starts no process in a scope"},
	{Name: "DisableControllers", syntax: func() syntax { return wordsSyntax("CONTROLLER", checkController) }, Since: 240, List: true, Reset: true,
		Help: "controllers that cgroups below the scope cannot use"},
}

// servicesOnly is why watching the pressure has no effect.
const servicesOnly = "the manager passes the file to watch to services only"

// pressureRows say what happens when resources get scarce: what systemd-oomd does, or the
// processes themselves.
var pressureRows = []Info{
	{Name: "CPUPressureThresholdSec", wire: "CPUPressureThresholdUSec", syntax: spanSyntax, Since: 261,
		Help: "the CPU pressure at which the processes are notified", futile: servicesOnly},
	{Name: "CPUPressureWatch", syntax: watchSyntax, Since: 261, Reset: true,
		Help: "whether the processes are notified of CPU pressure", futile: servicesOnly},
	{Name: "IOPressureThresholdSec", wire: "IOPressureThresholdUSec", syntax: spanSyntax, Since: 261,
		Help: "the IO pressure at which the processes are notified", futile: servicesOnly},
	{Name: "IOPressureWatch", syntax: watchSyntax, Since: 261, Reset: true,
		Help: "whether the processes are notified of IO pressure", futile: servicesOnly},
	{Name: "ManagedOOMMemoryPressure", syntax: func() syntax { return oneOf("auto", "kill") }, Since: 247,
		Help: "whether systemd-oomd kills the scope under memory pressure"},
	{Name: "ManagedOOMMemoryPressureDurationSec", wire: "ManagedOOMMemoryPressureDurationUSec",
		syntax: func() syntax { return spanSyntax().orEmpty(uint64(infinite)).refuse(notBelowSecond) }, Since: 257, Reset: true,
		Help: "how long the pressure must last before systemd-oomd kills"},
	{Name: "ManagedOOMMemoryPressureLimit", syntax: shareSyntax, Since: 247, Help: "how high the pressure must be before systemd-oomd kills"},
	{Name: "ManagedOOMPreference", syntax: func() syntax { return oneOf("none", "avoid", "omit") }, Since: 248,
		Help: "whether systemd-oomd spares the scope"},
	{Name: "ManagedOOMSwap", syntax: func() syntax { return oneOf("auto", "kill") }, Since: 247,
		Help: "whether systemd-oomd kills the scope when swap runs out"},
	{Name: "MemoryPressureThresholdSec", wire: "MemoryPressureThresholdUSec", syntax: spanSyntax, Since: 254,
		Help: "the memory pressure at which the processes are notified", futile: servicesOnly},
	{Name: "MemoryPressureWatch", syntax: watchSyntax, Since: 254, Reset: true,
		Help: "whether the processes are notified of memory pressure", futile: servicesOnly},
	{Name: "OOMRules", syntax: func() syntax { return wordsSyntax("RULE", checkFileName) }, Since: 261, Reset: true,
		Help: "rules of systemd-oomd that apply to the scope"},
}

// watchSyntax is whether pressure is watched (s). The manager also accepts booleans.
func watchSyntax() syntax {
	word := oneOf("no", "yes", "auto", "skip").orEmpty("")
	return syntax{word.metavar, func(text string) (any, string, error) {
		if _, err := ParseBool(text); err == nil {
			return text, "", nil
		}
		return word.parse(text)
	}}
}
