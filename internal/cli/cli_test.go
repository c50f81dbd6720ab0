package cli

import (
	"slices"
	"testing"
)

func TestLastValueCountsAndDefaultsHold(t *testing.T) {
	flags := []Flag{&BoolFlag{Name: "on", Value: true}, &BoolFlag{Name: "off"}, &StringFlag{Name: "unit", Aliases: []string{"u"}}, &StringSliceFlag{Name: "p"}}
	for _, x := range []struct {
		words   []string
		on, off bool
		unit    string
		args    []string
	}{
		{[]string{"--", "make", "--off"}, true, false, "", []string{"make", "--off"}},
		{[]string{"--on=false", "--off", "--unit=a", "--unit=b=c", "--"}, false, true, "b=c", []string{}},
		{[]string{"--on=false", "--on", "--unit=", "--", "--"}, true, false, "", []string{"--"}},
	} {
		c, err := Read(flags, x.words)
		if err != nil || c.Bool("on") != x.on || c.Bool("off") != x.off || c.String("unit") != x.unit || !slices.Equal(c.Args(), x.args) {
			t.Errorf("%q: %v, got on %v, off %v, unit %q, args %q", x.words, err, c.Bool("on"), c.Bool("off"), c.String("unit"), c.Args())
		}
	}
	c, err := Read(flags, []string{"--p=1,0", "--unit=", "--p=2 3", "--"})
	if err != nil {
		t.Fatal(err)
	}
	if got := c.StringSlice("p"); !slices.Equal(got, []string{"1,0", "2 3"}) || !c.IsSet("unit") || c.IsSet("off") {
		t.Errorf("got %q", got)
	}
	if _, err := Read(flags, []string{"--on=perhaps", "--"}); err == nil {
		t.Error("a switch that is neither on nor off is no error")
	}
	if got := flags[2].Names(); !slices.Equal(got, []string{"unit", "u"}) {
		t.Errorf("the names are %q", got)
	}
}
