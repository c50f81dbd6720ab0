package scope

import (
	"strings"
	"testing"

	"gorun/scope/property"
)

func TestLimitsGoToTheOwnSlice(t *testing.T) {
	var asked []property.Property
	for _, a := range []string{"Slice=work.slice", "MemoryMax=1G", "OOMPolicy=kill", "ManagedOOMSwap=kill", "KillSignal=INT", "IOWeight=5"} {
		asked = append(asked, parse(t, a))
	}
	rest, own, err := Spec{Manager: UserManager, Unit: "gorun-a.scope"}.split(asked)
	if err != nil {
		t.Fatal(err)
	}
	names := func(list []property.Property) string {
		text := ""
		for _, p := range list {
			text += p.Name() + " "
		}
		return text
	}
	if got := names(rest) + "| " + names(own.limits); got != "OOMPolicy KillSignal Slice | MemoryMax ManagedOOMSwap IOWeight " {
		t.Errorf("split into %s", got)
	}
	if last := rest[len(rest)-1]; last.Text() != own.name || !strings.HasPrefix(own.name, `work-gorun\x2da\x2d`) {
		t.Errorf("the scope's slice is %s, the own one %s", last.Text(), own.name)
	}
}

func TestOwnSliceIsKnownByItsName(t *testing.T) {
	for _, c := range []struct{ parent, unit string }{{"app.slice", "build.scope"}, {"-.slice", "gorun-a-0.scope"}, {"a-b.slice", `x\x2dy.scope`}} {
		name, err := newSliceName(c.parent, c.unit)
		if err != nil || !isOwnSlice(name, c.unit) || isOwnSlice(name, "other.scope") || isOwnSlice(c.parent, c.unit) {
			t.Errorf("%s in %s: %s, %v", c.unit, c.parent, name, err)
		}
	}
	if isOwnSlice("app-build.slice", "build.scope") || isOwnSlice(`app-build\x2d0123456789abcdeX.slice`, "build.scope") {
		t.Error("another slice was taken for it")
	}
}
