package scope

import (
	"fmt"
	"strings"
)

// Warnings lists what is surprising about Properties, each with its property in front; see
// [property.Property.Warning].
func (s Spec) Warnings() (list []string) {
	for _, p := range s.Properties {
		text := p.Warning()
		partner, hasPartner := partners[p.Name()]
		if lasting, ok := strings.CutPrefix(p.Name(), "Startup"); ok && text == "" && !(limit{p}).isOff() && !s.has(lasting) {
			text = fmt.Sprintf("it holds only while the %s manager starts or stops; %s=%s holds at all times", s.Manager.resolve(), lasting, p.Text())
		}
		if text == "" && hasPartner && !(limit{p}).isOff() && p.Text() != "none" && !s.has(partner) {
			text = "it has no effect without " + partner
		}
		if text != "" {
			list = append(list, fmt.Sprintf("%s: %s", p, text))
		}
	}
	return list
}

// partners are what properties have no effect without: another property, with a value or
// with any (systemd.unit(5), systemd.resource-control(5)).
var partners = map[string]string{
	"CPUQuotaPeriodSec": "CPUQuota",
	"CoredumpReceive":   "Delegate=yes",
	"Group":             "Delegate=yes",
	"User":              "Delegate=yes",

	"SocketBindAllow": "SocketBindDeny",

	"ManagedOOMMemoryPressureDurationSec": "ManagedOOMMemoryPressure=kill",
	"ManagedOOMMemoryPressureLimit":       "ManagedOOMMemoryPressure=kill",

	"FailureActionExitStatus":  "FailureAction=exit",
	"JobTimeoutAction":         "JobRunningTimeoutSec",
	"JobTimeoutRebootArgument": "JobTimeoutAction=reboot",
	"OnFailureJobMode":         "OnFailure",
	"OnSuccessJobMode":         "OnSuccess",
	"SuccessActionExitStatus":  "SuccessAction=exit",
}

// has reports whether a property is set, to any value that asks for something, or to one
// that begins like the partner's: reboot-force is a reboot.
func (s Spec) has(partner string) bool {
	name, value, _ := strings.Cut(partner, "=")
	p, ok := s.Property(name)
	switch {
	case !ok:
		return false
	case value == "yes": // an empty Delegate= delegates, too
		return p.Value() != false
	case limit{p}.isOff():
		return false
	}
	return strings.HasPrefix(p.Text(), value)
}
