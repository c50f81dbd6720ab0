package main

import (
	"testing"

	"gorun/docs/optiontext"
	"gorun/internal/cli"
)

// What an option does is written where the option is.
func TestEachOptionHasItsTextInTheManual(t *testing.T) {
	texts, err := optiontext.Read(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range flags() {
		name := f.Info().Name
		text, isFound := texts[name]
		switch {
		case f.Info().Category == "": // for scripts of systemd-run; the manual has all of them in one sentence
		case !isFound:
			t.Errorf("--%s: no entry with Name or option %q in this directory, from which the manual is made", name, name)
		case text.Markdown == "":
			t.Errorf("%s: --%s has no text for the manual: write what it does, in Markdown, as a comment on the lines above", text.Place, name)
		}
	}
}

// Completion offers the values of an option, and asks the machine for some.
func TestEachOptionSaysWhichValuesItHas(t *testing.T) {
	free := map[string]bool{"description": true, "nice": true, "oom-score-adjust": true, "exec-stop-post": true, "on-success": true, "on-failure": true} // nobody can know them
	for _, f := range flags() {
		info := f.Info()
		if info.Category != "" && takesValue(f) && info.Values == "" && !free[info.Name] {
			t.Errorf("--%s: completion does not know its values: set Values, or list the option here", info.Name)
		}
	}
	for _, m := range managements() {
		if m.units && m.values == "" {
			t.Errorf("--%s: completion does not know what follows it: set values", m.option)
		}
	}
}

// The words that completion offers must be accepted.
func TestOfferedValuesAreAccepted(t *testing.T) {
	for _, f := range flags() {
		for _, word := range f.Info().Words() {
			args := []string{"gorun", "--unit=x", "--nohup", "--" + f.Info().Name + "=" + word}
			if last := word[len(word)-1]; last == ':' {
				args[3] += "file"
			}
			o, err := parseArgs(append(args, "true"))
			if err == nil && o.help == nil {
				_, err = o.spec()
			}
			if err != nil {
				t.Errorf("%q: %v", args, err)
			}
		}
	}
	for _, f := range flags() {
		if _, isSwitch := f.(*cli.BoolFlag); isSwitch && f.Info().Value && f.Info().Values != "" {
			t.Errorf("--%s: a switch that is on takes a boolean, and no other values", f.Info().Name)
		}
	}
}
