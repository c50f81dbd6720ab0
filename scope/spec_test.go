package scope

import (
	"errors"
	"strings"
	"testing"
	"time"

	"gorun/scope/property"
)

// parse reads an assignment that is right.
func parse(t *testing.T, assignment string) property.Property {
	t.Helper()
	p, err := property.Parse(assignment)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestValidateRefusesWhatWouldBeSilentlyIgnored(t *testing.T) {
	extra := parse(t, "RuntimeRandomizedExtraSec=5s")
	for name, c := range map[string]struct {
		spec Spec
		ok   bool
	}{
		"extra alone":           {Spec{Properties: []property.Property{extra}}, false},
		"extra field alone":     {Spec{RuntimeRandomizedExtra: time.Second}, false},
		"extra and no limit":    {Spec{Properties: []property.Property{extra, parse(t, "RuntimeMaxSec=infinity")}}, false},
		"extra, limit reset":    {Spec{RuntimeMax: time.Hour, Properties: []property.Property{extra, parse(t, "RuntimeMaxSec=infinity")}}, false},
		"extra and limit":       {Spec{Properties: []property.Property{extra, parse(t, "RuntimeMaxSec=1h")}}, true},
		"extra and limit field": {Spec{RuntimeMax: time.Hour, Properties: []property.Property{extra}}, true},
		"limit alone":           {Spec{RuntimeMax: time.Hour}, true},
	} {
		t.Run(name, func(t *testing.T) {
			c.spec.Unit = "x.scope"
			err := c.spec.Validate()
			var bad *property.Error
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
	policy := []property.Property{parse(t, "OOMPolicy=continue")}
	for want, spec := range map[string]Spec{
		"continue": {Defaults: policy},
		"stop":     {Defaults: policy, OOMPolicy: "stop"},
		"kill":     {Defaults: policy, OOMPolicy: "stop", Properties: []property.Property{parse(t, "OOMPolicy=kill")}},
	} {
		if p, ok := spec.Property("OOMPolicy"); !ok || p.Value() != want {
			t.Errorf("got %v, want %s", p, want)
		}
	}
}

func TestDocumentationIsKeptWhereItIsReset(t *testing.T) {
	ours := []string{"man:gorun(1)"}
	for text, want := range map[string]string{
		"":                                    "[man:gorun(1)]",
		"Documentation=man:a":                 "[man:gorun(1)] [man:a]",
		"Documentation=":                      "[man:gorun(1)] [] [man:gorun(1)]",
		"Documentation= ;Documentation=man:a": "[man:gorun(1)] [] [man:a] [man:gorun(1)]",
	} {
		spec := Spec{Unit: "x.scope", Documentation: ours}
		for _, assignment := range strings.FieldsFunc(text, func(r rune) bool { return r == ';' }) {
			spec.Properties = append(spec.Properties, parse(t, assignment))
		}
		list, err := spec.properties()
		var got []string
		for _, p := range list {
			if uris, ok := p.Value().([]string); ok {
				got = append(got, "["+strings.Join(uris, " ")+"]")
			}
		}
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%q: got %q, %v; want %q", text, got, err, want)
		}
	}
}
