package scope

import (
	"errors"
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

// Dashes and backslashes in messages are those of the name.
func TestSliceWithoutRoomForTheOwnOneIsRefused(t *testing.T) {
	outer := strings.Repeat("a-", 118) + "a.slice"
	place, err := property.Parse("Slice=" + outer)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = Spec{Unit: "a-b.scope", Manager: SystemManager}.split([]property.Property{place})
	var bad *property.Error
	if !errors.As(err, &bad) || bad.Name != "Slice" || bad.Value != outer || !strings.Contains(bad.Reason, "too long") {
		t.Errorf("got %v", err)
	}
	if got := (&UnitNameError{`a\x2d.scope`, "why"}).Error(); got != `unit name "a\x2d.scope": why` {
		t.Errorf("got %s", got)
	}
}

func TestPathThatLeadsToNoBlockDeviceIsNamed(t *testing.T) {
	for path, want := range map[string]string{
		"/nowhere":  "/nowhere: no such file or directory",
		"/dev/null": "/dev/null is no block device",
		"/proc":     "/proc is on a file system without a block device of its own",
	} {
		p, err := property.Parse("IOReadBandwidthMax=" + path + " 1M")
		if err != nil {
			t.Fatal(err)
		}
		if got := (limit{p}).whyNoDevice(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if p, _ := property.Parse("IOWeight=5"); (limit{p}).whyNoDevice() != "" {
		t.Error("a limit without a device lacks one")
	}
}
