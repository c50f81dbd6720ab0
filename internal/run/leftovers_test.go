package run

import (
	"testing"
	"time"

	"gorun/scope"
	"gorun/scope/property"
)

// SendSIGKILL=no is about the run's processes, and TimeoutStopSec also about its hooks.
func TestHooksHaveATimeLimitWithoutSIGKILL(t *testing.T) {
	for _, c := range []struct {
		properties      []string
		leftover, hooks time.Duration
	}{
		{nil, systemdStopTimeout, systemdStopTimeout},
		{[]string{"TimeoutStopSec=3"}, 3 * time.Second, 3 * time.Second},
		{[]string{"TimeoutStopSec=3", "SendSIGKILL=no"}, -1, 3 * time.Second},
		{[]string{"TimeoutStopSec=infinity"}, -1, 0},
	} {
		w := &watch{silent: true} // the manager is not asked
		for _, text := range c.properties {
			p, err := property.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			w.spec.Properties = append(w.spec.Properties, p)
		}
		r := &run{watch: w, scope: &scope.Scope{}}
		if got, hooks := w.stopTimeout(), r.job().Timeout; got != c.leftover || hooks != c.hooks {
			t.Errorf("%v: leftover processes %s, want %s; hooks %s, want %s", c.properties, got, c.leftover, hooks, c.hooks)
		}
	}
}
