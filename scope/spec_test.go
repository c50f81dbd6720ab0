package scope

import (
	"errors"
	"testing"
	"time"
)

// property parses an assignment that is right.
func property(t *testing.T, assignment string) Property {
	t.Helper()
	p, err := ParseProperty(assignment)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestValidateRefusesWhatWouldBeSilentlyIgnored(t *testing.T) {
	extra := property(t, "RuntimeRandomizedExtraSec=5s")
	for name, c := range map[string]struct {
		spec Spec
		ok   bool
	}{
		"extra alone":           {Spec{Properties: []Property{extra}}, false},
		"extra field alone":     {Spec{RuntimeRandomizedExtra: time.Second}, false},
		"extra and no limit":    {Spec{Properties: []Property{extra, property(t, "RuntimeMaxSec=infinity")}}, false},
		"extra, limit reset":    {Spec{RuntimeMax: time.Hour, Properties: []Property{extra, property(t, "RuntimeMaxSec=infinity")}}, false},
		"extra and limit":       {Spec{Properties: []Property{extra, property(t, "RuntimeMaxSec=1h")}}, true},
		"extra and limit field": {Spec{RuntimeMax: time.Hour, Properties: []Property{extra}}, true},
		"limit alone":           {Spec{RuntimeMax: time.Hour}, true},
	} {
		t.Run(name, func(t *testing.T) {
			c.spec.Unit = "x.scope"
			err := c.spec.Validate()
			var bad *PropertyError
			if c.ok && err != nil || !c.ok && !errors.As(err, &bad) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestValidateRefusesBadNamesAndFields(t *testing.T) {
	for name, spec := range map[string]Spec{
		"no name":       {},
		"no scope":      {Unit: "x.service"},
		"template":      {Unit: "x@y.scope"},
		"space":         {Unit: "x y.scope"},
		"bad slice":     {Unit: "x.scope", Slice: "y"},
		"bad policy":    {Unit: "x.scope", OOMPolicy: "maybe"},
		"bad doc field": {Unit: "x.scope", RuntimeRandomizedExtra: 1},
	} {
		if err := spec.Validate(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestPropertiesWinOverFieldsAndBothOverDefaults(t *testing.T) {
	policy := []Property{property(t, "OOMPolicy=continue")}
	for want, spec := range map[string]Spec{
		"continue": {Defaults: policy},
		"stop":     {Defaults: policy, OOMPolicy: "stop"},
		"kill":     {Defaults: policy, OOMPolicy: "stop", Properties: []Property{property(t, "OOMPolicy=kill")}},
	} {
		if p, ok := spec.Property("OOMPolicy"); !ok || p.value != want {
			t.Errorf("got %v, want %s", p, want)
		}
	}
}
